import {
  Digest,
  faultyResultFile,
  fileUnwritable,
  Host,
  type PreparedWorkspace,
  readResultFile,
  type RepositoryResult,
  type ResultFile,
  resultFileLimit,
  resultFileName,
  TaskWorkspaces,
  type WorkspaceFailed,
  type WorkspaceOutcome,
  workspacePathFault,
  type WorkspaceRequest
} from "@slipway/core"
import { Effect, Layer } from "effect"
import { isUtf8 } from "node:buffer"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { Subprocess } from "../process/Subprocess.ts"
import { publishBranch } from "./PublishBranch.ts"
import { repositoryMirrors, type StartingPoint } from "./RepositoryMirrors.ts"
import { gitRunner } from "./RunGit.ts"
import { inspectCheckout } from "./TaskChanges.ts"
import { hideReplaced, makeCheckout, placedIn, type TaskCheckout } from "./TaskCheckout.ts"
import {
  type AttemptFolders,
  attemptFolders,
  makeAttemptFolders,
  observerFolder,
  placeFile,
  readRegularFile,
  removeWorkspace,
  runFolder
} from "./WorkspacePaths.ts"

/**
 * Workspaces made by git (2.36 or newer), under the state home: mirrors in `batch/mirrors`, workspaces in
 * `batch/workspaces`. Submodules are not checked out. Filters of the user's settings, such as those of git LFS, are
 * run; hooks, settings and programs of a repository never are.
 */
export const nodeTaskWorkspacesLayer: Layer.Layer<TaskWorkspaces, never, Host | Subprocess> = Layer.effect(
  TaskWorkspaces,
  Effect.gen(function*() {
    const host = yield* Host
    const git = gitRunner(yield* Subprocess)
    const mirrors = repositoryMirrors(git, host, yield* Digest)

    const prepare = Effect.fn("TaskWorkspaces.prepare")(function*(session: string, request: WorkspaceRequest) {
      const { key, repositories } = request
      for (const { path } of repositories) {
        const fault = path === "." ? null : workspacePathFault(path)
        if (fault !== null) return yield* fileUnwritable(path, fault)
      }
      const starts = yield* Effect.forEach(repositories, (repository) => mirrors.startingPoint(session, repository), {
        concurrency: "unbounded"
      })
      const folders = yield* makeAttemptFolders(host.home, key)
      return yield* Effect.onError(
        fill(request, starts, folders),
        () => Effect.ignore(removeWorkspace(folders.attempt))
      )
    })

    const fill = Effect.fnUntraced(function*(
      { files, key, repositories, task }: WorkspaceRequest,
      starts: ReadonlyArray<StartingPoint>,
      folders: AttemptFolders
    ) {
      const checkouts = new Map<number, TaskCheckout>()
      // A repository that holds another one goes first.
      for (const index of outermostFirst(repositories.map(({ path }) => path))) {
        const repository = repositories[index]
        const start = starts[index]
        if (repository === undefined || start === undefined) continue
        const checkout = yield* makeCheckout(git, {
          workspace: folders.workspace,
          repository,
          start,
          observer: observerFolder(folders.attempt, index),
          branch: branchOf(task),
          paths: placedIn(repository, repositories, files)
        })
        checkouts.set(index, checkout)
      }
      yield* placeFiles([...checkouts.values()], folders.workspace, files)
      const prepared: PreparedWorkspace = {
        key,
        path: folders.workspace,
        home: folders.home,
        readOnlyFolders: [...new Set(starts.map(({ mirror }) => join(mirror, "objects")))],
        repositories: repositories.flatMap((repository, index) => {
          const checkout = checkouts.get(index)
          if (checkout === undefined) return []
          const { base, branch, path } = checkout
          const { credentials = null, url = repository.url } = starts[index] ?? {}
          return [{ repository: { ...repository, url, credentials }, path, base, branch }]
        })
      }
      return prepared
    })

    const placeFiles = Effect.fnUntraced(function*(
      checkouts: ReadonlyArray<TaskCheckout>,
      workspace: string,
      files: WorkspaceRequest["files"]
    ) {
      const replaced = new Map<TaskCheckout, ReadonlyArray<string>>()
      for (const file of files) {
        if (!(yield* placeFile(workspace, file))) continue
        const path = join(workspace, file.path)
        const around = innermost(checkouts, path)
        if (around === null) continue
        replaced.set(around, [...(replaced.get(around) ?? []), path.slice(around.path.length + 1)])
      }
      yield* Effect.forEach(replaced, ([checkout, paths]) => hideReplaced(git, checkout, paths), { discard: true })
    })

    const inspect = Effect.fn("TaskWorkspaces.inspect")(function*(workspace: PreparedWorkspace) {
      const several = workspace.repositories.length > 1
      const changes = yield* Effect.forEach(workspace.repositories, ({ repository }, index) =>
        inspectCheckout(
          git,
          repository,
          checkoutOf(workspace, index),
          several && repository.path !== "." ? `${repository.path}/` : ""
        ))
      const { fault, result } = readResult(join(workspace.path, resultFileName))
      const outcome: WorkspaceOutcome = {
        repositories: changes.map((change) => change.result),
        diff: changes.map(({ diff }) => diff).join(""),
        result,
        resultFault: fault
      }
      return outcome
    })

    const publish: TaskWorkspaces["Service"]["publish"] = (workspace, outcome, rules) =>
      Effect.forEach(
        outcome.repositories,
        (
          result,
          index
        ): Effect.Effect<RepositoryResult, WorkspaceFailed | Effect.Error<ReturnType<typeof rules.intend>>> => {
          const prepared = workspace.repositories[index]
          if (prepared === undefined || result.filesChanged === 0) return Effect.succeed(result)
          const { credentials, secret = null, url } = prepared.repository
          return Effect.map(
            publishBranch(git, host, {
              checkout: checkoutOf(workspace, index),
              result,
              url,
              credentials,
              secret,
              message: rules.message,
              own: rules.own(url, prepared.branch),
              intend: (commit) => rules.intend(url, prepared.branch, commit)
            }),
            (head): RepositoryResult => ({ ...result, head, published: prepared.branch })
          )
        }
      ).pipe(
        Effect.map((repositories) => ({ ...outcome, repositories })),
        Effect.withSpan("TaskWorkspaces.publish")
      )

    const remove: TaskWorkspaces["Service"]["remove"] = Effect.fn("TaskWorkspaces.remove")(function*(key) {
      if (!("index" in key)) return yield* removeWorkspace(runFolder(host.home, key.uid))
      const { attempt } = attemptFolders(host.home, key)
      yield* removeWorkspace(attempt)
      yield* Effect.sync(() => removeEmptyFolder(dirname(attempt)))
    })

    return TaskWorkspaces.of({ prepare, inspect, publish, remove })
  })
)

