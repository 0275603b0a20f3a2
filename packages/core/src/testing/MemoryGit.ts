import { Context, Effect, Layer, Ref, Result } from "effect"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { NotARepository, type Repository } from "../project/Repository.ts"
import {
  type BranchMerge,
  type DefaultBranch,
  Git,
  GitFailed,
  type GitWorktree,
  type WorktreeInspection
} from "../worktree/Git.ts"
import { ignoredAs } from "./MemoryIgnoreRules.ts"
import { planMemoryMerge } from "./MemoryMerge.ts"
import { MemoryFileTree } from "./MemoryProjectFiles.ts"
import {
  changesInMemory,
  historyInMemory,
  type MemoryCommit,
  type MemoryRepository,
  missingInMemory,
  resolveInMemory
} from "./MemoryRepository.ts"

/** The repositories of a {@link memoryGitLayer} by their main checkout, for a test to arrange and to look at. */
export class MemoryRepositories
  extends Context.Service<MemoryRepositories, Ref.Ref<ReadonlyMap<string, MemoryRepository>>>()(
    "@slipway/core/testing/MemoryGit/MemoryRepositories"
  )
{}

/** How a repository in memory begins. */
export interface MemoryRepositoryOptions {
  /** The default branch; `main` when absent. */
  readonly branch?: string
  /** The remote's name, or null (as when absent) for none. */
  readonly remote?: string | null
}

/**
 * git in memory. Work trees are folders of the {@link MemoryFileTree}: what is there and not ignored is the first
 * commit of each repository.
 *
 * @example
 * memoryGitLayer({ "/code/khealth": { remote: "origin" } }).pipe(
 *   Layer.provideMerge(memoryProjectFilesLayer({ "/code/khealth/compose.yaml": "services: {}" }))
 * )
 */
export const memoryGitLayer = (
  repositories: Readonly<Record<string, MemoryRepositoryOptions>> = {}
): Layer.Layer<Git | MemoryRepositories, never, ProjectFiles | MemoryFileTree> =>
  Layer.effect(Git, memoryGit(repositories)).pipe(
    Layer.provideMerge(Layer.effect(MemoryRepositories, Ref.make<ReadonlyMap<string, MemoryRepository>>(new Map())))
  )

/** Makes a repository of a folder: its files are the first commit. */
export const createMemoryRepository = Effect.fnUntraced(function*(main: string, options: MemoryRepositoryOptions = {}) {
  const repositories = yield* MemoryRepositories
  const branch = options.branch ?? "main"
  const remote = options.remote ?? null
  const head = commitId((yield* Ref.get(repositories)).size, 0)
  const refs = new Map([[`refs/heads/${branch}`, head]])
  if (remote !== null) refs.set(`refs/remotes/${remote}/${branch}`, head)
  const present = new Map(yield* filesOf(main))
  const files = withoutIgnored(present, linesOf(present.get(".gitignore")))
  const repository: MemoryRepository = {
    main,
    remote,
    defaultBranch: branch,
    refs,
    commits: new Map([[head, { id: head, parents: [], subject: "First", files }]]),
    worktrees: [{ path: main, branch, head, locked: null }],
    excluded: []
  }
  yield* Ref.update(repositories, (all) => new Map([...all, [main, repository]]))
})

/** Commits all that is in a work tree and not ignored; gives the commit's id. */
export const commitInMemory = Effect.fnUntraced(function*(worktree: string, subject: string) {
  const repositories = yield* MemoryRepositories
  const all = yield* Ref.get(repositories)
  const repository = [...all.values()].find((one) => one.worktrees.some(({ path }) => path === worktree))
  const found = repository?.worktrees.find(({ path }) => path === worktree)
  if (repository === undefined || found === undefined) return yield* Effect.die(new Error(`no worktree at ${worktree}`))
  const id = commitId([...all.keys()].indexOf(repository.main), repository.commits.size)
  const present = new Map(yield* filesOf(worktree))
  const rules = [...linesOf(present.get(".gitignore")), ...repository.excluded]
  const commit: MemoryCommit = { id, parents: [found.head], subject, files: withoutIgnored(present, rules) }
  const moved: MemoryRepository = {
    ...repository,
    commits: new Map([...repository.commits, [id, commit]]),
    refs: found.branch === null ? repository.refs : new Map([...repository.refs, [`refs/heads/${found.branch}`, id]]),
    worktrees: repository.worktrees.map((one) => one === found ? { ...found, head: id } : one)
  }
  yield* Ref.set(repositories, new Map([...all, [repository.main, moved]]))
  return id
})

