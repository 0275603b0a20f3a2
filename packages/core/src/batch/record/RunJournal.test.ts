import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { sampleRunEvents } from "../../testing/BatchRunSample.ts"
import { RunEvent } from "./RunEvent.ts"
import { decodeRunJournal, encodeRunEvents } from "./RunJournal.ts"

const decode = (text: string) => decodeRunJournal("fix", "/code/journal.jsonl", text)

const reasonOf = (text: string): string | null => {
  const decoded = decode(text)
  return Result.isFailure(decoded) ? decoded.failure.reason : null
}

const [first, second] = sampleRunEvents.map((event) => encodeRunEvents([event]))

describe("a run's journal", () => {
  it.effect.prop(
    "reads what was written, wherever the last write was cut off",
    { events: Schema.Array(RunEvent), cut: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 400 })) },
    ({ cut, events }) =>
      Effect.sync(() => {
        const text = encodeRunEvents(events)
        const all = Result.getOrThrow(decode(text))
        assert.strictEqual(encodeRunEvents(all.events), text)
        assert.strictEqual(all.unreadableLines, 0)
        const part = text.slice(0, Math.max(0, text.length - cut))
        const torn = Result.getOrThrow(decode(part))
        const whole = part.slice(0, part.lastIndexOf("\n") + 1)
        assert.strictEqual(encodeRunEvents(torn.events), whole)
        assert.strictEqual(torn.unreadableLines, part === whole ? 0 : 1)
      }),
    { arbitrary: { runs: 300 } }
  )

  it("is empty where there is no text", () => {
    assert.deepStrictEqual(Result.getOrThrow(decode("")), { events: [], unreadableLines: 0 })
  })

  it("passes over fields that a later Slipway may have added", () => {
    const line = "{\"_tag\":\"CancelRequested\",\"at\":\"now\",\"by\":\"ada\"}\n"
    assert.deepStrictEqual(Result.getOrThrow(decode(line)).events, [{ _tag: "CancelRequested", at: "now" }])
  })

  const damaged: ReadonlyArray<readonly [string, string, string]> = [
    ["a line cut off in the middle", `${first}{"_tag":"Attem\n${second}`, "line 2 is damaged"],
    ["an empty line", `${first}\n${second}`, "line 2 is damaged"],
    ["a whole last line that is none", `${first}\0\0\0\0\n`, "line 2 is damaged"],
    ["a line that is no object", "null\n", "line 1 is damaged"],
    ["a list", "[]\n", "line 1 is damaged"],
    [
      "an event of a newer Slipway",
      `${first}{"_tag":"TaskMoved"}\n`,
      "line 2 holds TaskMoved, which a newer Slipway wrote"
    ],
    ["a name of every object", `{"_tag":"constructor"}\n`, "line 1 holds constructor, which a newer Slipway wrote"],
    [
      "a known event in a new form",
      "{\"_tag\":\"CancelRequested\",\"at\":1}\n",
      "line 1 holds CancelRequested in a form that is not known"
    ]
  ]
  for (const [what, text, reason] of damaged) {
    it(`guesses nothing about ${what}`, () => assert.strictEqual(reasonOf(text), reason))
  }
})
