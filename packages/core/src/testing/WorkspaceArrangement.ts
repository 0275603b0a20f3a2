import { Context, type Effect } from "effect"

/** Repositories to clone, and what an agent does in a workspace. */
export class WorkspaceArrangement extends Context.Service<WorkspaceArrangement, {
  /** Makes a repository with one commit, or without one when there are no files; gives its URL. */
  readonly create: (
    name: string,
    branch: string,
    files: Readonly<Record<string, string>>
  ) => Effect.Effect<string>
  /** Commits to a branch of a repository, which is made when it is new; gives the commit. */
  readonly commit: (
    url: string,
    branch: string,
    files: Readonly<Record<string, string>>
  ) => Effect.Effect<string>
  /** Where a branch of a repository stands; null when there is none. */
  readonly head: (url: string, branch: string) => Effect.Effect<string | null>
  /** A file at the head of a branch of a repository; null when there is none. */
  readonly file: (url: string, branch: string, path: string) => Effect.Effect<string | null>
  /** Writes a file at an absolute path. */
  readonly write: (path: string, text: string) => Effect.Effect<void>
  /** Reads a file at an absolute path; null when there is none. */
  readonly read: (path: string) => Effect.Effect<string | null>
  /** Removes a file or a folder. */
  readonly remove: (path: string) => Effect.Effect<void>
  /** Commits all that is in a checkout; gives the commit. */
  readonly commitAll: (checkout: string) => Effect.Effect<string>
}>()("@slipway/core/testing/WorkspaceArrangement") {}
