import type { ChangedFile, GitFailed, WorktreeInspection, WorktreeSummary } from "@slipway/core"
import { Effect } from "effect"
import { existsSync, lstatSync, readFileSync } from "node:fs"
import { join } from "node:path"
import {
  type IndexEntry,
  isStashOf,
  parseCommits,
  parseCounts,
  parseIndex,
  parseStashes,
  parseStatus,
  quotedPath
} from "./GitOutput.ts"
import { gitRefusal, type GitRunner } from "./RunGit.ts"
import { gitDirectoryOf } from "./WorktreeRecords.ts"

/** How many unpushed commits are named. */
const commitsNamed = 20

/** What `status` shows: two runs of git. */
export const summarizeWorktree = Effect.fnUntraced(function*(
  git: GitRunner,
  worktree: string,
  base: string | null
): Effect.fn.Return<WorktreeSummary, GitFailed> {
  const args = ["status", "--porcelain=v2", "--branch", "--no-ahead-behind", "-z", "--untracked-files=normal"]
  yield* ownGitDirectory(worktree)
  const [text, counts] = yield* Effect.all([git.run(worktree, args), countAgainst(git, worktree, base)], {
    concurrency: "unbounded"
  })
  const { branch, changes, head } = parseStatus(text)
  return { branch, head, ...counts, changes }
})

/** Looks for all that would be lost with a worktree. */
export const inspectWorktree = Effect.fnUntraced(function*(
  git: GitRunner,
  worktree: string,
  base: string | null
): Effect.fn.Return<WorktreeInspection, GitFailed> {
  const gitDirectory = yield* ownGitDirectory(worktree)
  const [statusText, hasRemotes, indexText] = yield* Effect.all([
    git.run(worktree, [
      "status",
      "--porcelain=v2",
      "--branch",
      "--show-stash",
      "--no-ahead-behind",
      "-z",
      "--untracked-files=all",
      "--ignored=matching",
      "--ignore-submodules=none"
    ]),
    tracksRemotes(git, worktree, base),
    git.run(worktree, ["ls-files", "--stage", "-v", "-z"])
  ], { concurrency: 3 })
  const status = parseStatus(statusText)
  const index = parseIndex(indexText)
  const [unpushed, stashText] = yield* Effect.all([
    status.head === "" ? Effect.succeed([]) : unpushedCommits(git, worktree, status.branch, base, hasRemotes),
    status.hasStashes ? git.run(worktree, ["stash", "list", "-z", "--format=%P%x00%gs"]) : Effect.succeed("")
  ], { concurrency: 2 })
  return {
    branch: status.branch,
    head: status.head,
    changes: [...status.changes, ...yield* hiddenChanges(git, worktree, index.hidden)],
    ignored: status.ignored,
    stashes: parseStashes(stashText)
      .filter((stash) => isStashOf(stash, status.branch, status.head))
      .map(({ message, ref }) => ({ ref, message })),
    unpushed: unpushed.slice(0, commitsNamed),
    unpushedCount: unpushed.length,
    inProgress: operationInProgress(gitDirectory),
    submodules: yield* inspectSubmodules(git, worktree, index.submodules, status.dirtySubmodules)
  }
})

/** Without one, git would look at a repository around the folder, and tell of that. */
const ownGitDirectory = (worktree: string): Effect.Effect<string, GitFailed> =>
  Effect.flatMap(gitDirectoryOf(worktree), (found) => {
    if (found !== null) return Effect.succeed(found)
    const reason = existsSync(worktree)
      ? "its .git file is missing or broken: `git worktree repair` in the main checkout writes it anew"
      : "the folder is gone"
    return gitRefusal(worktree, ["status"], reason)
  })

/** Changes that `git status` does not look for, because somebody told the index so (`git update-index`). */
const hiddenChanges = Effect.fnUntraced(function*(
  git: GitRunner,
  worktree: string,
  hidden: ReadonlyArray<IndexEntry>
): Effect.fn.Return<ReadonlyArray<ChangedFile>, GitFailed> {
  const present = hidden.filter(({ path }) => lstatSync(join(worktree, path), { throwIfNoEntry: false })?.isFile())
  if (present.length === 0) return []
  const stdin = present.map(({ path }) => `${quotedPath(path)}\n`).join("")
  const ids = (yield* git.run(worktree, ["hash-object", "--stdin-paths"], { stdin })).split("\n")
  return present.flatMap(({ id, path }, index) => ids[index] === id ? [] : [{ path, kind: "modified" }])
})

