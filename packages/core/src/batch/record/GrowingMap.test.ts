import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { emptyGrowingMap } from "./GrowingMap.ts"

describe("GrowingMap", () => {
  it.effect.prop(
    "holds what a map holds, and what it was made from stays as it was",
    { entries: Schema.Array(Schema.Tuple([Schema.String, Schema.Int])) },
    ({ entries }) =>
      Effect.sync(() => {
        const expected = new Map<string, number>()
        let map = emptyGrowingMap<string, number>()
        for (const [key, value] of entries) {
          const before = map
          const known = expected.get(key)
          map = map.with(key, value)
          assert.strictEqual(before.get(key), known)
          expected.set(key, value)
        }
        assert.strictEqual(map.size, expected.size)
        assert.deepStrictEqual(new Map(map), expected)
        assert.sameMembers([...map.keys()], [...expected.keys()])
        assert.sameMembers([...map.values()], [...expected.values()])
        const seen = new Map<string, number>()
        map.forEach((value, key) => seen.set(key, value))
        assert.deepStrictEqual(seen, expected)
        for (const key of expected.keys()) assert.isTrue(map.has(key))
        assert.isUndefined(emptyGrowingMap<string, number>().get("a"))
      })
  )
})
