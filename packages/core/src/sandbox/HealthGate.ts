import { Clock, Context, Effect, Layer, Stream } from "effect"
import { type Container, Containers, type EngineUnavailable } from "./Containers.ts"
import { decideHealth, type HealthEndpoint, type HealthVerdict, probeDelay } from "./Health.ts"
import { HealthProbe } from "./HealthProbe.ts"

/** How long one question may take. */
const probeTimeout = "2 seconds"

/** How many lines of a failed container are told. */
const linesTold = 20

/** Waits until a sandbox is healthy, or will not become so. */
export class HealthGate extends Context.Service<HealthGate, {
  readonly check: (
    request: { readonly composeProject: string; readonly health: HealthEndpoint | null }
  ) => Effect.Effect<HealthVerdict, EngineUnavailable>
}>()("@slipway/core/sandbox/HealthGate") {
  static readonly layer: Layer.Layer<HealthGate, never, Containers | HealthProbe> = Layer.effect(
    HealthGate,
    Effect.gen(function*() {
      const engine = yield* Containers
      const probe = yield* HealthProbe

      const lastLines = (container: Container) =>
        engine.logs(container, { tail: linesTold, follow: false }).pipe(
          Stream.map((line) => `${line.service} | ${line.text}`),
          Stream.runCollect,
          // Why it failed is told anyway; its output is a help.
          Effect.orElseSucceed((): ReadonlyArray<string> => [])
        )

      const check = Effect.fn("HealthGate.check")(function*(
        request: { readonly composeProject: string; readonly health: HealthEndpoint | null }
      ) {
        const { composeProject, health } = request
        const start = yield* Clock.currentTimeMillis
        yield* Effect.sleep(health === null ? 0 : probeDelay(1))
        for (let attempt = 1;; attempt++) {
          const [answer, containers] = yield* Effect.all([
            health === null ? Effect.succeed(null) : probe.get(health.url, probeTimeout),
            engine.list({ project: composeProject })
          ], { concurrency: 2 })
          const elapsed = (yield* Clock.currentTimeMillis) - start
          const decision = decideHealth({ elapsed, answer, containers }, health, attempt)
          if (decision._tag === "Wait") {
            yield* Effect.sleep(decision.ms)
            continue
          }
          return {
            verdict: decision.verdict,
            ms: elapsed,
            detail: decision.detail,
            logs: decision.culprit === null ? [] : yield* lastLines(decision.culprit)
          }
        }
      })

      return HealthGate.of({ check })
    })
  )
}