/** Unknown without a base, before the first commit, and when the base is gone. */
const countAgainst = (
  git: GitRunner,
  worktree: string,
  base: string | null
): Effect.Effect<Pick<WorktreeSummary, "ahead" | "behind">> =>
  base === null ? Effect.succeed({ ahead: null, behind: null }) : git.run(worktree, [
    "rev-list",
    "--left-right",
    "--count",
    "--end-of-options",
    `${base}...HEAD`,
    "--"
  ]).pipe(
    Effect.map(parseCounts),
    Effect.orElseSucceed(() => null),
    Effect.map((counts) => ({ ahead: counts?.right ?? null, behind: counts?.left ?? null }))
  )

/** Whether the repository knows branches of remotes; a base that is one answers that by itself. */
const tracksRemotes = (git: GitRunner, worktree: string, base: string | null): Effect.Effect<boolean, GitFailed> =>
  base?.startsWith("refs/remotes/") === true
    ? Effect.succeed(true)
    : Effect.map(
      git.run(worktree, ["for-each-ref", "--count=1", "--format=%(refname)", "refs/remotes"]),
      (text) => text.trim() !== ""
    )

/**
 * Commits that only this worktree's HEAD has: on no remote, nor in the default branch. Where there is no remote, being
 * on another branch of this repository has to do.
 */
const unpushedCommits = (
  git: GitRunner,
  worktree: string,
  branch: string | null,
  base: string | null,
  hasRemotes: boolean
) => {
  const elsewhere = hasRemotes
    ? ["--remotes"]
    : [...(branch === null ? [] : [`--exclude=${branch}`]), "--branches"]
  const format = ["--no-show-signature", "--no-color", "-z", "--format=%H%x09%s"]
  const range = ["--end-of-options", "HEAD", ...(base === null ? [] : [`^${base}`])]
  return Effect.map(git.run(worktree, ["log", ...format, "--not", ...elsewhere, "--not", ...range, "--"]), parseCommits)
}

/** A submodule that is not checked out holds nothing that could be lost. */
const inspectSubmodules = (
  git: GitRunner,
  worktree: string,
  paths: ReadonlyArray<string>,
  dirty: ReadonlyArray<string>
): Effect.Effect<WorktreeInspection["submodules"]> =>
  Effect.forEach(paths.filter((path) => existsSync(join(worktree, path, ".git"))), (path) =>
    dirty.includes(path)
      ? Effect.succeed({ path, dirty: true })
      : Effect.map(hasOwnCommits(git, join(worktree, path)), (own) => ({ path, dirty: own })), { concurrency: 4 })

/** Whether a submodule has commits or stashes that no remote has: its git folder goes with the worktree. */
const hasOwnCommits = (git: GitRunner, directory: string): Effect.Effect<boolean> => {
  const own = ["HEAD", "--branches", "--glob=refs/stash"]
  return git.run(directory, ["rev-list", "--max-count=1", ...own, "--not", "--remotes", "--"]).pipe(
    Effect.map((text) => text !== ""),
    // What cannot be read is not known to be safe.
    Effect.orElseSucceed(() => true)
  )
}

/** Of several commits being picked or reverted, the first one left tells which; between two, no other file does. */
const sequenceInProgress = (gitDirectory: string): "cherry-pick" | "revert" | null => {
  const todo = join(gitDirectory, "sequencer/todo")
  if (!existsSync(todo)) return null
  return readFileSync(todo, "utf8").startsWith("revert") ? "revert" : "cherry-pick"
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
export const operationInProgress = (gitDirectory: string): WorktreeInspection["inProgress"] =>
  markers.find(([file]) => existsSync(join(gitDirectory, file)))?.[1] ?? sequenceInProgress(gitDirectory)
