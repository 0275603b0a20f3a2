import { type Host, TaskWorkspaces } from "@slipway/core"
import { Context, Effect, Layer, Scope } from "effect"
import type { Subprocess } from "./process/Subprocess.ts"

/**
 * The workspaces of this machine, whose modules are loaded when the first one is made: whoever looks at runs needs none.
 *
 * @example
 * Layer.provide(batchesLayer, lazyTaskWorkspacesLayer)
 */
export const lazyTaskWorkspacesLayer: Layer.Layer<TaskWorkspaces, never, Host | Subprocess> = Layer.effect(
  TaskWorkspaces,
  Effect.gen(function*() {
    const surroundings = yield* Effect.context<Host | Subprocess>()
    const scope = yield* Effect.scope
    const load = yield* Effect.promise(() => import("./git/TaskWorkspaces.ts")).pipe(
      Effect.flatMap(({ nodeTaskWorkspacesLayer }) => Layer.build(nodeTaskWorkspacesLayer)),
      Effect.map((built) => Context.get(built, TaskWorkspaces)),
      Effect.provideContext(surroundings),
      Scope.provide(scope),
      // Who waits for it no longer must not take it from the others.
      Effect.uninterruptible,
      Effect.cached
    )
    return TaskWorkspaces.of({
      prepare: (...args) => Effect.flatMap(load, (workspaces) => workspaces.prepare(...args)),
      inspect: (...args) => Effect.flatMap(load, (workspaces) => workspaces.inspect(...args)),
      publish: (...args) => Effect.flatMap(load, (workspaces) => workspaces.publish(...args)),
      remove: (...args) => Effect.flatMap(load, (workspaces) => workspaces.remove(...args))
    })
  })
)
