import type { GitFailed, Repository } from "@slipway/core"
import { Effect } from "effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { operationInProgress } from "./GitInspection.ts"
import { isLockConflict, parsePaths, parseStatus } from "./GitOutput.ts"
import { gitRefusal, type GitRunner, listWorktrees, retryLocked } from "./RunGit.ts"
import { isDirectory, worktreeRecords } from "./WorktreeRecords.ts"

/**
 * The path of the work tree in which a branch is checked out, or null. Fails where it cannot move: when something was
 * begun there and not ended, when the folder is gone, and when it is checked out twice.
 */
export const holderOf = Effect.fnUntraced(function*(
  git: GitRunner,
  repository: Repository,
  branch: string
): Effect.fn.Return<string | null, GitFailed> {
  const refuse = (reason: string, advice: string) => gitRefusal(repository.main, ["merge", "--ff-only"], reason, advice)
  const folders = new Map([[repository.main, repository.commonDirectory], ...yield* worktreeRecords(repository)])
  for (const [path, folder] of folders) {
    // A rebase takes the branch off its work tree, and moves it when it ends.
    if (yield* isRebasing(folder, branch)) {
      return yield* refuse(
        `a rebase of ${branch} was begun in ${path} and not ended`,
        `end it with \`git rebase --continue\` or \`git rebase --abort\` in ${path}, then merge again`
      )
    }
  }
  const listed = yield* listWorktrees(git, repository.main)
  const holders = listed.filter((worktree) => worktree.branch === branch)
  const [path, another] = holders.map((worktree) => worktree.isMain ? repository.main : worktree.path)
  if (path === undefined) return null
  if (holders.some(({ head }) => /^0*$/u.test(head))) {
    return yield* refuse(
      `${branch} is checked out at ${path} and has no commit yet`,
      `check out the remote's branch in ${path}, then merge again`
    )
  }
  if (another !== undefined) {
    return yield* refuse(
      `${branch} is checked out twice: at ${path} and ${another}`,
      "check out another branch in one of them, then merge again"
    )
  }
  const begun = operationInProgress(folders.get(path) ?? join(path, ".git"))
  if (begun !== null) {
    const end = begun === "bisect"
      ? "`git bisect reset`"
      : `\`git ${begun} --continue\` or \`git ${begun} --abort\``
    return yield* refuse(
      `a ${begun} was begun in ${path} and not ended`,
      `end it with ${end} in ${path}, then merge again`
    )
  }
  if (yield* isDirectory(path)) return path
  return yield* refuse(
    `${branch} is checked out at ${path}, whose folder is gone`,
    "`git worktree prune` forgets it, then merge again"
  )
})

const isRebasing = (gitDirectory: string, branch: string): Effect.Effect<boolean> =>
  Effect.promise(async () => {
    const files = ["rebase-merge/head-name", "rebase-apply/head-name"]
    const names = await Promise.all(
      files.map((file) => fs.readFile(join(gitDirectory, file), "utf8").catch(() => ""))
    )
    return names.some((name) => name.trimEnd() === `refs/heads/${branch}`)
  })

/** Fails when local changes of a work tree are in the way of what its branch is to become; names them. */
export const refuseInTheWay = Effect.fnUntraced(function*(
  git: GitRunner,
  path: string,
  target: string
): Effect.fn.Return<void, GitFailed> {
  const dirty = yield* changesOf(git, path)
  if (dirty.length === 0) return
  const changed = yield* pathsBetween(git, path, ["HEAD", target])
  const touched = dirty.filter((file) => changed.some((other) => isSameOrWithin(file, other)))
  if (touched.length === 0) return
  // What already is as it is to become, is in nobody's way.
  const different = yield* pathsBetween(git, path, [target])
  const inTheWay = touched.filter((file) => different.some((other) => isSameOrWithin(file, other))).sort()
  if (inTheWay.length === 0) return
  const named = inTheWay.slice(0, filesTold).map((file) => JSON.stringify(file)).join(", ")
  const files = inTheWay.length > filesTold ? `${named} and ${inTheWay.length - filesTold} more` : named
  return yield* gitRefusal(
    path,
    ["merge", "--ff-only", target],
    `local changes in ${path} are in the way: ${files}`,
    `commit or stash them in ${path} (\`git stash --include-untracked\`), then merge again`
  )
})

/** How many of the files in the way are named. */
const filesTold = 10

/** A file is also in the way of a folder at its place, and a file in a folder of a file there. */
const isSameOrWithin = (one: string, other: string): boolean =>
  one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`)

const changesOf = (git: GitRunner, path: string) =>
  Effect.map(
    git.run(path, [
      "status",
      "--porcelain=v2",
      "-z",
      "--no-renames",
      "--untracked-files=all",
      "--ignore-submodules=all"
    ]),
    (text) => parseStatus(text).changes.map((change) => change.path)
  )

const pathsBetween = (git: GitRunner, path: string, trees: ReadonlyArray<string>) =>
  Effect.map(
    git.run(path, ["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-relative", ...trees, "--"]),
    parsePaths
  )

/**
 * Moves a branch and the work tree in which it is checked out forward to a commit, by one git; other local changes stay.
 * Where that git fails half-way (a full disk, a read-only folder), what it had written is taken back.
 */
export const moveHolder = Effect.fnUntraced(function*(
  git: GitRunner,
  path: string,
  commit: string
): Effect.fn.Return<void, GitFailed> {
  yield* refuseInTheWay(git, path, commit)
  // Settings of the user for merges by hand must not make another one of it.
  const options = ["--ff-only", "--commit", "--no-squash", "--no-autostash", "--no-stat", "--quiet"]
  const changed = yield* pathsBetween(git, path, ["HEAD", commit])
  const moving = retryLocked(git.run(path, ["merge", ...options, commit]))
  yield* Effect.tapError(
    moving,
    ({ stderr }) => isHalfWritten(stderr) ? Effect.ignore(takeBack(git, path, changed)) : Effect.void
  )
})

/** Whether git failed while it wrote files, and not because it refused to begin: then another git may be writing. */
const isHalfWritten = (stderr: string): boolean =>
  !isLockConflict(stderr) && /filter|(?:unable|failed) to \w+|cannot (?:create|unlink)|no space left/iu.test(stderr)

/** Only paths that had no local change are written by a merge: all of them can be as they were. */
const takeBack = Effect.fnUntraced(function*(git: GitRunner, path: string, changed: ReadonlyArray<string>) {
  const dirty = (yield* changesOf(git, path)).filter((file) => changed.includes(file))
  const known = new Set(parsePaths(yield* git.run(path, ["ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD"])))
  const kept = dirty.filter((file) => known.has(file))
  yield* Effect.promise(() =>
    Promise.all(dirty.filter((file) => !known.has(file)).map((file) => fs.rm(join(path, file), { force: true })))
  )
  if (kept.length === 0) return
  yield* git.run(path, ["checkout-index", "--force", "-z", "--stdin"], {
    stdin: kept.map((file) => `${file}\0`).join("")
  })
})
