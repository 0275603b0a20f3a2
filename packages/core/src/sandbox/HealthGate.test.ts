import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer, Queue, Ref, Stream } from "effect"
import { TestClock } from "effect/testing"
import { type Container, type ContainerEvent, Containers, EngineUnavailable } from "./Containers.ts"
import { HealthGate } from "./HealthGate.ts"
import { HealthProbe, type ProbeAnswer } from "./HealthProbe.ts"

const running: Container = {
  id: "a",
  name: "shop-slot-1-api-1",
  service: "api",
  project: "shop-slot-1",
  image: "api",
  state: "running",
  health: null,
  exitCode: null,
  ports: [],
  labels: {}
}

/** An engine and an endpoint that a test holds in its hands, and when the endpoint was asked. */
const makeWorld = Effect.gen(function*() {
  const containers = yield* Ref.make<ReadonlyArray<Container> | null>([running])
  const answer = yield* Ref.make<ProbeAnswer>({ _tag: "Unanswered", reason: "refused" })
  const asked = yield* Ref.make<ReadonlyArray<number>>([])
  const events = yield* Queue.unbounded<ContainerEvent>()
  const list = Ref.get(containers).pipe(
    Effect.flatMap((all) => all === null ? new EngineUnavailable({ reason: "gone" }) : Effect.succeed(all))
  )
  const engine = Layer.mock(Containers, {
    // Like the real one: a listing does not tell exit codes.
    list: () => Effect.map(list, (all) => all.map((container) => ({ ...container, exitCode: null }))),
    inspect: (id) => Effect.map(list, (all) => all.find((container) => container.id === id) ?? null),
    events: () => Stream.fromQueue(events),
    logs: ({ service }, { tail }) =>
      Stream.fromIterable([{ service, stream: "stderr" as const, text: `last ${tail} lines of ${service}` }])
  })
  const probe = Layer.succeed(
    HealthProbe,
    HealthProbe.of({
      get: () =>
        Clock.currentTimeMillis.pipe(
          Effect.flatMap((now) => Ref.update(asked, (times) => [...times, now])),
          Effect.andThen(Ref.get(answer))
        )
    })
  )
  return { containers, answer, asked, events, layer: HealthGate.layer.pipe(Layer.provide([engine, probe])) }
})

const health = { url: "http://localhost:8081/health", timeout: 60 }

const check = (world: Effect.Success<typeof makeWorld>, endpoint: typeof health | null = health) =>
  HealthGate.use((gate) => gate.check({ composeProject: "shop-slot-1", health: endpoint })).pipe(
    Effect.provide(world.layer),
    Effect.forkChild({ startImmediately: true })
  )

describe("HealthGate", () => {
  it.effect("asks after 100 ms, and tells how long it took", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      const gate = yield* check(world)
      yield* TestClock.adjust(99)
      assert.deepStrictEqual(yield* Ref.get(world.asked), [])
      yield* TestClock.adjust(401)
      yield* Ref.set(world.answer, { _tag: "Answered", status: 204 })
      yield* TestClock.adjust(100)
      assert.deepStrictEqual(yield* Fiber.join(gate), { verdict: "ready", ms: 600, detail: null, logs: [] })
      assert.deepStrictEqual(yield* Ref.get(world.asked), [100, 200, 300, 400, 500, 600])
    }))

  it.effect("gives up when the time is over", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* Ref.set(world.answer, { _tag: "Answered", status: 503 })
      const gate = yield* check(world, { ...health, timeout: 3 })
      yield* TestClock.adjust("3 seconds")
      const verdict = yield* Fiber.join(gate)
      assert.deepInclude(verdict, { verdict: "degraded", ms: 3000, logs: [] })
    }))

  it.effect("a container that ends with an error ends the waiting at that moment, with its last lines", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      const gate = yield* check(world)
      yield* TestClock.adjust("30 seconds")
      const asked = (yield* Ref.get(world.asked)).length
      const crashed: Container = { ...running, id: "w", service: "worker", state: "exited", exitCode: 3 }
      yield* Ref.set(world.containers, [running, crashed])
      yield* Queue.offer(world.events, { id: "w", service: "worker", action: "die" })
      const verdict = yield* Fiber.join(gate)
      assert.deepStrictEqual(verdict, {
        verdict: "failed",
        ms: 30_000,
        detail: "worker has ended with exit code 3",
        logs: ["last 20 lines of worker"]
      })
      assert.lengthOf(yield* Ref.get(world.asked), asked)
    }))

  it.effect("a container that had ended before is found at the first look", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* Ref.set(world.containers, [{ ...running, state: "exited", exitCode: 1 }])
      const gate = yield* check(world)
      yield* TestClock.adjust(100)
      assert.deepInclude(yield* Fiber.join(gate), { verdict: "failed", ms: 100 })
    }))

  it.effect("a container that ends without error goes unnoticed", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      const gate = yield* check(world)
      yield* Ref.set(world.containers, [running, { ...running, id: "m", state: "exited", exitCode: 0 }])
      yield* Queue.offer(world.events, { id: "m", service: "migrate", action: "die" })
      yield* TestClock.adjust("1 second")
      yield* Ref.set(world.answer, { _tag: "Answered", status: 200 })
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(gate)).verdict, "ready")
    }))

  it.effect("an engine that does not answer is no verdict", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* Ref.set(world.containers, null)
      const gate = yield* check(world)
      yield* TestClock.adjust("10 seconds")
      yield* Ref.set(world.answer, { _tag: "Answered", status: 200 })
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(gate)).verdict, "ready")
    }))

  it.effect("without an endpoint the containers' own health checks decide", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      yield* Ref.set(world.containers, [{ ...running, health: "starting" }])
      const gate = yield* check(world, null)
      yield* TestClock.adjust("2 seconds")
      yield* Ref.set(world.containers, [{ ...running, health: "healthy" }])
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(gate)).verdict, "ready")
      assert.deepStrictEqual(yield* Ref.get(world.asked), [])
    }))

  it.effect("without anything to ask, it is told so at once", () =>
    Effect.gen(function*() {
      const gate = yield* check(yield* makeWorld, null)
      yield* TestClock.adjust(100)
      assert.deepStrictEqual(yield* Fiber.join(gate), { verdict: "unchecked", ms: 100, detail: null, logs: [] })
    }))
})