/** What the agent said; the file is not its own to be trusted: it may be anything, and of any size. */
const readResult = (path: string): ResultFile => {
  const found = readRegularFile(path, resultFileLimit)
  if (found === null) return { result: undefined, fault: null }
  if ("fault" in found) return faultyResultFile(found.fault)
  if (found.bytes.length > resultFileLimit) {
    return faultyResultFile(`is larger than ${resultFileLimit / 1024 / 1024} MiB`)
  }
  return isUtf8(found.bytes)
    ? readResultFile(Buffer.from(found.bytes).toString("utf8"))
    : faultyResultFile("is no UTF-8 text")
}

/** The branch that a task works on. */
const branchOf = (task: string): string => `slipway/${task}`

const checkoutOf = (workspace: PreparedWorkspace, index: number): TaskCheckout => {
  const prepared = workspace.repositories[index]
  const { base = "", branch = "", path = "" } = prepared ?? {}
  return {
    base,
    branch,
    path,
    gitDirectory: join(path, ".git"),
    observer: observerFolder(dirname(workspace.path), index)
  }
}

const outermostFirst = (paths: ReadonlyArray<string>): ReadonlyArray<number> => {
  const depth = (path: string) => path === "." ? 0 : path.split("/").length
  return paths.map((path, index) => ({ index, depth: depth(path) }))
    .toSorted((one, other) => one.depth - other.depth).map(({ index }) => index)
}

const innermost = (checkouts: ReadonlyArray<TaskCheckout>, path: string): TaskCheckout | null =>
  checkouts.filter((checkout) => path.startsWith(`${checkout.path}/`))
    .toSorted((one, other) => other.path.length - one.path.length)[0] ?? null

/** The last attempt's folder was in it, or another one's still is. */
const removeEmptyFolder = (path: string): void => {
  try {
    fs.rmdirSync(path)
  } catch {
    // It is gone, or not empty.
  }
}
