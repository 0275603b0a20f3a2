import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { renderStaticAnswers } from "../RenderStaticAnswers.ts"
import { dataSchemas, outputJsonSchemas } from "./OutputSchemas.ts"

const published = new URL("../../../../docs/reference/json/", import.meta.url)

describe("OutputSchemas", () => {
  it.effect("has one for every command", () =>
    Effect.sync(() => {
      const { commands } = renderStaticAnswers()
      const runnable = commands.filter(({ help }) => help.commands.length === 0).map(({ help }) => help.path.join("-"))
      assert.sameMembers(Object.keys(dataSchemas), [...runnable, "version"])
    }))

  it("is what docs/reference/json holds", () => {
    const files = Object.fromEntries(
      readdirSync(published).map((file) => [file, JSON.parse(readFileSync(new URL(file, published), "utf8"))])
    )
    assert.deepStrictEqual(files, JSON.parse(JSON.stringify(outputJsonSchemas())))
  })
})
