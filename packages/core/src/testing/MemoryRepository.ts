import type { ChangedFile } from "../worktree/Git.ts"

/** A commit in memory. */
export interface MemoryCommit {
  readonly id: string
  /** The first one is what it was made on; a merge has two. */
  readonly parents: ReadonlyArray<string>
  readonly subject: string
  /** Content of every file by its path, relative to the work tree. */
  readonly files: ReadonlyMap<string, string>
}

/** A worktree in memory; the first of a repository is its main checkout. */
export interface MemoryWorktree {
  readonly path: string
  readonly branch: string | null
  readonly head: string
  readonly locked: string | null
}

/** A repository in memory: files are merged whole, and one branch is on the remote. */
export interface MemoryRepository {
  readonly main: string
  readonly remote: string | null
  readonly defaultBranch: string
  readonly commits: ReadonlyMap<string, MemoryCommit>
  /** Commit of every ref by its full name, such as `refs/heads/main`. */
  readonly refs: ReadonlyMap<string, string>
  readonly worktrees: ReadonlyArray<MemoryWorktree>
  /** Lines of `info/exclude`. */
  readonly excluded: ReadonlyArray<string>
}

/** The commit that a ref's name, full or short, or a full id stands for. */
export const resolveInMemory = ({ commits, refs }: MemoryRepository, name: string): string | undefined =>
  refs.get(name) ?? refs.get(`refs/heads/${name}`) ?? commits.get(name)?.id

/** A commit and all that it was made on, each once; newest first. */
export const historyInMemory = ({ commits }: MemoryRepository, head: string): ReadonlyArray<MemoryCommit> => {
  const found = new Set<string>()
  const open = [head]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const commit = commits.get(next)
    if (commit === undefined || found.has(next)) continue
    found.add(next)
    open.push(...commit.parents)
  }
  return [...commits.values()].filter(({ id }) => found.has(id)).toReversed()
}

/** Commits of a head that none of the others has; newest first. */
export const missingInMemory = (
  repository: MemoryRepository,
  head: string,
  others: ReadonlyArray<string>
): ReadonlyArray<MemoryCommit> => {
  const safe = new Set(others.flatMap((other) => historyInMemory(repository, other).map(({ id }) => id)))
  return historyInMemory(repository, head).filter(({ id }) => !safe.has(id))
}

/** What a work tree has otherwise than its commit; `visible` is what is there and not ignored. */
export const changesInMemory = (
  committed: ReadonlyMap<string, string>,
  visible: ReadonlyMap<string, string>,
  present: ReadonlyMap<string, string>
): ReadonlyArray<ChangedFile> => [
  ...[...committed].flatMap(([path, content]): ReadonlyArray<ChangedFile> => {
    const now = present.get(path)
    return now === content ? [] : [{ path, kind: now === undefined ? "deleted" : "modified" }]
  }),
  ...[...visible.keys()].filter((path) => !committed.has(path)).map((path): ChangedFile => ({
    path,
    kind: "untracked"
  }))
]
