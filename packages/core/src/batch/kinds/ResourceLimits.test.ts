import { assert, describe, it } from "@effect/vitest"
import { quantityOf, resourceLimits } from "./ResourceLimits.ts"

describe("a quantity", () => {
  it.each([
    ["500m", 0.5],
    ["0.5", 0.5],
    [".5", 0.5],
    ["2", 2],
    [2, 2],
    ["128Ki", 128 * 1024],
    ["64Mi", 64 * 1024 ** 2],
    ["1.5Gi", 1.5 * 1024 ** 3],
    ["1k", 1000],
    ["5M", 5_000_000],
    ["3G", 3_000_000_000],
    ["129e6", 129_000_000],
    ["1E3", 1000],
    ["1E", 1e18],
    ["12E-1", 1.2],
    ["100u", 1e-4]
  ])("%s is %d", (text, value) => {
    assert.strictEqual(quantityOf(text), value)
  })

  it.each(["", "1 Gi", "-1", "1K", "1mi", "abc", "1e", "Gi"])("%j is none", (text) => {
    assert.isNull(quantityOf(text))
  })
})

describe("the limits of a container", () => {
  it("are those of memory and processors", () => {
    assert.deepStrictEqual(resourceLimits({ memory: "2Gi", cpu: "500m" }), { memoryBytes: 2 ** 31, nanoCpus: 5e8 })
    assert.deepStrictEqual(resourceLimits({ cpu: 2 }), { nanoCpus: 2e9 })
    assert.deepStrictEqual(resourceLimits({ cpu: "0.1", memory: "134217728" }), {
      memoryBytes: 134_217_728,
      nanoCpus: 1e8
    })
    assert.deepStrictEqual(resourceLimits({ memory: "1500m" }), { memoryBytes: 2 })
    assert.isNull(resourceLimits({ "nvidia.com/gpu": 1 }))
    assert.isNull(resourceLimits({}))
    assert.isNull(resourceLimits({ cpu: 0, memory: "0" }))
  })
})
