import { Context, Effect, Layer } from "effect"
import { readResultFile, resultFileName } from "../batch/attempt/ResultFile.ts"
import {
  type AttemptKey,
  type PreparedWorkspace,
  TaskWorkspaces,
  WorkspaceFailed,
  type WorkspaceOutcome,
  type WorkspaceRepository,
  type WorkspaceRequest
} from "../batch/attempt/TaskWorkspaces.ts"
import {
  branchMissing,
  branchNotOurs,
  commitMissing,
  fileUnwritable,
  repositoryEmpty,
  repositoryGone,
  workspacePathFault
} from "../batch/attempt/WorkspaceFault.ts"
import { base64OfBytes, base64OfText, textOfBase64 } from "../batch/plan/Base64Text.ts"
import type { RepositoryResult } from "../batch/record/RunEvent.ts"
import { sha256 } from "../operation/Sha256.ts"
import { WorkspaceArrangement } from "./WorkspaceArrangement.ts"

/** What can be told and asked of repositories in memory, beside {@link WorkspaceArrangement}. */
export class MemoryRemotes extends Context.Service<MemoryRemotes, {
  /** How often a repository was fetched. */
  readonly fetches: (url: string) => number
  /** From now on, fetching a repository fails so; null makes an end of it. */
  readonly failFetches: (url: string, failure: WorkspaceFailed | null) => void
  /** From now on, pushing to a repository fails so; null makes an end of it. */
  readonly failPushes: (url: string, failure: WorkspaceFailed | null) => void
  /** The workspaces that are there. */
  readonly workspaces: () => ReadonlyArray<PreparedWorkspace>
  /** The paths of the files below a folder, relative to it. */
  readonly paths: (folder: string) => ReadonlyArray<string>
}>()("@slipway/core/testing/MemoryRemotes") {}

type Files = ReadonlyMap<string, string>

interface Commit {
  readonly parent: string | null
  readonly files: Files
}

interface Checkout {
  readonly base: string
  head: string
  /** Relative paths that are no part of the repository. */
  readonly placed: ReadonlyArray<string>
}

const root = "/home/ada/.devops-ai/batch/workspaces"

/**
 * Workspaces in memory: no git, no folder. URLs of repositories that {@link WorkspaceArrangement} makes are
 * `https://example.org/<name>`.
 *
 * @example
 * const url = yield* arrange.create("khealth", "main", { "README.md": "# khealth\n" })
 */
