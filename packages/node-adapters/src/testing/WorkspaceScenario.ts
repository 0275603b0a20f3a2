import { type Host, TaskWorkspaces, type WorkspaceFile, type WorkspaceRepository } from "@slipway/core"
import { ScratchFolder, WorkspaceArrangement } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { nodeTaskWorkspacesLayer } from "../git/TaskWorkspaces.ts"
import { nodeHostLayer } from "../process/NodeHost.ts"
import { Subprocess, type SubprocessRequest } from "../process/Subprocess.ts"
import { commitAll, gitVariables, runGit, writeText } from "./GitRepository.ts"
import { temporaryFolderLayer } from "./TemporaryFolder.ts"

/** Bare repositories made by git itself, below a scratch folder. */
const realArrangementLayer: Layer.Layer<WorkspaceArrangement, never, ScratchFolder> = Layer.effect(
  WorkspaceArrangement,
  Effect.map(ScratchFolder, ({ path: root }) => {
    const worktreeOf = (url: string) => `${url}-work`
    const commit = (url: string, branch: string, files: Readonly<Record<string, string>>): string => {
      const worktree = worktreeOf(url)
      runGit(worktree, "checkout", "--quiet", "-B", branch)
      for (const [name, text] of Object.entries(files)) writeText(join(worktree, name), text)
      const id = commitAll(worktree, "Next")
      runGit(worktree, "push", "--quiet", "origin", branch)
      return id
    }
    const answered = (directory: string, ...args: ReadonlyArray<string>): string | null => {
      try {
        return runGit(directory, ...args)
      } catch {
        return null
      }
    }
    return WorkspaceArrangement.of({
      create: (name, branch, files) =>
        Effect.sync(() => {
          const url = `${root}/remotes/${name}`
          fs.mkdirSync(`${root}/remotes`, { recursive: true })
          runGit(root, "init", "--quiet", "--bare", "-b", branch, url)
          runGit(root, "clone", "--quiet", url, worktreeOf(url))
          if (Object.keys(files).length > 0) commit(url, branch, files)
          return url
        }),
      commit: (url, branch, files) => Effect.sync(() => commit(url, branch, files)),
      head: (url, branch) =>
        Effect.sync(() => answered(url, "rev-parse", "--verify", `refs/heads/${branch}`)?.trim() ?? null),
      file: (url, branch, path) => Effect.sync(() => answered(url, "show", `refs/heads/${branch}:${path}`)),
      write: (path, text) => Effect.sync(() => writeText(path, text)),
      read: (path) => Effect.sync(() => fs.existsSync(path) ? fs.readFileSync(path, "utf8") : null),
      remove: (path) => Effect.sync(() => fs.rmSync(path, { recursive: true })),
      commitAll: (checkout) => Effect.sync(() => commitAll(checkout, "Agent"))
    })
  })
)

/** A host with a home of its own, whose git knows a user, and what else is said. */
const scenarioHostLayer = (
  variables: Readonly<Record<string, string>> = {}
): Layer.Layer<Host, never, ScratchFolder> =>
  Layer.unwrap(
    Effect.map(
      ScratchFolder,
      ({ path }) => nodeHostLayer({ variables: { ...gitVariables, ...variables }, home: join(path, "home") })
    )
  )

/** Programs that are run, and what comes before each. */
export interface WatchedPrograms {
  readonly variables?: Readonly<Record<string, string>>
  readonly before?: (request: SubprocessRequest) => Effect.Effect<void>
}

/** Real workspaces in a scratch folder. */
export const realTaskWorkspacesLayer = (
  { before = () => Effect.void, variables = {} }: WatchedPrograms = {}
): Layer.Layer<TaskWorkspaces | WorkspaceArrangement | ScratchFolder | Host | Subprocess> => {
  const watched = Layer.effect(
    Subprocess,
    Effect.map(
      Subprocess,
      ({ run }) => Subprocess.of({ run: (request) => Effect.andThen(before(request), run(request)) })
    )
  ).pipe(Layer.provide(Subprocess.layer))
  return Layer.merge(nodeTaskWorkspacesLayer, realArrangementLayer).pipe(
    Layer.provideMerge(watched),
    Layer.provideMerge(scenarioHostLayer(variables)),
    Layer.provideMerge(temporaryFolderLayer)
  )
}

/** What a workspace is asked for in tests. */
export interface AskedWorkspace {
  readonly files?: ReadonlyArray<WorkspaceFile>
  readonly repositories?: ReadonlyArray<WorkspaceRepository>
  readonly session?: string
  readonly index?: number
}

/** A repository and ways to work with a workspace of it. */
export const givenWorkspaces = Effect.gen(function*() {
  const arrange = yield* WorkspaceArrangement
  const workspaces = yield* TaskWorkspaces
  const root = (yield* ScratchFolder).path
  const url = yield* arrange.create("khealth", "main", { "src/file": "one\n", "README.md": "# khealth\n" })
  const repository = (options: Partial<WorkspaceRepository> = {}): WorkspaceRepository => ({
    url,
    branch: "main",
    commit: null,
    path: "khealth",
    depth: null,
    credentials: null,
    ...options
  })
  const prepare = ({ files = [], index = 0, repositories = [repository()], session = "first" }: AskedWorkspace = {}) =>
    workspaces.prepare(session, {
      key: { uid: "uid", run: "run", index, attempt: 1 },
      task: `run-task-${index}`,
      files,
      repositories
    })
  const rules = { message: "What the agent did", own: () => [], intend: () => Effect.void }
  return { arrange, prepare, repository, root, rules, url, workspaces }
})

/** A file of a workspace. */
export const workspaceFile = (path: string, content: string | Uint8Array, secret = false): WorkspaceFile => ({
  path,
  bytes: typeof content === "string" ? Buffer.from(content) : content,
  secret
})