const memoryGit = Effect.fnUntraced(function*(initial: Readonly<Record<string, MemoryRepositoryOptions>>) {
  const repositories = yield* MemoryRepositories
  const files = yield* ProjectFiles
  const tree = yield* MemoryFileTree
  yield* Effect.forEach(Object.entries(initial), ([main, options]) => createMemoryRepository(main, options), {
    discard: true
  })

  const named = (main: string): Effect.Effect<MemoryRepository, GitFailed> =>
    Effect.flatMap(Ref.get(repositories), (all) => {
      const found = all.get(main)
      return found === undefined ? failed(main, [], "not a git repository") : Effect.succeed(found)
    })
  const put = (repository: MemoryRepository) =>
    Ref.update(repositories, (all) => new Map([...all, [repository.main, repository]]))
  const holding = (path: string) =>
    Effect.map(Ref.get(repositories), (all) => {
      const pairs = [...all.values()].flatMap((repository) =>
        repository.worktrees.map((worktree) => ({ repository, worktree }))
      )
      return pairs.filter(({ worktree }) => path === worktree.path || path.startsWith(`${worktree.path}/`))
        .sort((one, other) => other.worktree.path.length - one.worktree.path.length)[0]
    })

  const findRepository = Effect.fn("Git.repository")(function*(directory: string) {
    const found = yield* holding(directory)
    if (found === undefined || !(yield* Ref.get(tree)).has(directory)) return yield* new NotARepository({ directory })
    const { main } = found.repository
    return { main, commonDirectory: `${main}/.git`, current: found.worktree.path }
  })

  const worktrees = Effect.fn("Git.worktrees")(function*({ commonDirectory, main }: Repository) {
    const present = yield* Ref.get(tree)
    return (yield* named(main)).worktrees.map((worktree): GitWorktree => ({
      ...worktree,
      isMain: worktree.path === main,
      missing: !present.has(worktree.path),
      gitDirectory: worktree.path === main ? commonDirectory : gitDirectoryOf(main, worktree.path)
    }))
  })

  const defaultBranch = Effect.fn("Git.defaultBranch")(({ main }: Repository) =>
    Effect.map(named(main), ({ defaultBranch: name, remote }): DefaultBranch => ({
      name,
      remote,
      ref: remote === null ? `refs/heads/${name}` : `refs/remotes/${remote}/${name}`
    }))
  )

  const branchHead = Effect.fn("Git.branchHead")(({ main }: Repository, branch: string) =>
    Effect.map(named(main), ({ refs }) => refs.get(`refs/heads/${branch}`) ?? null)
  )

  const branchHeads = Effect.fn("Git.branchHeads")(({ main }: Repository) =>
    Effect.map(
      named(main),
      ({ refs }) =>
        new Map([...refs].flatMap(([name, head]) =>
          name.startsWith(localPrefix) ? [[name.slice(localPrefix.length), head]] : []
        ))
    )
  )

  const commit = Effect.fn("Git.commit")(({ main }: Repository, revision: string) =>
    Effect.map(named(main), (known) => resolveInMemory(known, revision) ?? null)
  )

  const contained = Effect.fn("Git.contained")(
    function*({ main }: Repository, commits: ReadonlyArray<string>, head: string) {
      const known = yield* named(main)
      const start = resolveInMemory(known, head)
      if (start === undefined) return yield* failed(main, ["rev-list", head], `there is no commit ${head}`)
      const all = new Set(historyInMemory(known, start).map(({ id }) => id))
      return new Set(commits.filter((id) => all.has(id)))
    }
  )

  const merge = Effect.fn("Git.merge")(function*(asked: BranchMerge) {
    const known = yield* named(asked.repository.main)
    const holder = known.worktrees.find((worktree) => worktree.branch === asked.into)
    const present = new Map(holder === undefined ? [] : yield* filesIn(tree, holder.path))
    const id = commitId([...(yield* Ref.get(repositories)).keys()].indexOf(known.main), known.commits.size)
    const plan = planMemoryMerge(known, asked, { id, present })
    if (Result.isFailure(plan)) {
      const { advice, reason } = plan.failure
      return yield* new GitFailed({
        command: ["merge", asked.branch],
        directory: known.main,
        exitCode: 128,
        stderr: reason,
        advice
      })
    }
    const { changes, outcome, repository } = plan.success
    if (holder !== undefined) {
      yield* Effect.forEach(
        changes,
        ([file, content]) =>
          Effect.orDie(
            content === null ? files.remove(`${holder.path}/${file}`) : files.write(`${holder.path}/${file}`, content)
          ),
        {
          discard: true
        }
      )
    }
    yield* put(repository)
    return outcome
  })

  const addWorktree = Effect.fn("Git.addWorktree")(function*(options: {
    readonly repository: Repository
    readonly path: string
    readonly branch: string
    readonly from?: string
  }) {
    const { branch, from, path } = options
    const present = yield* Ref.get(tree)
    const known = withoutVanished(yield* named(options.repository.main), path, present.has(path))
    const refuse = (reason: string) => failed(known.main, ["worktree", "add", path, branch], reason)
    const name = `refs/heads/${branch}`
    if (from !== undefined && known.refs.has(name)) return yield* refuse(`a branch named '${branch}' already exists`)
    if (present.has(path)) return yield* refuse(`'${path}' already exists`)
    const holder = known.worktrees.find((worktree) => worktree.branch === branch)
    if (holder !== undefined) return yield* refuse(`'${branch}' is already checked out at '${holder.path}'`)
    const head = resolveInMemory(known, from ?? name)
    if (head === undefined) {
      return yield* refuse(from === undefined ? `there is no branch ${branch}` : `there is no commit ${from}`)
    }
    const gitDirectory = gitDirectoryOf(known.main, path)
    yield* files.makeDirectory(gitDirectory).pipe(Effect.orDie)
    yield* files.write(`${path}/.git`, `gitdir: ${gitDirectory}\n`).pipe(Effect.orDie)
    yield* Effect.forEach(
      known.commits.get(head)?.files ?? [],
      ([file, content]) => Effect.orDie(files.write(`${path}/${file}`, content)),
      { discard: true }
    )
    yield* put({
      ...known,
      refs: new Map([...known.refs, [name, head]]),
      worktrees: [...known.worktrees, { path, branch, head, locked: null }]
    })
  })

  const inspect = Effect.fn("Git.inspect")(function*(path: string, base: string | null) {
    const found = yield* holding(path)
    if (found === undefined || !(yield* Ref.get(tree)).has(path)) return yield* failed(path, [], "not a git repository")
    const { repository: known, worktree } = found
    const present = new Map(yield* filesIn(tree, worktree.path))
    const committed = known.commits.get(worktree.head)?.files ?? new Map()
    const rules = [...linesOf(present.get(".gitignore")), ...known.excluded]
    const ignored = [...present.keys()].filter((file) => !committed.has(file)).flatMap((file) =>
      ignoredAs(file, rules) ?? []
    )
    const hasRemotes = [...known.refs.keys()].some((name) => name.startsWith("refs/remotes/"))
    const elsewhere = [...known.refs].filter(([name]) =>
      name === base || (hasRemotes ? name.startsWith("refs/remotes/") : name !== `refs/heads/${worktree.branch}`)
    ).map(([, head]) => head)
    const unpushed = missingInMemory(known, worktree.head, elsewhere)
    const inspection: WorktreeInspection = {
      branch: worktree.branch,
      head: worktree.head,
      changes: changesInMemory(committed, withoutIgnored(present, rules), present),
      ignored: [...new Set(ignored)].sort(),
      stashes: [],
      unpushed: unpushed.slice(0, 20).map(({ id, subject }) => ({ id, subject })),
      unpushedCount: unpushed.length,
      inProgress: null,
      submodules: []
    }
    return inspection
  })

  const summary = Effect.fn("Git.summary")(function*(path: string, base: string | null) {
    const { branch, changes, head } = yield* inspect(path, base)
    const known = (yield* holding(path))?.repository
    const theirs = known === undefined || base === null ? undefined : resolveInMemory(known, base)
    return {
      branch,
      head,
      ahead: known === undefined || theirs === undefined ? null : missingInMemory(known, head, [theirs]).length,
      behind: known === undefined || theirs === undefined ? null : missingInMemory(known, theirs, [head]).length,
      changes
    }
  })

  const removeWorktree = Effect.fn("Git.removeWorktree")(function*({ main }: Repository, path: string) {
    const known = yield* named(main)
    const refuse = (reason: string) => failed(main, ["worktree", "remove", path], reason)
    if (path === main) return yield* refuse(`the main checkout is at ${main}`)
    if (!known.worktrees.some((worktree) => worktree.path === path)) {
      if (!(yield* Ref.get(tree)).has(path)) return
      return yield* refuse(`${path} is not a worktree of this repository`)
    }
    const present = yield* Ref.get(tree)
    const inner = known.worktrees.find((one) => one.path.startsWith(`${path}/`) && present.has(one.path))
    if (inner !== undefined) return yield* refuse(`another worktree lies in it, and has to go first: ${inner.path}`)
    yield* Effect.orDie(Effect.andThen(files.remove(path), files.remove(gitDirectoryOf(main, path))))
    yield* put({ ...known, worktrees: known.worktrees.filter((worktree) => worktree.path !== path) })
  })

  const isMergedOrPushed = Effect.fn("Git.isMergedOrPushed")(
    function*({ main }: Repository, branch: string, base: string | null) {
      const known = yield* named(main)
      const head = known.refs.get(`refs/heads/${branch}`)
      if (head === undefined) return yield* failed(main, ["rev-list", branch], `there is no branch ${branch}`)
      const safe = [...known.refs].filter(([name]) => name.startsWith("refs/remotes/") || name === base)
      return missingInMemory(known, head, safe.map(([, id]) => id)).length === 0
    }
  )

  const deleteBranch = Effect.fn("Git.deleteBranch")(function*({ main }: Repository, branch: string, head: string) {
    const known = yield* named(main)
    const refuse = (reason: string) => failed(main, ["branch", "-D", branch], reason)
    const holder = known.worktrees.find((worktree) => worktree.branch === branch)
    if (holder !== undefined) return yield* refuse(`branch ${branch} is checked out at ${holder.path}`)
    if (known.refs.get(`refs/heads/${branch}`) !== head) return yield* refuse(`branch ${branch} is not at ${head}`)
    yield* put({ ...known, refs: new Map([...known.refs].filter(([name]) => name !== `refs/heads/${branch}`)) })
  })

  const ignoredMatching = Effect.fn("Git.ignoredMatching")(
    function*(checkout: string, patterns: ReadonlyArray<string>) {
      const found = yield* holding(checkout)
      if (found === undefined) return yield* failed(checkout, [], "not a git repository")
      const present = new Map(yield* filesIn(tree, checkout))
      const committed = found.repository.commits.get(found.worktree.head)?.files
      const rules = [...linesOf(present.get(".gitignore")), ...found.repository.excluded]
      return [...present.keys()].filter((path) =>
        committed?.has(path) !== true && ignoredAs(path, rules) !== null && ignoredAs(path, patterns) !== null
      ).sort()
    }
  )

  const exclude = Effect.fn("Git.exclude")(function*({ main }: Repository, paths: ReadonlyArray<string>) {
    const known = yield* named(main)
    const lines = paths.map((path) => `/${path.replaceAll(/[\\*?]/gu, "\\$&")}`)
    yield* put({ ...known, excluded: [...new Set([...known.excluded, ...lines])] })
  })

  return Git.of({
    repository: findRepository,
    worktrees,
    defaultBranch,
    fetch: Effect.fn("Git.fetch")(() => Effect.void),
    identity: Effect.fn("Git.identity")(({ main }: Repository) => Effect.as(named(main), "memory@example.org")),
    branchHead,
    branchHeads,
    commit,
    contained,
    merge,
    addWorktree,
    summary,
    inspect,
    removeWorktree,
    isMergedOrPushed,
    deleteBranch,
    ignoredMatching,
    exclude
  })
})

