import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { CommandKey, FeatureEvent, firstPrevious, LoggedActor } from "./FeatureEvent.ts"
import {
  appendToHistory,
  decodeLog,
  emptyHistory,
  encodeLogLine,
  type FeatureHistory,
  type LogFault
} from "./LogLines.ts"

const Recorded = Schema.Struct({
  at: Schema.String,
  actor: LoggedActor,
  key: Schema.optionalKey(CommandKey),
  event: FeatureEvent
})
type Recorded = typeof Recorded.Type

const Log = Schema.Array(Recorded).check(Schema.isMinLength(1), Schema.isMaxLength(6))

/** A place in a text or a list: a part of its length. */
const Share = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999 }))
const placeIn = (length: number, share: number): number => Math.floor(share * length / 1000)

/** Durations as they are measured: JSON has neither NaN nor -0. */
const measured = (recorded: Recorded): Recorded => {
  const { event } = recorded
  return "ms" in event
    ? { ...recorded, event: { ...event, ms: Number.isFinite(event.ms) ? Math.abs(event.ms) : 0 } }
    : recorded
}

const written = (log: ReadonlyArray<Recorded>) => {
  const lines: Array<string> = []
  let history: FeatureHistory = emptyHistory
  for (const recorded of log) {
    const appended = appendToHistory(history, measured(recorded))
    lines.push(appended.line)
    history = appended.history
  }
  return { lines, history, text: textOf(lines) }
}

const textOf = (lines: ReadonlyArray<string>): string => lines.map((line) => `${line}\n`).join("")

const faultOf = (text: string): LogFault => {
  const decoded = decodeLog(text, "events.jsonl")
  assert.isTrue(Result.isFailure(decoded), "expected a fault")
  return Result.isFailure(decoded) ? decoded.failure : assert.fail()
}

