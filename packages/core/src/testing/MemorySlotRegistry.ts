import { Effect, Layer, Ref, Semaphore } from "effect"
import { decodeRegistryFile, encodeRegistryFile, type RegistryFile } from "../slot/RegistryFile.ts"
import type { Slot } from "../slot/Slot.ts"
import { RegistryCorrupt, type RegistrySnapshot, SlotRegistry } from "../slot/SlotRegistry.ts"

/** A registry that is forgotten when the layer goes. It keeps a text, as the file would. */
export const memorySlotRegistryLayer = (
  text = "{\"version\":1,\"slots\":{}}"
): Layer.Layer<SlotRegistry> =>
  Layer.effect(
    SlotRegistry,
    Effect.gen(function*() {
      const stored = yield* Ref.make(text)
      const lock = yield* Semaphore.make(1)

      const load = Effect.flatMap(Ref.get(stored), (current) =>
        Effect.mapError(
          Effect.fromResult(decodeRegistryFile(current)),
          ({ reason }) => new RegistryCorrupt({ path: "memory", reason })
        ))

      const modify = <A, E, R>(
        decide: (snapshot: RegistrySnapshot) => Effect.Effect<readonly [result: A, slots: ReadonlyArray<Slot>], E, R>
      ) =>
        lock.withPermit(Effect.gen(function*() {
          const file = yield* load
          const [result, slots] = yield* decide(snapshotOf(file))
          if (slots !== file.slots) yield* Ref.set(stored, encodeRegistryFile(file, slots))
          return result
        }))

      return SlotRegistry.of({ read: Effect.map(load, snapshotOf), modify })
    })
  )

const snapshotOf = ({ slots, unreadable }: RegistryFile): RegistrySnapshot => ({
  slots,
  unreadable,
  recovery: null,
  mayLack: false
})
