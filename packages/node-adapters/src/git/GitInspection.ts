import type { GitFailed, WorktreeInspection } from "@slipway/core"
import { Effect } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { RunGit } from "./GitCommand.ts"
import { isStashOf, parseCommits, parseCounts, parseStashes, parseStatus } from "./GitOutput.ts"

/** How many unpushed commits are named. */
const commitsNamed = 20

/** Looks for all that would be lost with a worktree. */
export const inspectWorktree = Effect.fnUntraced(function*(
  run: RunGit,
  worktree: string,
  base: string | null
): Effect.fn.Return<WorktreeInspection, GitFailed> {
  const [statusText, gitDirectory, stashText, counts, remotes] = yield* Effect.all([
    run(worktree, [
      "status",
      "--porcelain=v2",
      "--branch",
      "-z",
      "--untracked-files=all",
      "--ignored=traditional",
      "--ignore-submodules=none"
    ]),
    run(worktree, ["rev-parse", "--absolute-git-dir"]),
    run(worktree, ["stash", "list", "-z", "--format=%gd%x00%P%x00%gs"]),
    base === null
      ? Effect.succeed(null)
      : run(worktree, ["rev-list", "--left-right", "--count", `${base}...HEAD`, "--"]).pipe(
        Effect.map(parseCounts),
        Effect.orElseSucceed(() => null)
      ),
    run(worktree, ["for-each-ref", "--count=1", "--format=%(refname)", "refs/remotes"])
  ], { concurrency: "unbounded" })
  const status = parseStatus(statusText)
  const unpushed = yield* unpushedCommits(run, worktree, status.branch, base, remotes.trim() !== "")
  return {
    branch: status.branch,
    head: status.head,
    ahead: counts?.right ?? null,
    behind: counts?.left ?? null,
    changes: status.changes,
    ignored: status.ignored,
    stashes: parseStashes(stashText).filter((stash) => isStashOf(stash, status.branch, status.head)),
    unpushed: unpushed.slice(0, commitsNamed),
    unpushedCount: unpushed.length,
    inProgress: operationInProgress(gitDirectory.trim()),
    submodules: status.submodules
  }
})

/**
 * Commits that only this worktree's HEAD has: on no remote, nor in the default branch. Where there is no remote, being
 * on another branch of this repository has to do.
 */
const unpushedCommits = (
  run: RunGit,
  worktree: string,
  branch: string | null,
  base: string | null,
  hasRemotes: boolean
) => {
  const elsewhere = hasRemotes ? ["--remotes"] : [
    ...(branch === null ? [] : [`--exclude=${branch}`]),
    "--branches"
  ]
  return Effect.map(
    run(worktree, [
      "log",
      "-z",
      "--format=%H%x09%s",
      "HEAD",
      "--not",
      ...elsewhere,
      ...(base === null ? [] : [base]),
      "--"
    ]),
    parseCommits
  )
}

const markers = [
  ["rebase-merge", "rebase"],
  ["rebase-apply/applying", "am"],
  ["rebase-apply", "rebase"],
  ["MERGE_HEAD", "merge"],
  ["CHERRY_PICK_HEAD", "cherry-pick"],
  ["REVERT_HEAD", "revert"],
  ["BISECT_LOG", "bisect"]
] as const

/** Read off the files that git keeps while it is in the middle of something. */
const operationInProgress = (gitDirectory: string): WorktreeInspection["inProgress"] =>
  markers.find(([file]) => existsSync(join(gitDirectory, file)))?.[1] ?? null
