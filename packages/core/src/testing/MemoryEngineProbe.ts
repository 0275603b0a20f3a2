import { Effect, Layer, Ref } from "effect"
import { HealthProbe } from "../sandbox/HealthProbe.ts"
import { MemoryEngine } from "./MemoryEngine.ts"

/**
 * A probe that asks the containers of a {@link MemoryEngine}: where a running one publishes the port of an address, it
 * answers 200, after so many probes in vain; anywhere else, nothing listens.
 *
 * @example
 * memoryEngineProbeLayer({ unanswered: 3 }) // the fourth probe of each address is answered
 */
export const memoryEngineProbeLayer = (
  options: { readonly unanswered?: number } = {}
): Layer.Layer<HealthProbe, never, MemoryEngine> =>
  Layer.effect(
    HealthProbe,
    Effect.gen(function*() {
      const engine = yield* MemoryEngine
      const probes = yield* Ref.make<ReadonlyMap<string, number>>(new Map())
      return HealthProbe.of({
        get: Effect.fn("HealthProbe.get")(function*(url: string) {
          const before = (yield* Ref.get(probes)).get(url) ?? 0
          yield* Ref.update(probes, (all) => new Map(all).set(url, before + 1))
          const port = portOf(url)
          const { answers, containers } = yield* engine.state
          const listens = answers && containers.some((container) =>
            container.state === "running" && container.ports.some(({ host }) => host === port)
          )
          return listens && before >= (options.unanswered ?? 0)
            ? { _tag: "Answered", status: 200 }
            : { _tag: "Unanswered", reason: "connection refused" }
        })
      })
    })
  )

const portOf = (url: string): number => Number(/^https?:\/\/[^/]*:(\d+)/u.exec(url)?.[1] ?? 80)
