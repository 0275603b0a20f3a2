import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, identity, type Layer, Result } from "effect"
import { type FeatureEvent, firstPrevious } from "../feature/FeatureEvent.ts"
import { FeatureLog, type NewEntry } from "../feature/FeatureLog.ts"
import { decodeLog, encodeLogLine, type FeatureHistory } from "../feature/LogLines.ts"
import { sha256 } from "../operation/Sha256.ts"
import { fromNewerVersion, logDamages } from "./FeatureLogDamage.ts"

/** Where a contract's logs are kept, to look at their text and to damage it. */
export class FeatureLogTexts extends Context.Service<FeatureLogTexts, {
  /** Absolute path of the main checkout that the contract works in. */
  readonly main: string
  /** Null without a log. */
  readonly read: (feature: string) => Effect.Effect<string | null>
  readonly write: (feature: string, text: string) => Effect.Effect<void>
}>()("@slipway/core/testing/FeatureLogTexts") {}

const ada = { kind: "human", id: "ada@example.org" } as const

/** A note: the plainest thing that can happen to a feature. */
export const noteEntry = (text: string): NewEntry => ({
  at: "2026-02-08T15:30:00.000Z",
  actor: ada,
  event: { _tag: "CommentAdded", comment: "comment-001", kind: "note", text, phase: "draft" }
})

const noteText = (event: FeatureEvent): string => event._tag === "CommentAdded" ? event.text : ""

/** The texts of a history's notes. */
export const notesOf = (history: FeatureHistory | null): ReadonlyArray<string> =>
  (history?.entries ?? []).map(({ event }) => noteText(event))

/**
 * What every implementation of {@link FeatureLog} does. The layer is built anew for each test, and has no log. The clock
 * is the real one: whoever waits for a lock may sleep.
 */
