import { assert, describe, it } from "@effect/vitest"
import { batchCorpus } from "../testing/BatchCorpus.ts"
import { readBatchText } from "./source/BatchFile.ts"

describe("the corpus", () => {
  for (const { accepted, message, name, path, yaml } of batchCorpus) {
    it(`${accepted ? "takes" : "refuses"} ${name.slice(0, 80)}`, () => {
      const { faults, resources } = readBatchText({ source: "sample.yaml", text: yaml })
      if (accepted) {
        assert.deepStrictEqual(faults, [])
        assert.strictEqual(resources.length, 1)
        return
      }
      assert.strictEqual(resources.length, 0)
      const told = faults.find((fault) => fault.path === path && fault.message.includes(message))
      assert.isDefined(told, faults.map((fault) => `${fault.path}: ${fault.message}`).join("\n"))
    })
  }

  it("names each sample once", () => {
    const names = batchCorpus.map(({ name }) => name)
    assert.deepStrictEqual(names, [...new Set(names)])
  })
})
