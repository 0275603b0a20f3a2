import { Schema } from "effect"

/** The folder belongs to no git repository, or to a bare one. */
export class NotARepository extends Schema.TaggedError<NotARepository>()("NotARepository", {
  directory: Schema.String
}) {
  readonly code = "not-a-repository" as const
  override get message(): string {
    return `${this.directory} is not inside a git repository with a work tree`
  }
  get hint(): string {
    return "go to the project's folder, or name it with -C DIR"
  }
}

/** Where a folder stands in its repository. All paths are absolute and real. */
export interface Repository {
  /** The main checkout: the work tree that the repository was cloned into. */
  readonly main: string
  /** The git folder that all worktrees share. */
  readonly commonDirectory: string
  /** The work tree that the folder is in: the main checkout or a linked worktree. */
  readonly current: string
}
