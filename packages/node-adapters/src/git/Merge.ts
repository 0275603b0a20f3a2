import type { BranchMerge, DefaultBranch, GitFailed, MergeOutcome, Repository } from "@slipway/core"
import { Effect } from "effect"
import { commitOf } from "./Containment.ts"
import { parseCounts, type ParsedMerge, parseMerge } from "./GitOutput.ts"
import { holderOf, moveHolder, refuseInTheWay } from "./MergeHolder.ts"
import { gitFailure, gitRefusal, type GitRunner, retryLocked } from "./RunGit.ts"

/** Where the branches of a merge stand. */
interface MergeStart {
  /** The commit of `into`; null when there is no such local branch. */
  readonly local: string | null
  /** What is merged onto: `local`, or what `into` follows where that is newer. */
  readonly base: string
  readonly relation: "behind" | "contained" | "diverged"
}

/** How often a merge begins anew because somebody else moved `into` meanwhile. */
const attempts = 5

/**
 * Merges a branch into another one. Up to the last step only objects are written, which nothing refers to; the last step
 * is one move of `into`, done by one git that outlives a killed Slipway.
 */
export const mergeBranch = (
  git: GitRunner,
  merge: BranchMerge,
  defaultBranch: Effect.Effect<DefaultBranch, GitFailed>
): Effect.Effect<MergeOutcome, GitFailed> =>
  Effect.gen(function*() {
    for (let attempt = 1;; attempt++) {
      const start = yield* observe(git, merge, defaultBranch)
      const result = yield* Effect.result(mergeOnto(git, merge, start))
      if (result._tag === "Success") return result.success
      const head = yield* commitOf(git, merge.repository, `refs/heads/${merge.into}`)
      if (head === start.local || attempt === attempts) return yield* result.failure
    }
  })

const observe = Effect.fnUntraced(function*(
  git: GitRunner,
  merge: BranchMerge,
  defaultBranch: Effect.Effect<DefaultBranch, GitFailed>
): Effect.fn.Return<MergeStart, GitFailed> {
  const { branch, head, into, repository } = merge
  const present = yield* commitOf(git, repository, `refs/heads/${branch}`)
  if (present !== head) {
    const reason = present === null
      ? `there is no branch ${branch}`
      : `branch ${branch} is at ${present}, not at ${head}`
    return yield* refusal(merge, reason, "look at what is there now, then merge that")
  }
  const local = yield* commitOf(git, repository, `refs/heads/${into}`)
  if (local !== null && (yield* relationOf(git, repository, local, head)) === "contained") {
    return { local, base: local, relation: "contained" }
  }
  const followed = yield* followedCommit(git, repository, into, defaultBranch)
  const isNewer = followed !== null &&
    (local === null || (yield* relationOf(git, repository, local, followed)) === "behind")
  const base = isNewer ? followed : local
  if (base === null) {
    return yield* refusal(merge, `there is no branch ${into}`, "make it with `git branch`, or name another one")
  }
  return { local, base, relation: yield* relationOf(git, repository, base, head) }
})

const mergeOnto = Effect.fnUntraced(function*(
  git: GitRunner,
  merge: BranchMerge,
  start: MergeStart
): Effect.fn.Return<MergeOutcome, GitFailed> {
  const { branch, head, into, isDryRun = false, repository, strategy } = merge
  const { base, local, relation } = start
  const holder = base === local && relation === "contained" ? null : yield* holderOf(git, repository, into)
  /** Somebody can check another branch out there at the last moment, and then git moves that. */
  const confirm = Effect.fnUntraced(function*(target: string, path: string) {
    if ((yield* commitOf(git, repository, `refs/heads/${into}`)) === target) return
    return yield* refusal(
      merge,
      `${into} did not move: another branch was checked out in ${path} meanwhile`,
      `see \`git reflog\` in ${path} for what was moved instead, put it back, then merge again`
    )
  })
  /** Moves `into`, and its work tree with it; a dry run looks whether that could be. */
  const move = (target: string) =>
    isDryRun
      ? holder === null ? Effect.void : refuseInTheWay(git, holder, target)
      : Effect.uninterruptible(
        holder === null
          ? moveRef(git, merge, local, target)
          : Effect.andThen(moveHolder(git, holder, target), confirm(target, holder))
      )
  if (relation === "contained") {
    if (base !== local) yield* move(base)
    return { _tag: "Merged", commit: base, head, base, how: "already-merged" }
  }
  if (relation === "behind" && strategy !== "merge-commit") {
    yield* move(head)
    return { _tag: "Merged", commit: head, head, base, how: "fast-forward" }
  }
  if (strategy === "fast-forward-only") {
    const advice =
      `bring ${branch} up to date with ${into} (\`git rebase\` or \`git merge\` in its worktree), then merge again`
    return yield* refusal(merge, `${into} and ${branch} have diverged: no fast-forward is possible`, advice)
  }
  const merged = yield* mergedTree(git, merge, base)
  if (!merged.isClean) return { _tag: "Conflicted", head, base, files: merged.conflicts }
  const commit = isDryRun ? "" : yield* makeCommit(git, merge, base, merged.tree)
  yield* move(isDryRun ? merged.tree : commit)
  return { _tag: "Merged", commit, head, base, how: "merge-commit" }
})

