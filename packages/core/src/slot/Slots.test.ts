import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { memoryHostLayer } from "../testing/MemoryHost.ts"
import { memoryHostPortsLayer } from "../testing/MemoryHostPorts.ts"
import { memorySlotRegistryLayer } from "../testing/MemorySlotRegistry.ts"
import { HostPorts, type PortInUse } from "./HostPorts.ts"
import type { Slot } from "./Slot.ts"
import { SlotRegistry } from "./SlotRegistry.ts"
import { type ClaimRequest, Slots } from "./Slots.ts"

const self = { pid: 4242, startedAt: "boot:1" }
const other = { pid: 7, startedAt: "boot:2" }

const machine = (
  options: {
    readonly slots?: Readonly<Record<string, unknown>>
    readonly busy?: ReadonlyArray<PortInUse>
    readonly alive?: ReadonlyArray<typeof self>
  } = {}
) =>
  Slots.layer.pipe(
    Layer.provideMerge(memorySlotRegistryLayer(JSON.stringify({ version: 1, slots: options.slots ?? {} }))),
    Layer.provideMerge(memoryHostPortsLayer(options.busy)),
    Layer.provideMerge(memoryHostLayer({ self, alive: options.alive ?? [] }))
  )

const request = (changes: Partial<ClaimRequest> = {}): ClaimRequest => ({
  project: "shop",
  worktree: "/code/shop-impl-auth-M1",
  repository: "/code/shop",
  basePorts: { API_PORT: 8000 },
  stride: 1,
  ...changes
})

const seedSlot = {
  slot_id: 1,
  project: "shop",
  worktree_path: request().worktree,
  slot_dir: "/home/ada/.devops-ai/slots/shop-1",
  ports: { API_PORT: 8001 },
  claimed_at: "2026-02-08T15:30:00Z",
  status: "stopped"
}

describe("Slots.claim", () => {
  it.effect("writes the claim in this process's name before anything is made", () =>
    Effect.gen(function*() {
      const slots = yield* Slots
      const claimed = yield* slots.claim(request())
      const slot: Slot = {
        slot_id: 1,
        project: "shop",
        worktree_path: "/code/shop-impl-auth-M1",
        slot_dir: "/home/ada/.devops-ai/slots/shop-1",
        compose_file_copy: "/home/ada/.devops-ai/slots/shop-1/docker-compose.yml",
        ports: { API_PORT: 8001 },
        claimed_at: "1970-01-01T00:00:00.000Z",
        status: "starting",
        repository: "/code/shop",
        process: self,
        labelled: true
      }
      assert.deepStrictEqual(claimed, { slot, existing: false, before: null, skipped: [], recovery: null })
      assert.deepStrictEqual(yield* slots.all, [slot])
    }).pipe(Effect.provide(machine())))

  it.effect("passes over ports in use, asking for one slot after the other", () =>
    Effect.gen(function*() {
      const { skipped, slot } = yield* (yield* Slots).claim(request())
      assert.deepStrictEqual(slot.ports, { API_PORT: 8003 })
      assert.deepStrictEqual(skipped, [
        { slot: 1, reason: "port 8001 (API_PORT) is in use by pid 9 (nginx)" },
        { slot: 2, reason: "port 8002 (API_PORT) is in use by another process" }
      ])
    }).pipe(Effect.provide(machine({
      busy: [{ port: 8001, holder: { pid: 9, name: "nginx" } }, { port: 8002, holder: null }]
    }))))

  it.effect("a refused claim leaves the registry as it was", () =>
    Effect.gen(function*() {
      const slots = yield* Slots
      const failure = yield* Effect.flip(slots.claim(request({ basePorts: { API_PORT: 65535 } })))
      assert.strictEqual(failure._tag, "PortOutOfRange")
      assert.isEmpty(yield* slots.all)
    }).pipe(Effect.provide(machine())))

  it.effect("again for the same worktree: the same slot, its own containers notwithstanding", () =>
    Effect.gen(function*() {
      const slots = yield* Slots
      const { existing, slot } = yield* slots.claim(request({ worktree: seedSlot.worktree_path }))
      assert.isTrue(existing)
      assert.deepStrictEqual(slot, { ...slot, ...seedSlot, status: "starting", process: self })
      assert.isFalse("labelled" in slot)
      assert.lengthOf(yield* slots.all, 1)
    }).pipe(Effect.provide(machine({ slots: { "1": seedSlot }, busy: [{ port: 8001, holder: null }] }))))

  it.effect("moves from a slot that was tried; one claim a worktree", () =>
    Effect.gen(function*() {
      const slots = yield* Slots
      yield* slots.claim(request())
      const excluded = [{ slot: 1, reason: "Docker found port 8001 taken" }]
      const { existing, skipped, slot } = yield* slots.claim(request({ excluded }))
      assert.isFalse(existing)
      assert.strictEqual(slot.slot_id, 2)
      assert.deepStrictEqual(skipped, excluded)
      assert.deepStrictEqual(yield* slots.all, [slot])
    }).pipe(Effect.provide(machine())))

  const startedByOther = { ...seedSlot, status: "starting", process: other }

  it.effect("waits for nobody: what another live process is starting is told", () =>
    Effect.gen(function*() {
      const slots = yield* Slots
      const failure = yield* Effect.flip(slots.claim(request()))
      assert.strictEqual(failure._tag, "SlotStarting")
      assert.strictEqual(failure.code, "lock-busy")
      assert.include(failure.message, "process 7")
      assert.deepStrictEqual((yield* slots.all)[0]?.process, other)
    }).pipe(Effect.provide(machine({ slots: { "1": startedByOther }, alive: [other] }))))

  it.effect("takes over what a dead process was starting", () =>
    Effect.gen(function*() {
      const { slot } = yield* (yield* Slots).claim(request())
      assert.deepStrictEqual(slot.process, self)
    }).pipe(Effect.provide(machine({ slots: { "1": startedByOther }, alive: [{ ...other, startedAt: "boot:3" }] }))))

  it.effect("fifty at once: fifty slots", () =>
    Effect.gen(function*() {
      const slots = yield* Slots
      const claims = yield* Effect.forEach(
        Array.from({ length: 50 }),
        (_, index) => slots.claim(request({ worktree: `/code/${index}` })),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(claims.map(({ slot }) => slot.slot_id)).size, 50)
      assert.lengthOf(yield* slots.all, 50)
    }).pipe(Effect.provide(machine())))

  it.effect("interrupted while it asks for ports, it leaves no claim", () =>
    Effect.gen(function*() {
      const asked = yield* Deferred.make<void>()
      const ports = HostPorts.of({ inUse: () => Effect.andThen(Deferred.succeed(asked, undefined), Effect.never) })
      yield* Effect.gen(function*() {
        const slots = yield* Slots
        const fiber = yield* Effect.forkChild(slots.claim(request()))
        yield* Deferred.await(asked)
        yield* Fiber.interrupt(fiber)
        assert.isEmpty(yield* slots.all)
      }).pipe(Effect.provide(Layer.fresh(Slots.layer).pipe(Layer.provide(Layer.succeed(HostPorts, ports)))))
    }).pipe(Effect.provide(machine())))

  it.effect("interrupted just after it was written, it withdraws the claim", () =>
    Effect.gen(function*() {
      const registry = yield* SlotRegistry
      const written = yield* Deferred.make<void>()
      // A registry that is slow to come back: what it was asked for is written already.
      const slow = SlotRegistry.of({
        read: registry.read,
        modify: (decide) =>
          Effect.tap(registry.modify(decide), (result) =>
            typeof result === "boolean"
              ? Effect.void
              : Effect.andThen(Deferred.succeed(written, undefined), Effect.never))
      })
      yield* Effect.gen(function*() {
        const slots = yield* Slots
        const fiber = yield* Effect.forkChild(slots.claim(request()))
        yield* Deferred.await(written)
        assert.lengthOf(yield* slots.all, 1)
        yield* Fiber.interrupt(fiber)
        assert.isEmpty(yield* slots.all)
      }).pipe(Effect.provide(Layer.fresh(Slots.layer).pipe(Layer.provide(Layer.succeed(SlotRegistry, slow)))))
    }).pipe(Effect.provide(machine())))
})

