import { Context, type Effect, Schema } from "effect"
import type { NotARepository, Repository } from "../project/Repository.ts"

/** git refused; its own words are kept. */
export class GitFailed extends Schema.TaggedError<GitFailed>()("GitFailed", {
  command: Schema.Array(Schema.String),
  directory: Schema.String,
  exitCode: Schema.Int,
  stderr: Schema.String,
  /** What to do about it, where that is known. */
  advice: Schema.optionalKey(Schema.String)
}) {
  readonly code = "git-failed" as const
  override get message(): string {
    return `git ${this.command.slice(0, 2).join(" ")} failed: ${
      this.stderr === "" ? `exit code ${this.exitCode}` : this.stderr
    }`
  }
  get hint(): string {
    return this.advice ?? `run \`git ${this.command.join(" ")}\` in ${this.directory} to see more`
  }
}

/** The branch that features start from. */
export interface DefaultBranch {
  /** Such as `main`, `master`, `trunk`: detected, not assumed. */
  readonly name: string
  /** The remote that it comes from, or null for a repository without one. */
  readonly remote: string | null
  /** What to start from: `refs/remotes/origin/main`, or the local branch without a remote. */
  readonly ref: string
}

/** A worktree as git lists it. */
export interface GitWorktree {
  readonly path: string
  /** Short name of its branch, or null when detached. */
  readonly branch: string | null
  readonly head: string
  readonly isMain: boolean
  /** Why it is locked (possibly empty), or null. */
  readonly locked: string | null
  /** Whether its folder is gone. */
  readonly missing: boolean
  /** Absolute path of the worktree's own git folder. */
  readonly gitDirectory: string
}

/** A changed path in a worktree. */
export interface ChangedFile {
  readonly path: string
  readonly kind: "staged" | "modified" | "deleted" | "untracked" | "conflicted"
}

/** A commit, short. */
export interface CommitSummary {
  readonly id: string
  readonly subject: string
}

/** What `status` shows of a worktree: one cheap call. */
export interface WorktreeSummary {
  readonly branch: string | null
  readonly head: string
  /** Commits that the default branch's ref does not have; null when unknown. */
  readonly ahead: number | null
  /** Commits of the default branch's ref that it does not have; null when unknown. */
  readonly behind: number | null
  readonly changes: ReadonlyArray<ChangedFile>
}

/** All that could be lost when a worktree goes. */
export interface WorktreeInspection extends Pick<WorktreeSummary, "branch" | "head" | "changes"> {
  /** Ignored files and folders that would vanish with the folder, such as `.env.local`; folders end with `/`. */
  readonly ignored: ReadonlyArray<string>
  /** Stash entries made on this worktree's branch or commit. */
  readonly stashes: ReadonlyArray<{ readonly ref: string; readonly message: string }>
  /**
   * Commits of HEAD that neither a remote-tracking branch nor the default branch contains; newest first, at most 20.
   */
  readonly unpushed: ReadonlyArray<CommitSummary>
  readonly unpushedCount: number
  /** A merge, rebase or the like that was begun and not ended, or null. */
  readonly inProgress: "merge" | "rebase" | "cherry-pick" | "revert" | "bisect" | "am" | null
  /** Paths of checked-out submodules, with the reason they block when they hold changes. */
  readonly submodules: ReadonlyArray<{ readonly path: string; readonly dirty: boolean }>
}

/**
 * git, in the words that worktrees need. `GIT_*` variables of the caller's environment never reach it.
 */
export class Git extends Context.Service<Git, {
  readonly repository: (directory: string) => Effect.Effect<Repository, NotARepository | GitFailed>
  readonly worktrees: (repository: Repository) => Effect.Effect<ReadonlyArray<GitWorktree>, GitFailed>
  readonly defaultBranch: (repository: Repository) => Effect.Effect<DefaultBranch, GitFailed>
  /** Brings the default branch up to date from its remote; nothing without a remote. */
  readonly fetch: (repository: Repository, branch: DefaultBranch) => Effect.Effect<void, GitFailed>
  /** The commit of a local branch, or null. */
  readonly branchHead: (repository: Repository, branch: string) => Effect.Effect<string | null, GitFailed>
  /**
   * Adds a worktree. With `from`, a new branch starts there, tracking nothing; without, the existing branch is checked
   * out.
   */
  readonly addWorktree: (options: {
    readonly repository: Repository
    readonly path: string
    readonly branch: string
    readonly from?: string
  }) => Effect.Effect<void, GitFailed>
  /** What `status` shows; `base` is the ref to count ahead and behind against. */
  readonly summary: (worktree: string, base: string | null) => Effect.Effect<WorktreeSummary, GitFailed>
  /** All that could be lost; `base` is the default branch's ref. */
  readonly inspect: (worktree: string, base: string | null) => Effect.Effect<WorktreeInspection, GitFailed>
  /**
   * Removes a worktree, its folder and git's record of it, also when it is locked, has submodules, or when the folder
   * is already gone. Whoever calls has checked what would be lost.
   */
  readonly removeWorktree: (repository: Repository, path: string) => Effect.Effect<void, GitFailed>
  /**
   * Whether the commits of a local branch are safe elsewhere: on a remote-tracking branch, or in the default branch.
   */
  readonly isMergedOrPushed: (
    repository: Repository,
    branch: string,
    base: string | null
  ) => Effect.Effect<boolean, GitFailed>
  /** Deletes a local branch, only while it still points at `head`. */
  readonly deleteBranch: (repository: Repository, branch: string, head: string) => Effect.Effect<void, GitFailed>
  /** Ignored files (not folders) of a checkout that match patterns of gitignore syntax; relative, with `/`. */
  readonly ignoredMatching: (
    checkout: string,
    patterns: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<string>, GitFailed>
  /** Keeps paths, relative to a work tree's root, out of git's sight in all worktrees of this clone. Idempotent. */
  readonly exclude: (repository: Repository, paths: ReadonlyArray<string>) => Effect.Effect<void, GitFailed>
}>()("@slipway/core/worktree/Git") {}