/** What merging gives, computed without a work tree. */
const mergedTree = Effect.fnUntraced(function*(
  git: GitRunner,
  { head, repository }: BranchMerge,
  base: string
): Effect.fn.Return<ParsedMerge & { readonly isClean: boolean }, GitFailed> {
  const args = ["merge-tree", "--write-tree", "--name-only", "--messages", "-z", base, head]
  const result = yield* git.attempt(repository.main, args)
  // 1: there are conflicts. A git that does not know the options says how it is used.
  if (result.exitCode <= 1) {
    return { ...parseMerge(result.stdout), isClean: result.exitCode === 0 }
  }
  const failure = gitFailure(repository.main, args, result)
  if (result.exitCode === 129) {
    return yield* gitRefusal(
      repository.main,
      args,
      "this git cannot merge without a work tree",
      "install git 2.38 or newer"
    )
  }
  return yield* failure.stderr.includes("unrelated histories")
    ? gitRefusal(
      repository.main,
      args,
      failure.stderr,
      "the branches have no commit in common: in a shallow clone `git fetch --unshallow` gets it, else merge by hand"
    )
    : failure
})

/** Makes the merge commit as the user would: with their identity and, where they ask for it, their signature. */
const makeCommit = Effect.fnUntraced(function*(
  git: GitRunner,
  { head, message, repository }: BranchMerge,
  base: string,
  tree: string
): Effect.fn.Return<string, GitFailed> {
  const setting = yield* git.attempt(repository.main, ["config", "--type=bool", "--get", "commit.gpgsign"])
  const isSigned = setting.stdout.trim() === "true"
  const args = [
    "-c",
    "i18n.commitEncoding=UTF-8",
    "commit-tree",
    ...isSigned ? ["-S"] : [],
    "-p",
    base,
    "-p",
    head,
    tree
  ]
  const result = yield* git.attempt(repository.main, args, { stdin: `${message.trimEnd()}\n` })
  if (result.exitCode === 0) return result.stdout.trim()
  const { stderr } = gitFailure(repository.main, args, result)
  const advice = /tell me who you are|ident name|auto-detect email|no email was given|no name was given/iu.test(stderr)
    ? "tell git who you are: `git config --global user.name` and `user.email`"
    : isSigned
    ? "git could not sign the commit: see that `git commit -S` works here, or unset `commit.gpgsign`"
    : undefined
  return yield* gitRefusal(repository.main, args, stderr, advice)
})

/** Moves a branch that no work tree has checked out, only from where it was seen. */
const moveRef = ({ run }: GitRunner, { into, repository }: BranchMerge, local: string | null, commit: string) =>
  // Without an old value there must be no such branch yet.
  retryLocked(run(repository.main, ["update-ref", "-m", "merge", `refs/heads/${into}`, commit, local ?? ""]))

/** How one commit stands to another: a fast-forward away from it, contained in it, or neither. */
const relationOf = Effect.fnUntraced(function*(git: GitRunner, repository: Repository, from: string, to: string) {
  const counts = parseCounts(
    yield* git.run(repository.main, ["rev-list", "--left-right", "--count", `${from}...${to}`, "--"])
  )
  if (counts?.right === 0) return "contained"
  return counts?.left === 0 ? "behind" : "diverged"
})

/** The commit that a branch follows on a remote: its upstream's, else the remote's of the default branch. */
const followedCommit = Effect.fnUntraced(function*(
  git: GitRunner,
  repository: Repository,
  branch: string,
  defaultBranch: Effect.Effect<DefaultBranch, GitFailed>
) {
  const name = `refs/heads/${branch}`
  const text = yield* git.run(repository.main, ["for-each-ref", "--format=%(refname) %(upstream)", name])
  const upstream = text.split("\n").find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? ""
  if (upstream.startsWith(remotePrefix)) return yield* commitOf(git, repository, upstream)
  if (upstream !== "") return null
  const usual = yield* defaultBranch
  return usual.remote !== null && usual.name === branch ? yield* commitOf(git, repository, usual.ref) : null
})

const remotePrefix = "refs/remotes/"

const refusal = (merge: BranchMerge, reason: string, advice: string): GitFailed =>
  gitRefusal(merge.repository.main, ["merge", merge.branch], reason, advice)
