import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Result, Schema } from "effect"
import { sinceOf, TimeInvalid } from "./AuditSince.ts"

const now = Date.parse("2026-11-21T12:00:00.000Z")
const read = (text: string) => Result.getOrElse(sinceOf(text, now), ({ code }) => code)

describe("sinceOf", () => {
  it("reads ISO 8601, in UTC where no offset is named", () => {
    assert.strictEqual(read("2026-11-21"), "2026-11-21T00:00:00.000Z")
    assert.strictEqual(read("2026-11-21T09:30"), "2026-11-21T09:30:00.000Z")
    assert.strictEqual(read("2026-11-21T09:30:15.25Z"), "2026-11-21T09:30:15.250Z")
    assert.strictEqual(read("2026-11-21T01:30:00+02:00"), "2026-11-20T23:30:00.000Z")
    assert.strictEqual(read("2028-02-29"), "2028-02-29T00:00:00.000Z")
  })

  it("reads durations back from now", () => {
    assert.strictEqual(read("45s"), "2026-11-21T11:59:15.000Z")
    assert.strictEqual(read("30m"), "2026-11-21T11:30:00.000Z")
    assert.strictEqual(read("2h"), "2026-11-21T10:00:00.000Z")
    assert.strictEqual(read("3d"), "2026-11-18T12:00:00.000Z")
    assert.strictEqual(read("1w"), "2026-11-14T12:00:00.000Z")
    assert.strictEqual(read("0m"), "2026-11-21T12:00:00.000Z")
  })

  for (
    const text of [
      "",
      "yesterday",
      "1",
      "2026",
      "-2h",
      "2 h",
      "2h30m",
      "1.5h",
      "2M",
      "99999999999999999999d",
      "2026-02-30",
      "2027-02-29",
      "2026-13-01",
      "2026-11-21T25:00:00Z",
      "11/21/2026",
      "2026-11-21 Z"
    ]
  ) {
    it(`refuses ${JSON.stringify(text)}, and says how a time is written`, () => {
      const refused = Result.getOrThrow(Result.flip(sinceOf(text, now)))
      assert.instanceOf(refused, TimeInvalid)
      assert.strictEqual(refused.code, "time-invalid")
      assert.include(refused.message, JSON.stringify(text))
      assert.include(refused.hint, "2h")
    })
  }

  it.effect.prop("gives any moment back that it is told", {
    millis: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4e12 }))
  }, ({ millis }) =>
    Effect.sync(() => {
      const moment = DateTime.formatIso(DateTime.makeUnsafe(millis))
      assert.strictEqual(read(moment), moment)
    }))

  it.effect.prop(
    "reads any text or refuses it",
    { text: Schema.String },
    ({ text }) => Effect.sync(() => assert.match(read(text), /^(?:time-invalid|[-+\d]+T[\d:.]+Z)$/u))
  )
})
