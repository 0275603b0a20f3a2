import { HealthProbe, type ProbeAnswer } from "@slipway/core"
import { Duration, Effect, Layer } from "effect"

/** Asks by HTTP; every answer counts, also one that is no success. */
export const fetchHealthProbeLayer: Layer.Layer<HealthProbe> = Layer.succeed(
  HealthProbe,
  HealthProbe.of({
    get: Effect.fn("HealthProbe.get")((url, timeout) =>
      Effect.tryPromise({
        try: async (signal): Promise<ProbeAnswer> => {
          const response = await fetch(url, {
            redirect: "manual",
            headers: { connection: "close" },
            signal
          })
          await response.body?.cancel()
          return { _tag: "Answered", status: response.status }
        },
        catch: (cause) => unanswered(cause)
      }).pipe(
        Effect.catch((answer) => Effect.succeed(answer)),
        Effect.timeoutOrElse({
          duration: timeout,
          orElse: () =>
            Effect.succeed<ProbeAnswer>({
              _tag: "Unanswered",
              reason: `no answer within ${Duration.format(Duration.fromInputUnsafe(timeout))}`
            })
        })
      )
    )
  })
)

/** fetch hides what happened behind `fetch failed`; the cause tells it. */
const unanswered = (cause: unknown): ProbeAnswer => {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  return { _tag: "Unanswered", reason: inner instanceof Error ? inner.message : String(inner) }
}