export const memoryTaskWorkspacesLayer: Layer.Layer<TaskWorkspaces | WorkspaceArrangement | MemoryRemotes> = Layer
  .effectContext(Effect.sync(() => {
    const remotes = new Map<string, Map<string, string>>()
    const commits = new Map<string, Commit>()
    /** Files by absolute path, in base64. */
    const disk = new Map<string, string>()
    const checkouts = new Map<string, Checkout>()
    const prepared = new Map<string, PreparedWorkspace>()
    const fetched = new Map<string, ReadonlyMap<string, string>>()
    const fetches = new Map<string, number>()
    const fetchFailures = new Map<string, WorkspaceFailed>()
    const pushFailures = new Map<string, WorkspaceFailed>()

    const filesOf = (commit: string): Files => commits.get(commit)?.files ?? new Map()

    const addCommit = (files: Files, parent: string | null): string => {
      const id = sha256(JSON.stringify([parent, ...[...files].sort()])).slice(0, 40)
      commits.set(id, { files, parent })
      return id
    }

    const below = (folder: string): ReadonlyArray<string> =>
      [...disk.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1))

    const fetch = Effect.fnUntraced(function*(session: string, url: string) {
      const known = fetched.get(`${session} ${url}`)
      if (known !== undefined) return known
      fetches.set(url, (fetches.get(url) ?? 0) + 1)
      const failure = fetchFailures.get(url)
      if (failure !== undefined) return yield* failure
      const branches = remotes.get(url)
      if (branches === undefined) return yield* unavailable(url)
      const seen = new Map(branches)
      fetched.set(`${session} ${url}`, seen)
      return seen
    })

    const baseOf = Effect.fnUntraced(function*(session: string, { branch, commit, url }: WorkspaceRepository) {
      const branches = yield* fetch(session, url)
      if (commit !== null) return commits.has(commit) ? commit : yield* commitMissing(url, commit)
      const head = branches.get(branch)
      if (head !== undefined) return head
      return yield* branches.size === 0 ? repositoryEmpty(url) : branchMissing(url, branch, [...branches.keys()])
    })

    const placeFile = Effect.fnUntraced(function*(workspace: string, path: string, content: string) {
      const fault = workspacePathFault(path)
      if (fault !== null) return yield* fileUnwritable(path, fault)
      const all = below(workspace)
      if (all.some((each) => each.startsWith(`${path}/`))) return yield* fileUnwritable(path, "there is a folder")
      const blocking = all.find((each) => path.startsWith(`${each}/`))
      if (blocking !== undefined) return yield* fileUnwritable(path, `${blocking} is no folder`)
      disk.set(`${workspace}/${path}`, content)
    })

    const removeBelow = (folder: string) => {
      for (const path of disk.keys()) if (path.startsWith(`${folder}/`)) disk.delete(path)
      for (const path of checkouts.keys()) if (`${path}/`.startsWith(`${folder}/`)) checkouts.delete(path)
      for (const [path] of prepared) if (`${path}/`.startsWith(`${folder}/`)) prepared.delete(path)
    }

    const prepare = Effect.fn("TaskWorkspaces.prepare")(function*(session: string, request: WorkspaceRequest) {
      const { files, key, repositories, task } = request
      const bases = yield* Effect.forEach(repositories, (repository) => baseOf(session, repository))
      const path = `${attemptFolder(key)}/workspace`
      removeBelow(attemptFolder(key))
      const branch = `slipway/${task}`
      const made = repositories.map((repository, index) => {
        const folder = repository.path === "." ? path : `${path}/${repository.path}`
        const base = bases[index] ?? ""
        for (const [name, text] of filesOf(base)) disk.set(`${folder}/${name}`, base64OfText(text))
        const placed = [
          ...files.map((file) => `${path}/${file.path}`),
          ...repositories.filter((other) => other !== repository && other.path !== ".").map((other) =>
            `${path}/${other.path}`
          )
        ].filter((each) => each.startsWith(`${folder}/`)).map((each) => each.slice(folder.length + 1))
        checkouts.set(folder, { base, head: base, placed })
        return { repository, path: folder, base, branch }
      })
      for (const file of files) yield* placeFile(path, file.path, base64OfBytes(file.bytes))
      const workspace: PreparedWorkspace = {
        key,
        path,
        home: `${attemptFolder(key)}/home`,
        readOnlyFolders: [],
        repositories: made
      }
      prepared.set(path, workspace)
      return workspace
    })

    /** The files of a checkout as they would be committed: what was placed is what it was at its head. */
    const treeOf = (path: string, checkout: Checkout): Files => {
      const isPlaced = (name: string) =>
        checkout.placed.some((each) => name === each || name.startsWith(`${each}/`)) || name === resultFileName
      const own = below(path).filter((name) => !isPlaced(name)).map((name) =>
        [name, textOfBase64(disk.get(`${path}/${name}`) ?? "") ?? "(binary)"] as const
      )
      return new Map([...[...filesOf(checkout.head)].filter(([name]) => isPlaced(name)), ...own])
    }

    const checkoutAt = (repository: WorkspaceRepository, path: string) => {
      const checkout = checkouts.get(path)
      return checkout === undefined
        ? Effect.fail(repositoryGone(repository.path, "its folder was removed"))
        : Effect.succeed(checkout)
    }

    const inspect = Effect.fn("TaskWorkspaces.inspect")(function*(workspace: PreparedWorkspace) {
      const changes = yield* Effect.forEach(
        workspace.repositories,
        Effect.fnUntraced(function*({ path, repository }) {
          const checkout = yield* checkoutAt(repository, path)
          const { base, head } = checkout
          const prefix = workspace.repositories.length > 1 && repository.path !== "." ? `${repository.path}/` : ""
          const { diff, ...counts } = compareFiles(filesOf(base), treeOf(path, checkout), prefix)
          const count = commitsBetween(commits, base, head)
          const result = {
            path: repository.path,
            url: repository.url,
            base,
            head,
            commits: count,
            ...counts,
            published: null
          }
          return { result, diff }
        })
      )
      const text = disk.get(`${workspace.path}/${resultFileName}`)
      const { fault, result } = text === undefined
        ? { result: undefined, fault: null }
        : readResultFile(textOfBase64(text) ?? "")
      const outcome: WorkspaceOutcome = {
        repositories: changes.map((each) => each.result),
        diff: changes.map(({ diff }) => diff).join(""),
        result,
        resultFault: fault
      }
      return outcome
    })

    const publish: TaskWorkspaces["Service"]["publish"] = Effect.fnUntraced(function*(workspace, outcome, rules) {
      const repositories: Array<RepositoryResult> = []
      for (const [index, result] of outcome.repositories.entries()) {
        const found = workspace.repositories[index]
        if (found === undefined || result.filesChanged === 0) {
          repositories.push(result)
          continue
        }
        const { branch, path, repository } = found
        const checkout = yield* checkoutAt(repository, path)
        const tree = treeOf(path, checkout)
        const isCommitted = compareFiles(filesOf(checkout.head), tree, "").filesChanged === 0
        const commit = isCommitted ? checkout.head : addCommit(tree, checkout.head)
        yield* rules.intend(repository.url, branch, commit)
        const failure = pushFailures.get(repository.url)
        if (failure !== undefined) return yield* failure
        const branches = remotes.get(repository.url)
        if (branches === undefined) return yield* unavailable(repository.url)
        const present = branches.get(branch)
        const own = rules.own(repository.url, branch)
        if (present !== undefined && present !== commit && !own.includes(present)) {
          return yield* branchNotOurs(repository.url, branch, present)
        }
        branches.set(branch, commit)
        repositories.push({ ...result, head: commit, published: branch })
      }
      return { ...outcome, repositories }
    })

    const remove = Effect.fn("TaskWorkspaces.remove")((key: AttemptKey | { readonly uid: string }) =>
      Effect.sync(() => removeBelow("index" in key ? attemptFolder(key) : `${root}/${key.uid}`))
    )

    const commit = (url: string, branch: string, files: Readonly<Record<string, string>>) =>
      Effect.sync(() => {
        const branches = remotes.get(url) ?? new Map<string, string>()
        const parent = branches.get(branch) ?? null
        const before = parent === null ? [] : filesOf(parent)
        const id = addCommit(new Map([...before, ...Object.entries(files)]), parent)
        remotes.set(url, branches.set(branch, id))
        return id
      })

    const arrangement = WorkspaceArrangement.of({
      create: (name, branch, files) => {
        const url = `https://example.org/${name}`
        remotes.set(url, new Map())
        return Effect.as(Object.keys(files).length === 0 ? Effect.void : commit(url, branch, files), url)
      },
      commit,
      head: (url, branch) => Effect.sync(() => remotes.get(url)?.get(branch) ?? null),
      file: (url, branch, path) => Effect.sync(() => filesOf(remotes.get(url)?.get(branch) ?? "").get(path) ?? null),
      write: (path, text) => Effect.sync(() => void disk.set(path, base64OfText(text))),
      read: (path) => Effect.sync(() => disk.has(path) ? textOfBase64(disk.get(path) ?? "") : null),
      remove: (path) =>
        Effect.sync(() => {
          disk.delete(path)
          removeBelow(path)
        }),
      commitAll: (path) =>
        Effect.sync(() => {
          const checkout = checkouts.get(path)
          if (checkout === undefined) throw new Error(`no checkout at ${path}`)
          checkout.head = addCommit(treeOf(path, checkout), checkout.head)
          return checkout.head
        })
    })

    const controls = MemoryRemotes.of({
      fetches: (url) => fetches.get(url) ?? 0,
      failFetches: (url, failure) =>
        void (failure === null ? fetchFailures.delete(url) : fetchFailures.set(url, failure)),
      failPushes: (url, failure) => void (failure === null ? pushFailures.delete(url) : pushFailures.set(url, failure)),
      workspaces: () => [...prepared.values()],
      paths: below
    })

    return Context.make(TaskWorkspaces, TaskWorkspaces.of({ prepare, inspect, publish, remove })).pipe(
      Context.add(WorkspaceArrangement, arrangement),
      Context.add(MemoryRemotes, controls)
    )
  }))

