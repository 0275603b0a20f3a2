import { assert, describe, it } from "@effect/vitest"
import { encodeJournalLine, Host, Journal, type JournalEvent, OperationId } from "@slipway/core"
import { journalContract } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import { temporaryFolderLayer, temporaryHomeLayer } from "../testing/TemporaryFolder.ts"
import { fileJournalLayer } from "./FileJournal.ts"

const layer = fileJournalLayer.pipe(
  Layer.provideMerge(temporaryHomeLayer),
  Layer.provideMerge(temporaryFolderLayer)
)

journalContract("files", layer)

const id = OperationId.make("20261101T000000000Z-bbbbbb")

const stepStarted: JournalEvent = { _tag: "StepStarted", at: "2026-11-01T00:00:00.001Z", step: "up", title: "start" }
const stepSucceeded: JournalEvent = { _tag: "StepSucceeded", at: "2026-11-01T00:00:00.002Z", step: "up", ms: 1 }

const given = Effect.gen(function*() {
  const { home } = yield* Host
  const month = `${home}/journal/2026-11`
  return { journal: yield* Journal, home, month, path: `${month}/${id}.jsonl` }
})

describe("files: Journal", () => {
  it.effect("makes its folders at the first event, for the owner alone, one line an event", () =>
    Effect.gen(function*() {
      const { home, journal, month, path } = yield* given
      yield* journal.list()
      assert.isFalse(fs.existsSync(home))
      yield* journal.append(id, stepStarted)
      yield* journal.append(id, stepSucceeded)
      assert.strictEqual(
        fs.readFileSync(path, "utf8"),
        encodeJournalLine(stepStarted) + encodeJournalLine(stepSucceeded)
      )
      assert.strictEqual(fs.statSync(path).mode & 0o777, 0o600)
      assert.strictEqual(fs.statSync(month).mode & 0o777, 0o700)
    }).pipe(Effect.provide(layer)))

  it.effect("closes a torn last line before it appends", () =>
    Effect.gen(function*() {
      const { journal, path } = yield* given
      yield* journal.append(id, stepStarted)
      fs.appendFileSync(path, "{\"_tag\":\"StepSucc")
      yield* journal.append(id, stepSucceeded)
      yield* journal.append(id, stepStarted)
      assert.deepStrictEqual(yield* journal.list(), [
        { id, events: [stepStarted, stepSucceeded, stepStarted], unreadableLines: 1 }
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("lists what can be read among garbage", () =>
    Effect.gen(function*() {
      const { home, journal, month, path } = yield* given
      yield* journal.append(id, stepStarted)
      fs.appendFileSync(path, Buffer.from([0xff, 0x00, 0x0a, 0x7b, 0x7d, 0x0a, 0x0a]))
      fs.writeFileSync(`${month}/20261101T000000001Z-cccccc.jsonl`, "")
      fs.writeFileSync(`${month}/notes.jsonl`, "not an operation")
      fs.writeFileSync(`${month}/20261001T000000000Z-dddddd.jsonl`, "in the wrong month")
      fs.mkdirSync(`${month}/20261101T000000002Z-eeeeee.jsonl`)
      fs.writeFileSync(`${home}/journal/README`, "")
      fs.mkdirSync(`${home}/journal/old`)
      assert.deepStrictEqual(yield* journal.list(), [
        { id, events: [stepStarted], unreadableLines: 2 },
        { id: OperationId.make("20261101T000000001Z-cccccc"), events: [], unreadableLines: 0 }
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("says what is in the way of writing", () =>
    Effect.gen(function*() {
      const { home, journal, path } = yield* given
      fs.writeFileSync(home, "a file")
      const failure = yield* Effect.flip(journal.append(id, stepStarted))
      assert.strictEqual(failure._tag, "JournalUnavailable")
      assert.include(failure.message, path)
      assert.include(failure.reason, "ENOTDIR")
    }).pipe(Effect.provide(layer)))

  it.effect("a full disk is told, before anything is done", () =>
    Effect.gen(function*() {
      const { journal, month, path } = yield* given
      fs.mkdirSync(month, { recursive: true })
      fs.symlinkSync("/dev/full", path)
      const failure = yield* Effect.flip(journal.append(id, stepStarted))
      assert.strictEqual(failure.reason, "no space left on device (ENOSPC)")
    }).pipe(Effect.provide(layer)))

  it.effect("a journal that cannot be read is told", () =>
    Effect.gen(function*() {
      const { home, journal } = yield* given
      fs.mkdirSync(home)
      fs.symlinkSync("journal", `${home}/journal`)
      const failure = yield* Effect.flip(journal.list())
      assert.include(failure.reason, "ELOOP")
    }).pipe(Effect.provide(layer)))
})