describe("Slots.preview", () => {
  it.effect("tells the slot that a claim would give, and claims nothing", () =>
    Effect.gen(function*() {
      const slots = yield* Slots
      const { ports, slot } = yield* slots.preview(request())
      assert.deepStrictEqual({ slot, ports }, { slot: 2, ports: { API_PORT: 8002 } })
      assert.isEmpty(yield* slots.all)
    }).pipe(Effect.provide(machine({ busy: [{ port: 8001, holder: null }] }))))
})

describe("Slots.update and release", () => {
  it.effect("the process stands in the claim while it is starting, at no other time", () =>
    Effect.gen(function*() {
      const slots = yield* Slots
      const { slot } = yield* slots.claim(request())
      const running = yield* slots.update(slot, { status: "running" })
      assert.isUndefined(running.process)
      assert.deepStrictEqual(yield* slots.all, [running])
      const starting = yield* slots.update(slot, { status: "starting", compose_project: "other" })
      assert.deepStrictEqual(starting, { ...slot, compose_project: "other" })
    }).pipe(Effect.provide(machine())))

  it.effect("a slot that another worktree holds by now is not changed, nor released", () =>
    Effect.gen(function*() {
      const slots = yield* Slots
      const { slot } = yield* slots.claim(request())
      assert.isTrue(yield* slots.release(slot))
      assert.isFalse(yield* slots.release(slot))
      const { slot: next } = yield* slots.claim(request({ worktree: "/code/next" }))
      assert.strictEqual(next.slot_id, slot.slot_id)
      assert.isFalse(yield* slots.release(slot))
      const failure = yield* Effect.flip(slots.update(slot, { status: "running" }))
      assert.strictEqual(failure._tag, "SlotMissing")
      assert.deepStrictEqual(yield* slots.all, [next])
    }).pipe(Effect.provide(machine())))
})