export const featureLogContract = <E>(
  name: string,
  layer: Layer.Layer<FeatureLog | FeatureLogTexts, E>
): void => {
  const given = Effect.gen(function*() {
    const log = yield* FeatureLog
    const texts = yield* FeatureLogTexts
    const at = (feature: string) => ({ main: texts.main, feature })
    const read = (feature = "auth") => log.read(at(feature))
    const append = (text: string, feature = "auth") => log.append(at(feature), () => Effect.succeed(noteEntry(text)))
    const text = (feature = "auth") => Effect.map(texts.read(feature), (found) => found ?? "")
    const damage = (change: (text: string) => string) =>
      Effect.flatMap(text(), (found) => texts.write("auth", change(found)))
    return { log, texts, at, read, append, text, damage }
  })

  const logTest = (title: string, test: Effect.Effect<void, unknown, FeatureLog | FeatureLogTexts>) =>
    it.live(title, () => test.pipe(Effect.provide(layer)))

  describe(`${name}: FeatureLog`, () => {
    logTest(
      "has nothing at first",
      Effect.gen(function*() {
        const { log, read, texts } = yield* given
        assert.isNull(yield* read())
        assert.deepStrictEqual(yield* log.readAll(texts.main, identity), [])
      })
    )

    logTest(
      "gives the history after an append, and the same when it is read",
      Effect.gen(function*() {
        const { append, read } = yield* given
        yield* append("one")
        const after = yield* append("two")
        assert.deepStrictEqual(notesOf(after), ["one", "two"])
        assert.deepStrictEqual(yield* read(), after)
      })
    )

    logTest(
      "writes a line for each entry: numbered, naming the line before by its SHA-256, ended",
      Effect.gen(function*() {
        const { append, text } = yield* given
        const { entries, last } = yield* append("one")
        const second = yield* append("zwei ✓ \u{1F600} \u2028 \" \\ \n")
        const lines = (yield* text()).split("\n")
        assert.deepStrictEqual(lines.slice(0, 2), second.entries.map((entry) => encodeLogLine(entry)))
        assert.deepStrictEqual(lines.slice(2), [""])
        assert.deepStrictEqual(entries, [{ ...noteEntry("one"), seq: 1, prev: firstPrevious }])
        assert.strictEqual(last, sha256(lines[0] ?? ""))
        assert.deepStrictEqual(second.entries.map(({ prev, seq }) => [seq, prev]), [[1, firstPrevious], [2, last]])
        assert.strictEqual(second.last, sha256(lines[1] ?? ""))
      })
    )

    logTest(
      "keeps the key of a command",
      Effect.gen(function*() {
        const { at, log, read } = yield* given
        const key = { id: "retry-1", request: "a".repeat(64) }
        yield* log.append(at("auth"), () => Effect.succeed({ ...noteEntry("one"), key }))
        assert.deepStrictEqual((yield* read())?.entries[0]?.key, key)
      })
    )

    logTest(
      "decides on the history as it stands, and null without one",
      Effect.gen(function*() {
        const { append, at, log } = yield* given
        const seen: Array<FeatureHistory | null> = []
        const decide = (history: FeatureHistory | null) =>
          Effect.sync(() => {
            seen.push(history)
            return noteEntry(`after ${history?.entries.length ?? "nothing"}`)
          })
        const first = yield* log.append(at("auth"), decide)
        yield* log.append(at("auth"), decide)
        assert.deepStrictEqual(seen, [null, first])
        assert.deepStrictEqual(notesOf(yield* append("three")), ["after nothing", "after 1", "three"])
      })
    )

    logTest(
      "writes nothing when the decision is null: no log, or the log as it is",
      Effect.gen(function*() {
        const { append, at, log, read, text, texts } = yield* given
        const nothing = log.append(at("auth"), () => Effect.succeed(null))
        assert.deepStrictEqual((yield* nothing).entries, [])
        assert.isNull(yield* read())
        assert.isNull(yield* texts.read("auth"))
        const before = yield* append("one")
        const written = yield* text()
        assert.deepStrictEqual(yield* nothing, before)
        assert.strictEqual(yield* text(), written)
      })
    )

    logTest(
      "writes nothing when the decision fails, and goes on",
      Effect.gen(function*() {
        const { append, at, log, text, texts } = yield* given
        const failing = Effect.flip(log.append(at("auth"), () => Effect.fail("no" as const)))
        assert.strictEqual(yield* failing, "no")
        assert.isNull(yield* texts.read("auth"))
        yield* append("one")
        const before = yield* text()
        assert.strictEqual(yield* failing, "no")
        assert.strictEqual(yield* text(), before)
        assert.deepStrictEqual(notesOf(yield* append("two")), ["one", "two"])
      })
    )

    logTest(
      "writes nothing when the decision is interrupted, and goes on",
      Effect.gen(function*() {
        const { append, at, log, read } = yield* given
        const deciding = yield* Deferred.make<void>()
        const fiber = yield* Effect.forkChild(
          log.append(at("auth"), () => Effect.andThen(Deferred.succeed(deciding, undefined), Effect.never))
        )
        yield* Deferred.await(deciding)
        yield* Fiber.interrupt(fiber)
        assert.isNull(yield* read())
        assert.deepStrictEqual(notesOf(yield* append("one")), ["one"])
      })
    )

    logTest(
      "reading waits for no decision, and sees nothing of it",
      Effect.gen(function*() {
        const { append, at, log, read } = yield* given
        const before = yield* append("one")
        const seen: Array<unknown> = []
        yield* log.append(at("auth"), () =>
          Effect.gen(function*() {
            seen.push(yield* read(), (yield* log.readAll(at("auth").main, identity)).length)
            return noteEntry("two")
          }))
        assert.deepStrictEqual(seen, [before, 1])
      })
    )

    logTest(
      "loses none of 50 entries appended at once, and counts them in one row",
      Effect.gen(function*() {
        const { at, log, read } = yield* given
        yield* Effect.forEach(
          Array.from({ length: 50 }),
          () =>
            log.append(
              at("auth"),
              (history) => Effect.as(Effect.yieldNow, noteEntry(`after ${history?.entries.length ?? 0}`))
            ),
          {
            concurrency: "unbounded"
          }
        )
        const history = yield* read()
        assert.deepStrictEqual(notesOf(history), Array.from({ length: 50 }, (_, index) => `after ${index}`))
        assert.deepStrictEqual(history?.entries.map(({ seq }) => seq), Array.from({ length: 50 }, (_, i) => i + 1))
      })
    )

    logTest(
      "while one decides, nobody appends to any log of the repository",
      Effect.gen(function*() {
        const { append, at, log, read } = yield* given
        const deciding = yield* Deferred.make<void>()
        const decided = yield* Deferred.make<void>()
        const first = yield* Effect.forkChild(log.append(at("auth"), () =>
          Effect.gen(function*() {
            yield* Deferred.succeed(deciding, undefined)
            yield* Deferred.await(decided)
            return noteEntry((yield* read("cart")) === null ? "alone" : "not alone")
          })))
        yield* Deferred.await(deciding)
        const second = yield* Effect.forkChild(append("one", "cart"))
        yield* Effect.yieldNow
        yield* Deferred.succeed(decided, undefined)
        assert.deepStrictEqual(notesOf(yield* Fiber.join(first)), ["alone"])
        yield* Fiber.join(second)
      })
    )

    logTest(
      "keeps the logs of features apart, and lists them by name",
      Effect.gen(function*() {
        const { append, log, texts } = yield* given
        for (const feature of ["search-10", "cart", "search-9", "auth"]) yield* append(`of ${feature}`, feature)
        yield* append("more", "cart")
        const listed = yield* log.readAll(texts.main, identity)
        assert.deepStrictEqual(
          listed.map(({ feature, history }) => [feature, notesOf(Result.getOrThrow(history))]),
          [
            ["auth", ["of auth"]],
            ["cart", ["of cart", "more"]],
            ["search-10", ["of search-10"]],
            ["search-9", ["of search-9"]]
          ]
        )
      })
    )

    logTest(
      "a damaged log hides no other",
      Effect.gen(function*() {
        const { append, damage, log, texts } = yield* given
        for (const feature of ["auth", "bill", "cart"]) yield* append("one", feature)
        yield* damage(() => "garbage\n")
        const listed = yield* log.readAll(texts.main, identity)
        assert.deepStrictEqual(
          listed.map(({ feature, history }) => [feature, Result.isSuccess(history)]),
          [["auth", false], ["bill", true], ["cart", true]]
        )
        const fault = Result.getFailure(listed[0]?.history ?? Result.succeed(null))
        assert.deepStrictEqual(
          fault,
          Result.getFailure(yield* Effect.result(log.read({ main: texts.main, feature: "auth" })))
        )
      })
    )

    logTest(
      "a torn last line counts as not written, is told, and is cut off by the next append",
      Effect.gen(function*() {
        const { append, damage, read, text } = yield* given
        const before = yield* append("one")
        const first = yield* text()
        yield* append("two ✓")
        const second = (yield* text()).slice(first.length)
        yield* damage((both) => both.slice(0, -1))
        assert.deepStrictEqual(yield* read(), { ...before, torn: second.length - 1 })
        yield* damage(() => first + second.slice(0, 20))
        assert.deepStrictEqual(yield* read(), { ...before, torn: 20 })
        const after = yield* append("three")
        assert.deepStrictEqual([notesOf(after), after.torn], [["one", "three"], 0])
        assert.strictEqual(yield* text(), `${after.entries.map((entry) => encodeLogLine(entry)).join("\n")}\n`)
      })
    )

    for (const [title, start] of [["nothing at all", 0], ["a torn line alone", 30]] as const) {
      logTest(
        `${title} is no log, and the next append makes one`,
        Effect.gen(function*() {
          const { append, damage, log, read, texts } = yield* given
          yield* append("one")
          yield* damage((text) => text.slice(0, start))
          assert.isNull(yield* read())
          assert.deepStrictEqual(yield* log.readAll(texts.main, identity), [])
          const after = yield* append("two")
          assert.deepStrictEqual(notesOf(after), ["two"])
          assert.deepStrictEqual(yield* read(), after)
        })
      )
    }

    for (const { change, line, reason, title } of logDamages) {
      logTest(
        `refuses ${title}, names the line, and appends nothing`,
        Effect.gen(function*() {
          const { append, damage, read, text } = yield* given
          for (const note of ["one", "two", "three"]) yield* append(note)
          yield* damage((sound) => `${change(sound.split("\n").slice(0, -1)).join("\n")}\n`)
          const damaged = yield* text()
          const fault = yield* Effect.flip(read())
          assert.strictEqual(fault._tag, "LogCorrupt")
          assert.match(fault.message, new RegExp(`events\\.jsonl:${line}: `, "u"))
          assert.include(fault.message, reason)
          assert.deepStrictEqual(yield* Effect.flip(append("four")), fault)
          assert.strictEqual(yield* text(), damaged)
        })
      )
    }

    logTest(
      "refuses what a newer version wrote, names it, and appends nothing",
      Effect.gen(function*() {
        const { append, damage, read, text } = yield* given
        for (const note of ["one", "two"]) yield* append(note)
        yield* damage((sound) => `${fromNewerVersion(sound.split("\n").slice(0, -1)).join("\n")}\n`)
        const damaged = yield* text()
        const fault = yield* Effect.flip(read())
        assert.strictEqual(fault._tag, "LogUnsupported")
        assert.match(fault.message, /events\.jsonl:2: the event FeaturePaused /u)
        assert.deepStrictEqual(yield* Effect.flip(append("three")), fault)
        assert.strictEqual(yield* text(), damaged)
      })
    )

    logTest(
      "refuses a last line whose end was changed: no interrupted write leaves that",
      Effect.gen(function*() {
        const { append, damage, read } = yield* given
        for (const note of ["one", "two"]) yield* append(note)
        yield* damage((sound) => `${sound.slice(0, -1)}x`)
        const fault = yield* Effect.flip(read())
        assert.match(fault.message, /events\.jsonl:2: its line end was changed$/u)
      })
    )

    logTest(
      "its text is what anybody can read: a log that another wrote is the same",
      Effect.gen(function*() {
        const { append, read, text, texts } = yield* given
        for (const note of ["one", "two"]) yield* append(note)
        const copied = yield* text()
        yield* texts.write("copy", copied)
        assert.deepStrictEqual(yield* read("copy"), yield* read())
        assert.deepStrictEqual(Result.getOrThrow(decodeLog(copied, "events.jsonl")), yield* read())
      })
    )
  })
}
