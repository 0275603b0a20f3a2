import { assert, describe, it } from "@effect/vitest"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { keptFiles } from "./KeptFiles.ts"

const secrets = ["12345678", "one \"two\" é"].map((text, index) => ({ name: `s/${index}`, bytes: utf8ToBytes(text) }))

const kept = (result: unknown, diff = "") => keptFiles({ repositories: [], diff, result, resultFault: null }, secrets)

describe("what is kept of an attempt", () => {
  it("is nothing where nothing was changed or said", () => {
    assert.deepStrictEqual(kept(undefined), { files: [], fault: null })
  })

  it("is the patch as it is, so that it applies", () => {
    assert.deepStrictEqual(kept(undefined, "+12345678\n").files, [{ name: "changes.patch", text: "+12345678\n" }])
  })

  it("is what the agent said, still JSON, without secrets: in keys, texts and numbers", () => {
    const [file] = kept({ "a 12345678": ["one \"two\" é", 12_345_678, 1.5, null, true] }).files
    assert.strictEqual(file?.name, "result.json")
    assert.deepStrictEqual(JSON.parse(file?.text ?? ""), {
      "a <secret:s/0>": ["<secret:s/1>", "<secret:s/0>", 1.5, null, true]
    })
  })

  it("is null where that is what it said", () => {
    assert.deepStrictEqual(kept(null).files, [{ name: "result.json", text: "null\n" }])
  })

  it("is told of where it is nested too deeply", () => {
    const deep: unknown = JSON.parse("[".repeat(100_000) + "]".repeat(100_000))
    assert.deepStrictEqual(kept(deep), { files: [], fault: "result.json is nested too deeply" })
  })
})
