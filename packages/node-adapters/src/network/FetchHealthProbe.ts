import { HealthProbe, type ProbeAnswer } from "@slipway/core"
import { Duration, Effect, Layer } from "effect"
import type { ClientRequest, RequestOptions } from "node:http"

/**
 * Asks by HTTP; every answer counts, also one that is no success. Over `node:http`, loaded at the first question:
 * sandboxes are asked every few hundred milliseconds, and there a request costs less than half of what one by `fetch`
 * does.
 */
export const fetchHealthProbeLayer: Layer.Layer<HealthProbe> = Layer.succeed(
  HealthProbe,
  HealthProbe.of({
    get: Effect.fn("HealthProbe.get")((url: string, timeout: Duration.Input) =>
      Effect.flatMap(requester(url), (request) => request === null ? Effect.succeed(notHttp) : answerOf(url, request))
        .pipe(
          Effect.timeoutOrElse({
            duration: timeout,
            orElse: () =>
              Effect.succeed(unanswered(`no answer within ${Duration.format(Duration.fromInputUnsafe(timeout))}`))
          })
        )
    )
  })
)

type Requester = (url: string, options: RequestOptions) => ClientRequest

const requester = (url: string): Effect.Effect<Requester | null> =>
  Effect.promise(async () => {
    switch (URL.parse(url)?.protocol) {
      case "http:":
        return (await import("node:http")).request
      case "https:":
        return (await import("node:https")).request
      default:
        return null
    }
  })

/** The status is the answer: what follows is not read, and the connection is not kept. */
const answerOf = (url: string, request: Requester): Effect.Effect<ProbeAnswer> =>
  Effect.callback((resume) => {
    const asked = request(url, { agent: false, headers: { accept: "*/*" } })
    asked.on("response", (response) => {
      resume(Effect.succeed({ _tag: "Answered", status: response.statusCode ?? 0 }))
      asked.destroy()
    })
    // A container that is still starting may answer in another protocol, or break off.
    asked.on("error", (error) => resume(Effect.succeed(unanswered(reasonOf(error)))))
    asked.on("close", () => resume(Effect.succeed(unanswered("the connection was closed"))))
    asked.end()
    return Effect.sync(() => asked.destroy())
  })

const unanswered = (reason: string): ProbeAnswer => ({ _tag: "Unanswered", reason })

const notHttp = unanswered("it is no address of HTTP")

/** Where a name has several addresses, each has failed for a reason of its own. */
const reasonOf = (error: Error): string =>
  error instanceof AggregateError
    ? [...new Set(error.errors.map((one: unknown) => one instanceof Error ? one.message : String(one)))].join(", ")
    : error.message
