import { Clock, Context, Duration, Effect, Layer, Option, Stream } from "effect"
import { defaultHealthTimeout } from "../project/InfraSchema.ts"
import { type Container, Containers } from "./Containers.ts"
import { decideHealth, firstHealthWait, type HealthDecision, type HealthVerdict } from "./Health.ts"
import { HealthProbe } from "./HealthProbe.ts"

/** Which sandbox is waited for. */
export interface HealthRequest {
  readonly composeProject: string
  /** The health endpoint and how many seconds it has; null when none is configured. */
  readonly health: { readonly url: string; readonly timeout: number } | null
}

/** How many lines of a container that ended are shown. */
const logTail = 20

/** The longest that one request to the endpoint can take. */
const probeTimeout = Duration.seconds(5)

/** Waits until a started sandbox is ready, or cannot be any more. */
export class HealthGate extends Context.Service<HealthGate, {
  /**
   * Looks until there is a verdict. A container that ends with an error is noticed when it happens, not at the next
   * look. An engine that does not answer is no failure of the sandbox.
   */
  readonly check: (request: HealthRequest) => Effect.Effect<HealthVerdict>
}>()("@slipway/core/sandbox/HealthGate") {
  static readonly layer: Layer.Layer<HealthGate, never, Containers | HealthProbe> = Layer.effect(
    HealthGate,
    Effect.gen(function*() {
      const engine = yield* Containers
      const probe = yield* HealthProbe

      const exitCodeOf = (container: Container): Effect.Effect<Container> =>
        container.state !== "exited" || container.exitCode !== null
          ? Effect.succeed(container)
          : engine.inspect(container.id).pipe(
            Effect.map((inspected) => inspected ?? container),
            Effect.orElseSucceed(() => container)
          )

      const observe = (project: string): Effect.Effect<ReadonlyArray<Container> | null> =>
        engine.list({ project }).pipe(
          Effect.flatMap((containers) => Effect.forEach(containers, exitCodeOf, { concurrency: "unbounded" })),
          Effect.orElseSucceed(() => null)
        )

      const lastLines = (container: Container): Effect.Effect<ReadonlyArray<string>> =>
        engine.logs(container, { tail: logTail, follow: false }).pipe(
          Stream.map((line) => line.text),
          Stream.runCollect,
          Effect.orElseSucceed(() => [])
        )

      const check = Effect.fn("HealthGate.check")(function*({ composeProject, health }: HealthRequest) {
        const start = yield* Clock.currentTimeMillis
        const timeout = (health?.timeout ?? defaultHealthTimeout) * 1000

        const look = Effect.fnUntraced(function*(): Effect.fn.Return<Decided> {
          for (let wait = Math.min(firstHealthWait, timeout);;) {
            yield* Effect.sleep(wait)
            const [answer, containers] = yield* Effect.all([
              health === null ? Effect.succeed(null) : probe.get(health.url, probeTimeout),
              observe(composeProject)
            ], { concurrency: 2 })
            const elapsed = (yield* Clock.currentTimeMillis) - start
            const decision = decideHealth({ elapsed, timeout, answer, containers })
            if (decision._tag === "Decided") return decision
            wait = decision.ms
          }
        })

        /** Ends only when a container has ended with an error. */
        const crash: Effect.Effect<Decided> = engine.events(composeProject).pipe(
          Stream.filter((event) => event.action === "die"),
          Stream.mapEffect(() => observe(composeProject)),
          Stream.map((containers) => decideHealth({ elapsed: 0, timeout: 1, answer: null, containers })),
          Stream.filter(isFailed),
          Stream.runHead,
          Effect.orElseSucceed(() => Option.none<Decided>()),
          Effect.flatMap(Option.match({ onNone: () => Effect.never, onSome: (decision) => Effect.succeed(decision) }))
        )

        const decision = yield* Effect.raceFirst(look(), crash)
        const ms = (yield* Clock.currentTimeMillis) - start
        const logs = decision.culprit === null ? [] : yield* lastLines(decision.culprit)
        return { verdict: decision.verdict, ms, detail: decision.detail, logs }
      })

      return HealthGate.of({ check })
    })
  )
}

type Decided = Extract<HealthDecision, { readonly _tag: "Decided" }>

const isFailed = (decision: HealthDecision): decision is Decided =>
  decision._tag === "Decided" && decision.verdict === "failed"
