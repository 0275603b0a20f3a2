import { Host, HostPorts, SlotRegistry, Slots } from "@slipway/core"
import { Effect, Layer } from "effect"
import { once } from "node:events"
import { fileSlotRegistryLayer } from "../files/FileSlotRegistry.ts"
import { nodeHostPortsLayer } from "../network/NodeHostPorts.ts"
import { nodeHostLayer } from "../process/NodeHost.ts"

/**
 * A process that works on a registry, for tests: `node ClaimingProcess.ts <home> <worktree> <what to do>`. It says
 * `ready`, begins when it gets a line, and says what it has done, one line each.
 */
const [home = "", worktree = "", what = ""] = process.argv.slice(2)

const say = (line: string) => Effect.promise(() => new Promise((done) => process.stdout.write(`${line}\n`, done)))

const claim = Effect.gen(function*() {
  const slots = yield* Slots
  const { slot } = yield* slots.claim({
    project: "shop",
    worktree,
    repository: "/code/shop",
    basePorts: { API_PORT: 21_000, DB_PORT: 22_000 },
    stride: 1
  })
  yield* say(`claimed ${slot.slot_id}`)
  return slot
})

const deeds: Readonly<Record<string, Effect.Effect<void, unknown, Slots | SlotRegistry>>> = {
  nothing: Effect.void,
  /** Claims one slot. */
  claim: Effect.asVoid(claim),
  /** Takes the lock and keeps it. */
  hold: Effect.flatMap(SlotRegistry, (registry) => registry.modify(() => Effect.andThen(say("holding"), Effect.never))),
  /** Claims and releases for ever. */
  churn: Effect.forever(Effect.gen(function*() {
    const slots = yield* Slots
    const slot = yield* claim
    yield* slots.release(slot)
    yield* say(`released ${slot.slot_id}`)
  }))
}

const layer = Slots.layer.pipe(
  Layer.provideMerge(fileSlotRegistryLayer),
  Layer.provideMerge(nodeHostPortsLayer),
  Layer.provideMerge(nodeHostLayer({ variables: {}, home }))
)

const deed = deeds[what]
if (deed === undefined) throw new Error(`cannot ${what}`)
await Effect.runPromise(
  Effect.gen(function*() {
    yield* Effect.all([SlotRegistry, Host, HostPorts])
    yield* say("ready")
    yield* Effect.promise(() => once(process.stdin, "data"))
    yield* deed
  }).pipe(Effect.provide(layer))
)
// What waits on its input does not end by itself.
process.stdin.destroy()
