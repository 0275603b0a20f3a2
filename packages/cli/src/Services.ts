import { Doctor, Done, Impl, Inits, Overview, Sandboxes } from "@slipway/core"
import { nodeSandboxesLayer } from "@slipway/node-adapters"
import { Context, Effect, Layer, Scope } from "effect"
import type { Services } from "./Invocation.ts"
import { lazyBatches } from "./LazyBatches.ts"

/** The services on this machine. This module is loaded only when a command needs them. */
export const machineServices = (
  variables: Readonly<Record<string, string | undefined>>
): Effect.Effect<Services, never, Scope.Scope> =>
  Effect.gen(function*() {
    const options = { variables: defined(variables) }
    const scope = yield* Effect.scope
    const context = yield* Layer.build(nodeSandboxesLayer(options))
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
      doctor: Context.get(context, Doctor),
      done: Context.get(context, Done),
      features: lazily(Effect.map(features, (loaded) => loaded.features)),
      impl: Context.get(context, Impl),
      inits: Context.get(context, Inits),
      migrations: lazily(migrations),
      overview: Context.get(context, Overview),
      sandboxes: Context.get(context, Sandboxes),
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

const defined = (variables: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => value === undefined ? [] : [[name, value]])
  )
