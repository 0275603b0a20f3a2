import { Result } from "effect"
import type { BranchMerge, MergeOutcome } from "../worktree/Git.ts"
import { historyInMemory, type MemoryCommit, type MemoryRepository, missingInMemory } from "./MemoryRepository.ts"

/** Content of files by their paths. */
type Files = ReadonlyMap<string, string>

/** What a merge makes of a repository. */
export interface MemoryMergePlan {
  readonly outcome: MergeOutcome
  readonly repository: MemoryRepository
  /** What changes where `into` is checked out; null for what goes. */
  readonly changes: ReadonlyMap<string, string | null>
}

/** Why there is no merge, and what to do about it. */
export interface MemoryMergeRefusal {
  readonly reason: string
  readonly advice: string
}

/**
 * What a merge makes of a repository, or why there is none. Files are merged whole: one that both sides changed is in
 * conflict. `present` are the files of the work tree in which `into` is checked out, `id` is for a new commit.
 */
export const planMemoryMerge = (
  repository: MemoryRepository,
  { branch, head, into, isDryRun = false, message, strategy }: BranchMerge,
  { id, present }: { readonly id: string; readonly present: Files }
): Result.Result<MemoryMergePlan, MemoryMergeRefusal> => {
  const refuse = (reason: string, advice: string) => Result.fail({ reason, advice })
  const contains = (commit: string, other: string) => missingInMemory(repository, other, [commit]).length === 0
  const still = (outcome: MergeOutcome) => Result.succeed({ outcome, repository, changes: new Map<string, null>() })

  if (repository.refs.get(`refs/heads/${branch}`) !== head) {
    return refuse(`branch ${branch} is not at ${head}`, "look at its new commits, then merge again")
  }
  const local = repository.refs.get(`refs/heads/${into}`)
  if (local !== undefined && contains(local, head)) {
    return still({ _tag: "Merged", commit: local, head, base: local, how: "already-merged" })
  }
  const remote = into === repository.defaultBranch
    ? repository.refs.get(`refs/remotes/${repository.remote}/${into}`)
    : undefined
  const base = remote !== undefined && (local === undefined || contains(remote, local)) ? remote : local
  if (base === undefined) return refuse(`there is no branch ${into}`, "name a branch that exists")

  const finish = (how: "fast-forward" | "merge-commit" | "already-merged", commit: MemoryCommit) => {
    const before = local === undefined ? new Map<string, string>() : filesOf(repository, local)
    const changes = difference(before, commit.files)
    const inTheWay = [...changes.keys()].filter((path) => local !== undefined && present.get(path) !== before.get(path))
    const holder = repository.worktrees.find((worktree) => worktree.branch === into)
    if (holder !== undefined && inTheWay.length > 0) {
      return refuse(
        `local changes in ${holder.path} are in the way: ${inTheWay.join(", ")}`,
        `commit or stash ${inTheWay.join(", ")} in ${holder.path}, then merge again`
      )
    }
    const outcome: MergeOutcome = {
      _tag: "Merged",
      commit: isDryRun && how === "merge-commit" ? "" : commit.id,
      head,
      base,
      how
    }
    return isDryRun ? still(outcome) : Result.succeed({
      outcome,
      changes,
      repository: {
        ...repository,
        commits: new Map([...repository.commits, [commit.id, commit]]),
        refs: new Map([...repository.refs, [`refs/heads/${into}`, commit.id]]),
        worktrees: repository.worktrees.map((one) => one === holder ? { ...one, head: commit.id } : one)
      }
    })
  }

  const ours = repository.commits.get(base)
  const theirs = repository.commits.get(head)
  if (ours === undefined || theirs === undefined) return refuse("a commit is missing", "fetch it")
  if (contains(base, head)) return finish("already-merged", ours)
  if (contains(head, base) && strategy !== "merge-commit") return finish("fast-forward", theirs)
  if (strategy === "fast-forward-only") {
    return refuse(`${into} and ${branch} have diverged`, `bring ${branch} up to date with ${into} first`)
  }
  const common = historyInMemory(repository, head).find((commit) => contains(base, commit.id))
  if (common === undefined) return refuse("refusing to merge unrelated histories", "merge them by hand")
  const { conflicts, files } = mergeFiles(common.files, ours.files, theirs.files)
  return conflicts.length > 0
    ? still({ _tag: "Conflicted", head, base, files: conflicts })
    : finish("merge-commit", { id, parents: [base, head], subject: message.split("\n")[0] ?? "", files })
}

const filesOf = (repository: MemoryRepository, commit: string): Files =>
  repository.commits.get(commit)?.files ?? new Map()

const difference = (before: Files, after: Files): ReadonlyMap<string, string | null> =>
  new Map(
    [...new Set([...before.keys(), ...after.keys()])]
      .filter((path) => before.get(path) !== after.get(path))
      .map((path) => [path, after.get(path) ?? null])
  )

const mergeFiles = (common: Files, ours: Files, theirs: Files) => {
  const files = new Map(ours)
  const conflicts: Array<string> = []
  for (const [path, content] of difference(common, theirs)) {
    const mine = ours.get(path) ?? null
    if (mine === content) continue
    if (mine !== (common.get(path) ?? null)) conflicts.push(path)
    else if (content === null) files.delete(path)
    else files.set(path, content)
  }
  return { conflicts: conflicts.sort(), files }
}