const localPrefix = "refs/heads/"

/** Of a worktree whose folder somebody deleted, the record makes room for a new one. */
const withoutVanished = (known: MemoryRepository, path: string, isPresent: boolean): MemoryRepository => ({
  ...known,
  worktrees: known.worktrees.filter((one) =>
    isPresent || one.path !== path || one.branch === null || one.locked !== null
  )
})

const failed = (directory: string, command: ReadonlyArray<string>, stderr: string) =>
  Effect.fail(new GitFailed({ command, directory, exitCode: 128, stderr }))

/** Never all zeros, which is no commit. */
const commitId = (repository: number, commit: number): string =>
  `${(repository + 1).toString(16)}${commit.toString(16).padStart(8, "0")}`.padStart(40, "0")

/** The git folder of a linked worktree, to which its `.git` file leads. */
const gitDirectoryOf = (main: string, path: string): string =>
  `${main}/.git/worktrees/${path.slice(path.lastIndexOf("/") + 1)}`

const linesOf = (text: string | undefined): ReadonlyArray<string> => text?.split("\n") ?? []

const filesOf = (folder: string) => Effect.flatMap(MemoryFileTree, (tree) => filesIn(tree, folder))

/** Every file below a folder but git's own, by its path relative to it. */
const filesIn = (
  tree: MemoryFileTree["Service"],
  folder: string
): Effect.Effect<ReadonlyArray<readonly [string, string]>> =>
  Effect.map(
    Ref.get(tree),
    (present) =>
      [...present].flatMap(([path, { content }]) =>
        content !== null && path.startsWith(`${folder}/`) ? [[path.slice(folder.length + 1), content] as const] : []
      ).filter(([path]) => path !== ".git" && !path.startsWith(".git/"))
  )

const withoutIgnored = (
  files: ReadonlyMap<string, string>,
  rules: ReadonlyArray<string>
): ReadonlyMap<string, string> => new Map([...files].filter(([path]) => ignoredAs(path, rules) === null))
