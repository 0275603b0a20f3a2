import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Result } from "effect"
import { sampleRunSnapshot } from "../../testing/BatchRunSample.ts"
import { decodeRunSnapshot, decodeRunValues, encodeRunSnapshot, encodeRunValues } from "./RunDocument.ts"
import { RunValues } from "./RunSnapshot.ts"

const place = { run: "fix", path: "/code/run.json" }

const reasonOf = (text: string): string => {
  const decoded = decodeRunSnapshot(place, text)
  return Result.isFailure(decoded) ? decoded.failure.reason : ""
}

describe("a run's documents", () => {
  it("a snapshot reads back", () => {
    const snapshot = sampleRunSnapshot("fix")
    assert.deepStrictEqual(Result.getOrThrow(decodeRunSnapshot(place, encodeRunSnapshot(snapshot))), snapshot)
  })

  it.effect.prop("values read back", { values: Arbitrary.schema(RunValues) }, ({ values }) =>
    Effect.sync(() => {
      const text = encodeRunValues(values)
      assert.strictEqual(encodeRunValues(Result.getOrThrow(decodeRunValues(place, text))), text)
    }))

  it("that of a newer Slipway is named as such", () => {
    const text = encodeRunSnapshot(sampleRunSnapshot("fix")).replace("batch-run/v1", "batch-run/v2")
    assert.strictEqual(reasonOf(text), "it is of \"slipway/batch-run/v2\", which a newer Slipway wrote")
  })

  it("what is wrong with a snapshot is told, and where", () => {
    assert.strictEqual(reasonOf("{\"schema\":"), "it is no JSON")
    assert.include(reasonOf(encodeRunSnapshot(sampleRunSnapshot("fix")).replace("\"process\"", "\"rocket\"")), "runner")
    assert.notStrictEqual(reasonOf("[]"), "")
  })

  it("what is wrong with values is told without them", () => {
    for (
      const text of ["swordfish", "{\"configMaps\":{},\"secrets\":{\"a\":\"swordfish\"}}", "{\"secrets\": swordfish}"]
    ) {
      const decoded = decodeRunValues(place, text)
      assert.isTrue(Result.isFailure(decoded))
      if (Result.isFailure(decoded)) {
        assert.notInclude(JSON.stringify(decoded.failure) + decoded.failure.message, "swordfish")
      }
    }
  })
})
