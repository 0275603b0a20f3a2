import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { faultyResultFile, readResultFile, resultSummary } from "./ResultFile.ts"

describe("result.json", () => {
  it("may hold any JSON", () => {
    for (const value of [{ summary: "a" }, [], null, "text", 3]) {
      assert.deepStrictEqual(readResultFile(JSON.stringify(value)), { result: value, fault: null })
    }
    assert.deepStrictEqual(readResultFile("\uFEFF{}"), { result: {}, fault: null })
  })

  it("is told of when it cannot be taken", () => {
    for (const text of ["", "{\"summary\":", "{} {}"]) {
      assert.deepStrictEqual(readResultFile(text), { result: undefined, fault: "result.json is no JSON" })
    }
    assert.deepStrictEqual(faultyResultFile("is a folder"), { result: undefined, fault: "result.json is a folder" })
  })

  it("has a summary of one line", () => {
    assert.strictEqual(resultSummary({ summary: "\n  3 updated \r\nmore" }), "3 updated")
    assert.strictEqual(resultSummary({ summary: "a\u001B[31mb\tc" }), "a [31mb c")
    for (const none of [undefined, null, "text", [], {}, { summary: 3 }, { summary: " \n" }]) {
      assert.isNull(resultSummary(none))
    }
    assert.strictEqual(resultSummary({ summary: "ü".repeat(200) }), "ü".repeat(200))
    assert.strictEqual(resultSummary({ summary: "🛠".repeat(201) }), `${"🛠".repeat(199)}…`)
  })

  it.effect.prop(
    "has a summary that is one line of at most 200 characters",
    { text: Schema.String },
    ({ text }) =>
      Effect.sync(() => {
        const summary = resultSummary({ summary: text })
        if (summary === null) return
        assert.match(summary, /^[^\p{Cc}]{1,200}$/u)
      })
  )
})
