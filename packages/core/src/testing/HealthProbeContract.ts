import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, type Layer } from "effect"
import { HealthProbe } from "../sandbox/HealthProbe.ts"
import { type EndpointBehaviour, HealthEndpoints } from "./HealthEndpoints.ts"

/** What every implementation of {@link HealthProbe} does. The layer is built anew for each test, on the real clock. */
export const healthProbeContract = <E>(name: string, layer: Layer.Layer<HealthProbe | HealthEndpoints, E>): void => {
  const given = Effect.gen(function*() {
    return { probe: yield* HealthProbe, endpoints: yield* HealthEndpoints }
  })
  const long = "20 seconds"

  describe(`${name}: HealthProbe`, () => {
    for (const status of [200, 204, 404, 500, 503]) {
      it.live(`tells status ${status}`, () =>
        Effect.gen(function*() {
          const { endpoints, probe } = yield* given
          const endpoint = yield* endpoints.serve({ _tag: "Answers", status })
          assert.deepStrictEqual(yield* probe.get(endpoint.url, long), { _tag: "Answered", status })
          assert.strictEqual(yield* endpoint.asked, 1)
        }).pipe(Effect.scoped, Effect.provide(layer)))
    }

    it.live("follows no redirect", () =>
      Effect.gen(function*() {
        const { endpoints, probe } = yield* given
        const target = yield* endpoints.serve({ _tag: "Answers", status: 200 })
        const endpoint = yield* endpoints.serve({ _tag: "Answers", status: 302, headers: { location: target.url } })
        assert.deepStrictEqual(yield* probe.get(endpoint.url, long), { _tag: "Answered", status: 302 })
        assert.strictEqual(yield* target.asked, 0)
      }).pipe(Effect.scoped, Effect.provide(layer)))

    it.live("does not wait for a body, and keeps no connection", () =>
      Effect.gen(function*() {
        const { endpoints, probe } = yield* given
        const endpoint = yield* endpoints.serve({ _tag: "Drips" })
        assert.deepStrictEqual(yield* probe.get(endpoint.url, long), { _tag: "Answered", status: 200 })
        yield* endpoint.open.pipe(Effect.repeat({ until: (open) => open === 0 }), Effect.timeout(long))
      }).pipe(Effect.scoped, Effect.provide(layer)))

    const silent: ReadonlyArray<EndpointBehaviour> = [{ _tag: "Breaks" }, { _tag: "Babbles" }]
    for (const behaviour of silent) {
      it.live(`is not answered by one that ${behaviour._tag.toLowerCase()}`, () =>
        Effect.gen(function*() {
          const { endpoints, probe } = yield* given
          const endpoint = yield* endpoints.serve(behaviour)
          const answer = yield* probe.get(endpoint.url, long)
          assert.strictEqual(answer._tag, "Unanswered")
          if (answer._tag === "Unanswered") assert.isNotEmpty(answer.reason)
        }).pipe(Effect.scoped, Effect.provide(layer)))
    }

    it.live("is not answered where nothing listens, at addresses that are none, and by unknown hosts", () =>
      Effect.gen(function*() {
        const { endpoints, probe } = yield* given
        for (const url of [yield* endpoints.unused, "no address", "ftp://localhost/", "http://no-such-host.invalid/"]) {
          const answer = yield* probe.get(url, long)
          assert.strictEqual(answer._tag, "Unanswered", url)
          if (answer._tag === "Unanswered") assert.isNotEmpty(answer.reason)
        }
      }).pipe(Effect.scoped, Effect.provide(layer)))

    it.live("gives up at its time limit", () =>
      Effect.gen(function*() {
        const { endpoints, probe } = yield* given
        const endpoint = yield* endpoints.serve({ _tag: "Hangs" })
        const start = yield* Clock.currentTimeMillis
        const answer = yield* probe.get(endpoint.url, "50 millis")
        assert.strictEqual(answer._tag, "Unanswered")
        assert.isBelow((yield* Clock.currentTimeMillis) - start, Duration.toMillis(Duration.seconds(10)))
        yield* endpoint.open.pipe(Effect.repeat({ until: (open) => open === 0 }), Effect.timeout(long))
      }).pipe(Effect.scoped, Effect.provide(layer)))

    it.live("lets itself be interrupted", () =>
      Effect.gen(function*() {
        const { endpoints, probe } = yield* given
        const endpoint = yield* endpoints.serve({ _tag: "Hangs" })
        const fiber = yield* Effect.forkChild(probe.get(endpoint.url, "1 hour"))
        yield* endpoint.asked.pipe(Effect.repeat({ until: (asked) => asked === 1 }))
        yield* Fiber.interrupt(fiber).pipe(Effect.timeout(long))
        yield* endpoint.open.pipe(Effect.repeat({ until: (open) => open === 0 }), Effect.timeout(long))
      }).pipe(Effect.scoped, Effect.provide(layer)))
  })
}
