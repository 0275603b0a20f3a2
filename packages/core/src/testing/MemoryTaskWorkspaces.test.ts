import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TaskWorkspaces, WorkspaceFailed } from "../batch/attempt/TaskWorkspaces.ts"
import { MemoryRemotes, memoryTaskWorkspacesLayer } from "./MemoryTaskWorkspaces.ts"
import { taskWorkspacesContract } from "./TaskWorkspacesContract.ts"
import { WorkspaceArrangement } from "./WorkspaceArrangement.ts"

taskWorkspacesContract("memory", memoryTaskWorkspacesLayer)

describe("workspaces in memory", () => {
  it.effect("fail when they are told to, and count fetches", () =>
    Effect.gen(function*() {
      const arrange = yield* WorkspaceArrangement
      const remotes = yield* MemoryRemotes
      const workspaces = yield* TaskWorkspaces
      const url = yield* arrange.create("khealth", "main", { a: "a" })
      const failure = new WorkspaceFailed({ reason: "RepositoryUnavailable", message: "timeout", transient: true })
      const repository = { url, branch: "main", commit: null, path: "khealth", depth: null, credentials: null }
      const key = { uid: "uid", run: "run", index: 0, attempt: 1 }
      const prepare = workspaces.prepare("first", { key, task: "run-task-0", files: [], repositories: [repository] })
      remotes.failFetches(url, failure)
      assert.strictEqual(yield* Effect.flip(prepare), failure)
      remotes.failFetches(url, null)
      const workspace = yield* prepare
      yield* prepare
      assert.strictEqual(remotes.fetches(url), 2)
      assert.deepStrictEqual(remotes.paths(workspace.path), ["khealth/a"])
      assert.lengthOf(remotes.workspaces(), 1)
      yield* arrange.write(`${workspace.path}/khealth/b`, "b")
      const outcome = yield* workspaces.inspect(workspace)
      remotes.failPushes(url, failure)
      const rules = { message: "", own: () => [], intend: () => Effect.void }
      assert.strictEqual(yield* Effect.flip(workspaces.publish(workspace, outcome, rules)), failure)
    }).pipe(Effect.provide(memoryTaskWorkspacesLayer)))
})
