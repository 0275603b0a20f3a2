import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, DateTime, Effect, Schema } from "effect"
import { OperationId } from "./OperationId.ts"
import { beganSince, operationTime } from "./OperationTime.ts"

const idAt = (iso: string) => OperationId.make(`${iso.replaceAll(/[-:.]/gu, "")}-abcdef`)

const moments = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4e12 }))

describe("operationTime", () => {
  it.effect.prop(
    "gives back the time that an id was made of",
    { millis: Arbitrary.schema(moments) },
    ({ millis }) =>
      Effect.sync(() => {
        const iso = DateTime.formatIso(DateTime.makeUnsafe(millis))
        assert.strictEqual(operationTime(idAt(iso)), iso)
      })
  )

  it.effect.prop("orders as the moments do", { one: Arbitrary.schema(moments), other: Arbitrary.schema(moments) }, ({
    one,
    other
  }) =>
    Effect.sync(() => {
      const [first, second] = [one, other].map((millis) => DateTime.formatIso(DateTime.makeUnsafe(millis)))
      assert.strictEqual(beganSince(idAt(first ?? ""), second), one >= other)
    }))

  it("a time that cannot be read excludes nothing", () => {
    assert.isTrue(beganSince(idAt("2026-11-01T00:00:00.000Z"), "yesterday"))
    assert.isTrue(beganSince(idAt("2026-11-01T00:00:00.000Z"), undefined))
  })
})
