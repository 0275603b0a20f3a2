import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, type Layer } from "effect"
import type { Slot } from "../slot/Slot.ts"
import { SlotRegistry } from "../slot/SlotRegistry.ts"

/**
 * What every implementation of {@link SlotRegistry} does. The layer is built anew for each test, and is empty. The
 * clock is the real one: whoever waits for a lock may sleep.
 */
export const slotRegistryContract = <E>(name: string, layer: Layer.Layer<SlotRegistry, E>): void => {
  const slot = (number: number, worktree = `/code/shop-impl-${number}`): Slot => ({
    slot_id: number,
    project: "shop",
    worktree_path: worktree,
    slot_dir: `/home/ada/.devops-ai/slots/shop-${number}`,
    ports: { API_PORT: 8000 + number },
    claimed_at: "2026-02-08T15:30:00Z",
    status: "running"
  })
  const full: Slot = {
    ...slot(7, "/code/wörk \"tree\"\n$HOME"),
    status: "starting",
    compose_file_copy: "/home/ada/.devops-ai/slots/shop-7/docker-compose.yml",
    ports: {},
    repository: "/code/shop",
    compose_project: "shop-slot-7",
    process: { pid: 4242, startedAt: "boot:1" },
    labelled: true
  }

  const registered = Effect.flatMap(SlotRegistry, (registry) => registry.read)

  /** The lowest free number, claimed. */
  const claimLowest = Effect.flatMap(SlotRegistry, (registry) =>
    registry.modify(({ slots }) => {
      const taken = new Set(slots.map((one) => one.slot_id))
      const number = Array.from({ length: 100 }, (_, index) => index + 1).find((candidate) => !taken.has(candidate)) ??
        0
      return Effect.as(Effect.yieldNow, [number, [...slots, slot(number)]] as const)
    }))

  const given = it.live

  describe(`${name}: SlotRegistry`, () => {
    given("is empty at first", () =>
      Effect.gen(function*() {
        assert.deepInclude(yield* registered, { slots: [], unreadable: [], recovery: null })
      }).pipe(Effect.provide(layer)))

    given("gives the decision's result, and back what was written, by number", () =>
      Effect.gen(function*() {
        const registry = yield* SlotRegistry
        const result = yield* registry.modify(() => Effect.succeed(["done", [full, slot(100), slot(2)]] as const))
        assert.strictEqual(result, "done")
        assert.deepStrictEqual((yield* registry.read).slots, [slot(2), full, slot(100)])
      }).pipe(Effect.provide(layer)))

    given("decides on the newest claims", () =>
      Effect.gen(function*() {
        const registry = yield* SlotRegistry
        yield* registry.modify(() => Effect.succeed([null, [slot(1), full]] as const))
        yield* registry.modify(({ slots }) => Effect.succeed([null, slots.filter((one) => one.slot_id !== 1)] as const))
        const seen = yield* registry.modify(({ slots }) => Effect.succeed([slots, slots] as const))
        assert.deepStrictEqual(seen, [full])
      }).pipe(Effect.provide(layer)))

    given("forgets what a claim no longer has", () =>
      Effect.gen(function*() {
        const registry = yield* SlotRegistry
        const bare = slot(7, full.worktree_path)
        yield* registry.modify(() => Effect.succeed([null, [full]] as const))
        yield* registry.modify(() => Effect.succeed([null, [bare]] as const))
        assert.deepStrictEqual((yield* registry.read).slots, [bare])
      }).pipe(Effect.provide(layer)))

    given("writes nothing when the decision fails, and goes on", () =>
      Effect.gen(function*() {
        const registry = yield* SlotRegistry
        yield* registry.modify(() => Effect.succeed([null, [slot(1)]] as const))
        const failure = yield* Effect.flip(registry.modify(() => Effect.fail("no" as const)))
        assert.strictEqual(failure, "no")
        yield* registry.modify(({ slots }) => Effect.succeed([null, [...slots, slot(2)]] as const))
        assert.deepStrictEqual((yield* registry.read).slots, [slot(1), slot(2)])
      }).pipe(Effect.provide(layer)))

    given("writes nothing when the decision is interrupted, and goes on", () =>
      Effect.gen(function*() {
        const registry = yield* SlotRegistry
        const deciding = yield* Deferred.make<void>()
        const fiber = yield* Effect.forkChild(
          registry.modify(() => Effect.andThen(Deferred.succeed(deciding, undefined), Effect.never))
        )
        yield* Deferred.await(deciding)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(yield* claimLowest, 1)
        assert.deepStrictEqual((yield* registry.read).slots, [slot(1)])
      }).pipe(Effect.provide(layer)))

    given("reading waits for no decision", () =>
      Effect.gen(function*() {
        const registry = yield* SlotRegistry
        const seen = yield* registry.modify(({ slots }) =>
          Effect.map(registry.read, (inside) => [inside.slots, [...slots, slot(1)]] as const)
        )
        assert.deepStrictEqual(seen, [])
      }).pipe(Effect.provide(layer)))

    given("loses none of 50 claims made at once", () =>
      Effect.gen(function*() {
        const numbers = yield* Effect.forEach(Array.from({ length: 50 }), () => claimLowest, {
          concurrency: "unbounded"
        })
        assert.strictEqual(new Set(numbers).size, 50)
        const { slots } = yield* registered
        assert.deepStrictEqual(slots, Array.from({ length: 50 }, (_, index) => slot(index + 1)))
      }).pipe(Effect.provide(layer)))
  })
}
