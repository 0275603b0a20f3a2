import { Effect, Layer, Ref } from "effect"
import { decodeJournal, encodeJournalLine, Journal, type JournalEvent } from "../operation/Journal.ts"
import type { OperationId } from "../operation/OperationId.ts"
import { beganSince } from "../operation/OperationTime.ts"

/** A journal that is forgotten when the layer goes. It keeps lines of text, as a file would. */
export const memoryJournalLayer: Layer.Layer<Journal> = Layer.effect(
  Journal,
  Effect.map(Ref.make<ReadonlyMap<OperationId, string>>(new Map()), (records) =>
    Journal.of({
      append: Effect.fn("Journal.append")((id: OperationId, event: JournalEvent) =>
        Ref.update(records, (known) => new Map(known).set(id, (known.get(id) ?? "") + encodeJournalLine(event)))
      ),
      list: Effect.fn("Journal.list")((filter?: { readonly since?: string }) =>
        Effect.map(Ref.get(records), (known) =>
          [...known]
            .filter(([id]) => beganSince(id, filter?.since))
            .sort(([one], [other]) => one < other ? -1 : 1)
            .map(([id, text]) => decodeJournal(id, text)))
      ),
      ids: Effect.map(Ref.get(records), (known) => [...known.keys()].sort()),
      read: Effect.fn("Journal.read")((id: OperationId) =>
        Effect.map(Ref.get(records), (known) => {
          const text = known.get(id)
          return text === undefined ? null : decodeJournal(id, text)
        })
      )
    }))
)
