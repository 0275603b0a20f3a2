import type { Sandboxes } from "@slipway/core"
import { Effect, Scope, Stream } from "effect"
import type { Services } from "./Invocation.ts"
import { lazyBatches } from "./LazyBatches.ts"

/** The services on this machine. This module is loaded only when a command needs them. */
export const machineServices = (
  variables: Readonly<Record<string, string | undefined>>
): Effect.Effect<Services, never, Scope.Scope> =>
  Effect.gen(function*() {
    const options = { variables: defined(variables) }
    const scope = yield* Effect.scope
    const worktrees = yield* Effect.cached(
      Effect.flatMap(
        Effect.promise(() => import("./SandboxServices.ts")),
        ({ sandboxServices }) => Scope.provide(sandboxServices(options), scope)
      )
    )
    const features = yield* Effect.cached(
      Effect.flatMap(
        Effect.promise(() => import("./FeatureServices.ts")),
        ({ featureServices }) => Scope.provide(featureServices(options), scope)
      )
    )
    const batches = yield* Effect.cached(
      Effect.flatMap(
        Effect.promise(() => import("./BatchServices.ts")),
        ({ batchServices }) => Scope.provide(batchServices(options), scope)
      )
    )
    const migrations = yield* Effect.cached(
      Effect.flatMap(
        Effect.promise(() => import("./MigrationServices.ts")),
        ({ migrationServices }) => Scope.provide(migrationServices, scope)
      )
    )
    return {
      audit: lazily(Effect.map(features, ({ audit }) => audit)),
      batches: lazyBatches(batches),
      doctor: lazily(Effect.map(worktrees, ({ doctor }) => doctor)),
      done: lazily(Effect.map(worktrees, ({ done }) => done)),
      features: lazily(Effect.map(features, (loaded) => loaded.features)),
      impl: lazily(Effect.map(worktrees, ({ impl }) => impl)),
      inits: lazily(Effect.map(worktrees, ({ inits }) => inits)),
      migrations: lazily(migrations),
      overview: lazily(Effect.map(worktrees, ({ overview }) => overview)),
      sandboxes: lazySandboxes(Effect.map(worktrees, ({ sandboxes }) => sandboxes)),
      specProjects: lazily(Effect.map(features, ({ specProjects }) => specProjects))
    }
  })

type Calls = Readonly<Record<string, (...args: ReadonlyArray<never>) => unknown>>

/** A service that is built when it is first called. Every one of its members is a function that gives an effect. */
const lazily = <S extends object>(load: Effect.Effect<S>): S => {
  const call = (name: string) => (...args: ReadonlyArray<never>) =>
    Effect.flatMap(load, (service) => (service as unknown as Calls)[name]?.(...args) as Effect.Effect<unknown>)
  return new Proxy({}, { get: (_, name) => typeof name === "string" ? call(name) : undefined }) as S
}

const lazySandboxes = (load: Effect.Effect<Sandboxes["Service"]>): Sandboxes["Service"] => ({
  planStart: (request) => Effect.flatMap(load, (sandboxes) => sandboxes.planStart(request)),
  start: (request) => Effect.flatMap(load, (sandboxes) => sandboxes.start(request)),
  stop: (request) => Effect.flatMap(load, (sandboxes) => sandboxes.stop(request)),
  restart: (request) => Effect.flatMap(load, (sandboxes) => sandboxes.restart(request)),
  logs: (request) => Stream.unwrap(Effect.map(load, (sandboxes) => sandboxes.logs(request))),
  exec: (request) => Effect.flatMap(load, (sandboxes) => sandboxes.exec(request))
})

const defined = (variables: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => value === undefined ? [] : [[name, value]])
  )
