import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { Journal, type JournalEvent } from "../operation/Journal.ts"
import { OperationId } from "../operation/OperationId.ts"

/** What every implementation of {@link Journal} does. The layer is built anew for each test. */
export const journalContract = (name: string, layer: Layer.Layer<Journal>): void => {
  const october = OperationId.make("20261031T235959999Z-aaaaaa")
  const november = OperationId.make("20261101T000000000Z-bbbbbb")
  const later = OperationId.make("20261101T000000001Z-aaaaaa")

  const started = (subject: string): JournalEvent => ({
    _tag: "OperationStarted",
    at: "2026-11-01T00:00:00.000Z",
    kind: "impl",
    subject,
    process: { pid: 42, startedAt: "1234" },
    plan: [{ step: "claim-slot", title: "claim a slot", reason: "the project has a sandbox" }]
  })
  const events: ReadonlyArray<JournalEvent> = [
    started("auth/M1"),
    { _tag: "StepStarted", at: "2026-11-01T00:00:00.001Z", step: "claim-slot", title: "claim a slot" },
    {
      _tag: "StepFailed",
      at: "2026-11-01T00:00:00.002Z",
      step: "claim-slot",
      ms: 1.5,
      message: "two\nlines, \"quoted\" ünïcödé"
    },
    { _tag: "StepUndone", at: "2026-11-01T00:00:00.003Z", step: "claim-slot", ms: 0 },
    { _tag: "OperationFinished", at: "2026-11-01T00:00:00.004Z", status: "failed", ms: 4 }
  ]

  describe(`${name}: Journal`, () => {
    it.effect("is empty at first", () =>
      Effect.gen(function*() {
        const journal = yield* Journal
        assert.deepStrictEqual(yield* journal.list(), [])
        assert.deepStrictEqual(yield* journal.ids, [])
        assert.isNull(yield* journal.read(november))
      }).pipe(Effect.provide(layer)))

    it.effect("gives back every event, in order", () =>
      Effect.gen(function*() {
        const journal = yield* Journal
        for (const event of events) yield* journal.append(november, event)
        assert.deepStrictEqual(yield* journal.list(), [{ id: november, events, unreadableLines: 0 }])
      }).pipe(Effect.provide(layer)))

    it.effect("keeps operations apart, oldest first, whatever the order of writing", () =>
      Effect.gen(function*() {
        const journal = yield* Journal
        for (const id of [later, october, november]) yield* journal.append(id, started(id))
        const records = yield* journal.list()
        assert.deepStrictEqual(records.map((record) => record.id), [october, november, later])
        for (const record of records) assert.deepStrictEqual(record.events, [started(record.id)])
        assert.deepStrictEqual(yield* journal.ids, [october, november, later])
      }).pipe(Effect.provide(layer)))

    it.effect("reads one record alone", () =>
      Effect.gen(function*() {
        const journal = yield* Journal
        yield* journal.append(october, started("auth/M1"))
        for (const event of events) yield* journal.append(november, event)
        assert.deepStrictEqual(yield* journal.read(november), { id: november, events, unreadableLines: 0 })
        assert.isNull(yield* journal.read(later))
      }).pipe(Effect.provide(layer)))

    it.effect("limits to what began at or after a time, in any offset", () =>
      Effect.gen(function*() {
        const journal = yield* Journal
        for (const id of [october, november, later]) yield* journal.append(id, started(id))
        const since = (time: string) =>
          Effect.map(journal.list({ since: time }), (records) => records.map((record) => record.id))
        assert.deepStrictEqual(yield* since("2026-11-01T00:00:00.000Z"), [november, later])
        assert.deepStrictEqual(yield* since("2026-11-01T01:00:00.001+01:00"), [later])
        assert.deepStrictEqual(yield* since("2026-10-31"), [october, november, later])
        assert.deepStrictEqual(yield* since("2027-01-01"), [])
      }).pipe(Effect.provide(layer)))

    it.effect("events of operations that run at once do not mix", () =>
      Effect.gen(function*() {
        const journal = yield* Journal
        const ids = Array.from({ length: 20 }, (_, index) => OperationId.make(`20261101T0000000${10 + index}Z-cccccc`))
        yield* Effect.forEach(ids, (id) => Effect.forEach(events, (event) => journal.append(id, event)), {
          concurrency: "unbounded",
          discard: true
        })
        assert.deepStrictEqual(yield* journal.list(), ids.map((id) => ({ id, events, unreadableLines: 0 })))
      }).pipe(Effect.provide(layer)))
  })
}