const attemptFolder = ({ attempt, index, uid }: AttemptKey): string => `${root}/${uid}/${index}-${attempt}`

const unavailable = (url: string): WorkspaceFailed =>
  new WorkspaceFailed({ reason: "RepositoryUnavailable", message: `${url}: repository not found`, transient: false })

const commitsBetween = (commits: ReadonlyMap<string, Commit>, base: string, head: string): number => {
  let count = 0
  for (let id: string | null = head; id !== null && id !== base; id = commits.get(id)?.parent ?? null) count += 1
  return count
}

const linesOf = (text: string): ReadonlyArray<string> => text === "" ? [] : text.replace(/\n$/u, "").split("\n")

/** Not the least difference: what two texts begin and end with alike is left out, and nothing else. */
const compareFiles = (before: Files, after: Files, prefix: string) => {
  const names = [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name))
  let insertions = 0
  let deletions = 0
  let diff = ""
  for (const name of names.sort()) {
    const old = linesOf(before.get(name) ?? "")
    const new_ = linesOf(after.get(name) ?? "")
    let start = 0
    while (start < old.length && start < new_.length && old[start] === new_[start]) start += 1
    let end = 0
    while (end < old.length - start && end < new_.length - start && old.at(-1 - end) === new_.at(-1 - end)) end += 1
    const removed = old.slice(start, old.length - end)
    const added = new_.slice(start, new_.length - end)
    insertions += added.length
    deletions += removed.length
    const lines = [...removed.map((line) => `-${line}\n`), ...added.map((line) => `+${line}\n`)].join("")
    diff += `diff --git a/${prefix}${name} b/${prefix}${name}\n${lines}`
  }
  return { filesChanged: names.length, insertions, deletions, diff }
}
