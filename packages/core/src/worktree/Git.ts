import { Context, type Effect, Schema } from "effect"
import type { MergeStrategy } from "../project/LifecyclePolicy.ts"
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

/** A local branch to be merged into another one. */
export interface BranchMerge {
  readonly repository: Repository
  /** Short name of the branch whose commits are merged; it stays where it is. */
  readonly branch: string
  /** Full id of the commit that `branch` is expected at: what was looked at is what is merged. */
  readonly head: string
  /** Short name of the branch that gets the commits. */
  readonly into: string
  /** Of the merge commit, where one is made. */
  readonly message: string
  readonly strategy: MergeStrategy
  /** Only tells what would become of it; no branch and no work tree changes. */
  readonly isDryRun?: boolean
}

/** What became of a merge. */
export type MergeOutcome =
  | {
    readonly _tag: "Merged"
    /** What `into` is at afterwards. Empty for a merge commit that a dry run did not make. */
    readonly commit: string
    /** The commit that was merged: of `branch`. */
    readonly head: string
    /** The commit that it was merged onto: of `into`, or of the remote's where that is newer. */
    readonly base: string
    readonly how: "fast-forward" | "merge-commit" | "already-merged"
  }
  | {
    readonly _tag: "Conflicted"
    readonly head: string
    readonly base: string
    /** Paths that cannot be merged, relative to the work tree, with `/`; sorted. */
    readonly files: ReadonlyArray<string>
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
  /** Who commits here, as git is configured: the e-mail address, else the name; null without both. */
  readonly identity: (repository: Repository) => Effect.Effect<string | null, GitFailed>
  /** The commit of a local branch, or null. */
  readonly branchHead: (repository: Repository, branch: string) => Effect.Effect<string | null, GitFailed>
  /** Heads of all local branches by their short names: one call, for lists. */
  readonly branchHeads: (repository: Repository) => Effect.Effect<ReadonlyMap<string, string>, GitFailed>
  /** The full id of the commit that a revision (gitrevisions, but for `:/text`) names, or null when there is none. */
  readonly commit: (repository: Repository, revision: string) => Effect.Effect<string | null, GitFailed>
  /**
   * Those of the commits (full ids) that `head` (a commit or ref) contains, itself included. Ids that the repository does
   * not have are not contained: the history of a shallow clone ends where it was cut.
   */
  readonly contained: (
    repository: Repository,
    commits: ReadonlyArray<string>,
    head: string
  ) => Effect.Effect<ReadonlySet<string>, GitFailed>
  /**
   * Merges a local branch into another one. Where the branch that `into` follows on its remote (its upstream, else the
   * default branch's) is strictly ahead of it, the merge is made onto that, and `into` moves along; where `into` does not
   * exist, it is made there.
   *
   * Nothing is ever half merged: the result is computed without a work tree, and a conflict leaves everything as it was.
   * Then `into` moves in one step, together with the work tree in which it is checked out, whose other changes stay. Local
   * changes in the way, a merge or rebase that was begun there, a `branch` that is no longer at `head`, and branches that
   * have diverged when only a fast-forward is wanted are refused.
   *
   * A merge commit has the user's identity and, where `commit.gpgsign` asks for it, a signature. The hooks `pre-merge-commit`,
   * `prepare-commit-msg`, `commit-msg` and `post-commit` do not run; where a work tree is updated, `post-merge` does.
   *
   * @example
   * git.merge({ repository, branch: "impl/auth", head, into: "main", message: "Merge auth", strategy: "merge-commit" })
   */
  readonly merge: (merge: BranchMerge) => Effect.Effect<MergeOutcome, GitFailed>
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
