import { Context, type Duration, Effect, Layer, Ref } from "effect"
import { HealthProbe, type ProbeAnswer } from "../sandbox/HealthProbe.ts"
import { type EndpointBehaviour, HealthEndpoints } from "./HealthEndpoints.ts"

const unanswered = (reason: string): ProbeAnswer => ({ _tag: "Unanswered", reason })

const answerOf = (behaviour: EndpointBehaviour | undefined): ProbeAnswer => {
  switch (behaviour?._tag) {
    case undefined:
      return unanswered("connection refused")
    case "Answers":
      return { _tag: "Answered", status: behaviour.status }
    case "Drips":
      return { _tag: "Answered", status: 200 }
    case "Hangs":
      return unanswered("no answer in time")
    case "Breaks":
      return unanswered("the connection was closed")
    case "Babbles":
      return unanswered("it is not HTTP")
  }
}

/** A probe that knows the endpoints made through {@link HealthEndpoints}; nothing listens anywhere else. */
export const memoryHealthProbeLayer: Layer.Layer<HealthProbe | HealthEndpoints> = Layer.effectContext(
  Effect.gen(function*() {
    interface Endpoint {
      readonly behaviour: EndpointBehaviour
      readonly asked: number
    }
    const endpoints = yield* Ref.make<ReadonlyMap<string, Endpoint>>(new Map())
    const numbers = yield* Ref.make(0)
    const address = Effect.map(
      Ref.getAndUpdate(numbers, (number) => number + 1),
      (number) => `http://localhost:${40_000 + number}/health`
    )

    const probe = HealthProbe.of({
      get: Effect.fn("HealthProbe.get")(function*(url: string, timeout: Duration.Input) {
        const endpoint = (yield* Ref.get(endpoints)).get(url)
        if (endpoint !== undefined) {
          yield* Ref.update(endpoints, (all) => new Map(all).set(url, { ...endpoint, asked: endpoint.asked + 1 }))
        }
        if (endpoint?.behaviour._tag === "Hangs") yield* Effect.sleep(timeout)
        return answerOf(endpoint?.behaviour)
      })
    })

    const made = HealthEndpoints.of({
      serve: Effect.fnUntraced(function*(behaviour) {
        const served = yield* Effect.acquireRelease(
          Effect.tap(address, (url) => Ref.update(endpoints, (all) => new Map(all).set(url, { behaviour, asked: 0 }))),
          (gone) => Ref.update(endpoints, (all) => new Map([...all].filter(([other]) => other !== gone)))
        )
        return {
          url: served,
          asked: Effect.map(Ref.get(endpoints), (all) => all.get(served)?.asked ?? 0),
          open: Effect.succeed(0)
        }
      }),
      unused: address
    })

    return Context.make(HealthProbe, probe).pipe(Context.add(HealthEndpoints, made))
  })
)
