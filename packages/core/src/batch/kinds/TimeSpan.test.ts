import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect } from "effect"
import { TimeSpan, timeSpanSeconds } from "./TimeSpan.ts"

describe("timeSpanSeconds", () => {
  it("counts seconds", () => {
    const spans: ReadonlyArray<readonly [string | number, number | null]> = [
      [90, 90],
      ["90", 90],
      ["90s", 90],
      ["5m", 300],
      ["1h", 3600],
      ["1h30m", 5400],
      ["1h0m5s", 3605],
      ["0h1s", 1],
      ["90m", 5400],
      [0, null],
      [-1, null],
      [1.5, null],
      [Number.NaN, null],
      ["", null],
      ["0s", null],
      ["00", null],
      ["s", null],
      ["5 m", null],
      ["1m1h", null],
      ["1d", null],
      ["1e3", null],
      ["123456789", null],
      ["9".repeat(100_000), null]
    ]
    for (const [span, seconds] of spans) assert.strictEqual(timeSpanSeconds(span), seconds, String(span).slice(0, 20))
  })

  it.effect.prop(
    "gives whole seconds above 0 for each span",
    { span: Arbitrary.schema(TimeSpan) },
    ({ span }) => Effect.sync(() => assert.isAtLeast(timeSpanSeconds(span) ?? 0, 1))
  )
})