describe("a feature's log", () => {
  it.effect.prop(
    "what was encoded is decoded again, one line for each entry",
    { log: Log },
    ({ log }) =>
      Effect.sync(() => {
        const { history, lines, text } = written(log)
        const decoded = Result.getOrThrow(decodeLog(text, "events.jsonl"))
        assert.deepStrictEqual(decoded, history)
        assert.deepStrictEqual(decoded.entries.map((entry) => encodeLogLine(entry)), lines)
        assert.strictEqual(text.split("\n").length, log.length + 1)
        assert.isTrue(text.isWellFormed())
        assert.deepStrictEqual(decoded.entries.map(({ seq }) => seq), log.map((_, index) => index + 1))
      })
  )

  it.effect.prop("the start of a log, wherever it is cut, is a log: its whole lines, and what is torn", {
    log: Log,
    share: Share
  }, ({ log, share }) =>
    Effect.sync(() => {
      const { history, text } = written(log)
      const start = text.slice(0, placeIn(text.length, share))
      const whole = start.split("\n").length - 1
      const decoded = Result.getOrThrow(decodeLog(start, "events.jsonl"))
      assert.deepStrictEqual(decoded.entries, history.entries.slice(0, whole))
      assert.strictEqual(decoded.last, history.entries[whole]?.prev ?? history.last)
      assert.strictEqual(decoded.torn, start.length - start.lastIndexOf("\n") - 1)
    }))

  it.effect.prop("a changed character is found, in its line or in the one after", {
    log: Log,
    share: Share,
    bit: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 15 }))
  }, ({ bit, log, share }) =>
    Effect.sync(() => {
      const { text } = written(log)
      const place = placeIn(text.length, share)
      const flipped = String.fromCharCode(text.charCodeAt(place) ^ (1 << bit))
      const fault = faultOf(`${text.slice(0, place)}${flipped}${text.slice(place + 1)}`)
      const line = text.slice(0, place).split("\n").length
      assert.strictEqual(fault._tag, "LogCorrupt")
      assert.include([line, line + 1], fault.line)
    }))

  it.effect.prop("a line that is taken out is found, unless it is the last", { log: Log, share: Share }, ({
    log,
    share
  }) =>
    Effect.sync(() => {
      const { history, lines } = written(log)
      const place = placeIn(lines.length, share)
      const left = textOf(lines.toSpliced(place, 1))
      if (place === lines.length - 1) {
        const decoded = Result.getOrThrow(decodeLog(left, "events.jsonl"))
        assert.deepStrictEqual(decoded.entries, history.entries.slice(0, -1))
      } else {
        assert.strictEqual(faultOf(left).line, place + 1)
      }
    }))

  it.effect.prop("a line that is there twice, or at another place, is found", {
    log: Log,
    from: Share,
    to: Share
  }, ({ from, log, to }) =>
    Effect.sync(() => {
      const { lines } = written(log)
      const [one, other] = [placeIn(lines.length, from), placeIn(lines.length, to)]
      const line = lines[one] ?? ""
      const twice = lines.toSpliced(other, 0, line)
      assert.strictEqual(faultOf(textOf(twice)).line, one === other ? other + 2 : other + 1)
      if (one === other) return
      const swapped = lines.with(one, lines[other] ?? "").with(other, line)
      assert.strictEqual(faultOf(textOf(swapped)).line, Math.min(one, other) + 1)
    }))

  it.effect.prop(
    "a line of another log is found",
    { log: Log, other: Log, share: Share },
    ({ log, other, share }) =>
      Effect.sync(() => {
        const [{ lines }, foreign] = [written(log), written(other)]
        const place = placeIn(Math.min(lines.length, foreign.lines.length), share)
        const line = foreign.lines[place] ?? ""
        if (line === lines[place]) return
        const mixed = textOf(lines.with(place, line))
        // The last line of a log that is the same up to there could be the next of this one too.
        const isNext = foreign.history.entries[place]?.prev === written(log).history.entries[place]?.prev
        if (isNext && place === lines.length - 1) return
        assert.strictEqual(faultOf(mixed).line, isNext ? place + 2 : place + 1)
      })
  )

  it.effect.prop(
    "any text at all is a log or has a fault with its line",
    { text: Schema.String },
    ({ text }) =>
      Effect.sync(() => {
        for (const candidate of [text, `${text}\n`, `\n${text}`, `{"seq":1,"prev":"${firstPrevious}",${text}}\n`]) {
          const decoded = decodeLog(candidate, "events.jsonl")
          if (Result.isSuccess(decoded)) assert.strictEqual(decoded.success.torn, candidate.length)
          else assert.match(decoded.failure.message, /^events\.jsonl:[12]: [^\n]+$/u)
        }
      })
  )

  it("half a character, which JSON cannot hold, is written as the mark that stands for it", () => {
    const cut = "\u{1F600}".slice(0, 1)
    const { history, text } = written([{
      at: "2026-02-08T15:30:00.000Z",
      actor: { kind: "agent", id: `a${cut}` },
      key: { id: cut, request: "a".repeat(64) },
      event: { _tag: "FeatureArchived", reason: `${cut}b` }
    }])
    assert.deepStrictEqual(Result.getOrThrow(decodeLog(text, "events.jsonl")), history)
    assert.deepInclude(history.entries[0], {
      actor: { kind: "agent", id: "a\uFFFD" },
      event: { _tag: "FeatureArchived", reason: "\uFFFDb" }
    })
  })

  it("an entry is one line of canonical JSON with its checksum at the end", () => {
    const { lines } = written([{
      at: "2026-02-08T15:30:00.000Z",
      actor: { kind: "human", id: "ada" },
      event: { _tag: "FeatureArchived", reason: "later" }
    }])
    assert.strictEqual(
      lines[0],
      `{"actor":{"id":"ada","kind":"human"},"at":"2026-02-08T15:30:00.000Z","event":{"_tag":"FeatureArchived",`
        + `"reason":"later"},"prev":"${firstPrevious}","seq":1,`
        + `"sum":"fcd596c5c31066765ca9a39c058cb0165e453b94f9b769fa938e0824e0cc84a9"}`
    )
  })
})
