import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { sha256 } from "../../operation/Sha256.ts"
import { inlineFile, repository } from "../../testing/UpdateDependenciesSample.ts"
import { TaskContext } from "../kinds/TaskContext.ts"
import { canonicalText, contextsHash, contextsHasher } from "./ContextsHash.ts"

const Contexts = Schema.Array(TaskContext)

describe("contextsHash", () => {
  it.effect.prop(
    "is the SHA-256 of the contexts' canonical JSON, however they are split",
    { common: Contexts, variable: Contexts },
    ({ common, variable }) =>
      Effect.sync(() => {
        const all = [...common, ...variable]
        assert.strictEqual(contextsHash(all), sha256(canonicalText(all)))
        const hash = contextsHasher(common)
        assert.strictEqual(hash(variable), contextsHash(all))
        assert.strictEqual(hash(variable), contextsHash(all))
      })
  )

  it("is the same for another order of fields, another for another order of contexts", () => {
    const swapped = { repository: { branch: "main", repo: "shop", org: "myorg" }, type: "Repository" } as const
    assert.strictEqual(contextsHash([repository("shop")]), contextsHash([swapped]))
    const file = inlineFile("task.md", "x")
    assert.notStrictEqual(contextsHash([swapped, file]), contextsHash([file, swapped]))
  })

  it("takes halves of characters", () => assert.match(contextsHash([inlineFile("a", "\ud800")]), /^[0-9a-f]{64}$/u))
})
