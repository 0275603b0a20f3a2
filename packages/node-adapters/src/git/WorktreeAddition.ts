import type { GitFailed, Repository } from "@slipway/core"
import { Cause, Effect } from "effect"
import * as fs from "node:fs/promises"
import { tellFullDisk } from "./FullDisk.ts"
import { gitRefusal, type GitRunner, listWorktrees, retryLocked } from "./RunGit.ts"
import { realPath } from "./WorktreeRecords.ts"
import { removeWorktreeFolder } from "./WorktreeRemoval.ts"

/** What is to be added. */
export interface WorktreeAddition {
  readonly repository: Repository
  readonly path: string
  readonly branch: string
  readonly from?: string
}

/** Adds a worktree; a failed or interrupted try leaves neither its branch nor a half folder. */
export const addWorktreeFolder = Effect.fnUntraced(function*(
  git: GitRunner,
  addition: WorktreeAddition
): Effect.fn.Return<void, GitFailed> {
  const { branch, from, path, repository } = addition
  if (branch.startsWith("-")) {
    // git would hand it to another git as an option.
    return yield* gitRefusal(repository.main, ["worktree", "add", path], `${branch} is not a valid branch name`)
  }
  const present = yield* commitsOf(git, repository, [`refs/heads/${branch}`, ...(from === undefined ? [] : [from])])
  const [existing = null, start = null] = present
  const whereDiskIsFull = (commit: string) =>
    Effect.catch((failure: GitFailed) =>
      Effect.flatMap(tellFullDisk(git, { repository, path, commit }, failure), Effect.fail)
    )
  if (from === undefined) {
    const args = ["worktree", "add", "--quiet", "--no-guess-remote", "--", path, branch]
    if (existing === null) return yield* gitRefusal(repository.main, args, `there is no branch ${branch}`)
    return yield* forgettingVanished(git, addition, Effect.asVoid(retryLocked(git.run(repository.main, args)))).pipe(
      whereDiskIsFull(existing)
    )
  }
  // --no-track: writing the upstream would make parallel calls lose the race for the configuration's lock.
  const named = ["worktree", "add", "--quiet", "--no-track", "-b", branch, "--", path]
  if (start === null) return yield* gitRefusal(repository.main, [...named, from], `there is no commit ${from}`)
  const pathWasThere = yield* exists(path)
  yield* forgettingVanished(
    git,
    addition,
    retryLocked(
      git.run(repository.main, [...named, start]).pipe(
        Effect.onError((cause) =>
          existing === null && !hasFailed(cause, isBranchOfOthers)
            ? Effect.ignore(takeBack(git, addition, start, pathWasThere || hasFailed(cause, isVanishedRecord)))
            : Effect.void
        )
      )
    )
  ).pipe(whereDiskIsFull(start))
})

/** A worktree whose folder somebody deleted makes room for a new one at its place, unless its commits are nowhere else. */
const forgettingVanished = <A>(
  git: GitRunner,
  { path, repository }: WorktreeAddition,
  adding: Effect.Effect<A, GitFailed>
): Effect.Effect<A, GitFailed> =>
  Effect.catchIf(adding, isVanishedRecord, (failure) =>
    Effect.gen(function*() {
      const real = yield* realPath(path)
      const vanished = (yield* listWorktrees(git, repository.main)).find((worktree) => worktree.path === real)
      if (vanished?.branch === undefined || vanished.branch === null || vanished.locked !== null) return yield* failure
      yield* removeWorktreeFolder(git, repository, real)
      return yield* adding
    }))

const isVanishedRecord = ({ stderr }: GitFailed): boolean =>
  /is a missing but (?:locked|already registered) worktree/u.test(stderr)

/** Whether someone else made the branch first. */
const isBranchOfOthers = ({ stderr }: GitFailed): boolean => /a branch named .* already exists/su.test(stderr)

const hasFailed = (cause: Cause.Cause<GitFailed>, how: (failure: GitFailed) => boolean): boolean =>
  cause.reasons.some((reason) => Cause.isFailReason(reason) && how(reason.error))

/** git makes the branch first and keeps it when the rest fails: it would block the next try. */
const takeBack = Effect.fnUntraced(function*(
  git: GitRunner,
  { branch, path, repository }: WorktreeAddition,
  start: string,
  pathWasTaken: boolean
): Effect.fn.Return<void, GitFailed> {
  const listed = yield* listWorktrees(git, repository.main)
  const real = yield* realPath(path)
  if (listed.some((worktree) => worktree.branch === branch && (worktree.path !== real || pathWasTaken))) return
  const half = listed.some((worktree) => worktree.path === real && (worktree.branch ?? branch) === branch)
  if (half && !pathWasTaken) yield* removeWorktreeFolder(git, repository, real)
  yield* retryLocked(git.run(repository.main, ["update-ref", "-d", `refs/heads/${branch}`, start]))
})

/** The commits that names stand for, in one call; null for a name that stands for none. */
const commitsOf = (
  git: GitRunner,
  repository: Repository,
  names: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string | null>, GitFailed> =>
  Effect.map(
    git.run(repository.main, ["cat-file", "--batch-check=%(objectname)"], {
      stdin: names.map((name) => `${name.replaceAll("\n", " ")}^{commit}\n`).join("")
    }),
    (text) => text.split("\n").map((line) => /^[0-9a-f]{40,64}$/u.test(line) ? line : null)
  )

const exists = (path: string): Effect.Effect<boolean> =>
  Effect.promise(() => fs.lstat(path).then(() => true, () => false))
