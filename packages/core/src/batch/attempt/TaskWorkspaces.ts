import { Context, type Effect, Schema } from "effect"
import type { RepositoryResult } from "../record/RunEvent.ts"

/** A workspace could not be made, read or published. */
export class WorkspaceFailed extends Schema.TaggedError<WorkspaceFailed>()("WorkspaceFailed", {
  /** One word in CamelCase, such as `RepositoryUnavailable`, `BranchMissing`, `BranchNotOurs`, `FileUnwritable`. */
  reason: Schema.String,
  message: Schema.String,
  /** Whether the same may go well when tried again. */
  transient: Schema.Boolean
}) {}

/** A file of a workspace. */
export interface WorkspaceFile {
  /** Relative to the workspace, with `/`. */
  readonly path: string
  readonly bytes: Uint8Array
  /** A secret one is readable by its owner alone: mode 0400; others 0644. */
  readonly secret: boolean
}

/** How git gets in. No part of it is ever an argument of a program or a part of a URL. */
export type GitCredentials =
  | { readonly _tag: "Basic"; readonly username: string; readonly password: string }
  | { readonly _tag: "SshKey"; readonly privateKey: string }

/** A repository of a workspace. */
export interface WorkspaceRepository {
  readonly url: string
  readonly branch: string
  /** The commit to begin at; null for the head of `branch`. */
  readonly commit: string | null
  /** Relative to the workspace, with `/`; `.` for the workspace itself. */
  readonly path: string
  readonly depth: number | null
  readonly credentials: GitCredentials | null
  /** The Secret that the credentials are from, for messages. */
  readonly secret?: string
}

/** One attempt of one task of one run. */
export interface AttemptKey {
  readonly uid: string
  readonly run: string
  readonly index: number
  readonly attempt: number
}

/** What a workspace is to hold. */
export interface WorkspaceRequest {
  readonly key: AttemptKey
  /** The task's name, which its branch is named after. */
  readonly task: string
  readonly files: ReadonlyArray<WorkspaceFile>
  readonly repositories: ReadonlyArray<WorkspaceRepository>
}

/** A workspace that is there. */
export interface PreparedWorkspace {
  readonly key: AttemptKey
  /** Absolute path of the folder that holds the files and repositories. */
  readonly path: string
  /** Absolute path of a folder of its own that is `HOME` where the caller's cannot be. */
  readonly home: string
  /** Absolute paths that its checkouts read from and a container must see, at the same place. */
  readonly readOnlyFolders: ReadonlyArray<string>
  readonly repositories: ReadonlyArray<{
    readonly repository: WorkspaceRepository
    /** Absolute. */
    readonly path: string
    readonly base: string
    /** The branch that is checked out: `slipway/<task>`. */
    readonly branch: string
  }>
}

/** What became of a workspace. */
export interface WorkspaceOutcome {
  readonly repositories: ReadonlyArray<RepositoryResult>
  /** The unified diff of all repositories, binary files included; empty when nothing changed. */
  readonly diff: string
  /** What `result.json` holds, parsed; undefined without one. */
  readonly result: unknown
  /** Why `result.json` cannot be taken; null when nothing is wrong with it. */
  readonly resultFault: string | null
}

/**
 * The folders that tasks work in. Each repository URL has one bare mirror under the state home, shared by all runs;
 * checkouts borrow its objects.
 */
export class TaskWorkspaces extends Context.Service<TaskWorkspaces, {
  /**
   * Makes the workspace of an attempt; what a killed one left at its place is taken away first. Within one `session` each
   * URL is fetched once with the same credentials, whoever asks, and however many at once.
   */
  readonly prepare: (
    session: string,
    request: WorkspaceRequest
  ) => Effect.Effect<PreparedWorkspace, WorkspaceFailed>
  /** What the agent changed and said. Its `published` are null. */
  readonly inspect: (workspace: PreparedWorkspace) => Effect.Effect<WorkspaceOutcome, WorkspaceFailed>
  /**
   * Pushes the branch of each changed repository to where it came from; what the agent left uncommitted is committed
   * first. `intend` is run before each push. A branch that stands at the very commit is pushed already; one that stands
   * at another commit is moved only when `own` names that one, else it fails with `BranchNotOurs`.
   */
  readonly publish: <E>(
    workspace: PreparedWorkspace,
    outcome: WorkspaceOutcome,
    rules: {
      readonly message: string
      readonly own: (url: string, branch: string) => ReadonlyArray<string>
      readonly intend: (url: string, branch: string, commit: string) => Effect.Effect<void, E>
    }
  ) => Effect.Effect<WorkspaceOutcome, WorkspaceFailed | E>
  /** Takes the workspace of an attempt away, or those of all attempts of a run; fine when there is none. */
  readonly remove: (key: AttemptKey | { readonly uid: string }) => Effect.Effect<void, WorkspaceFailed>
}>()("@slipway/core/batch/TaskWorkspaces") {}
