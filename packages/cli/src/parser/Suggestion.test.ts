import { assert, describe, it } from "@effect/vitest"
import { didYouMean } from "./Suggestion.ts"

const commands = ["spec", "impl", "done", "worktrees", "ls", "status", "sandbox", "doctor", "help"]

describe("Suggestion", () => {
  it.each([
    ["wortrees", "worktrees"],
    ["doen", "done"],
    ["stauts", "status"],
    ["work", "worktrees"],
    ["sandbx", "sandbox"],
    ["IMPL", "impl"]
  ])("takes %s for %s", (typed, meant) => {
    assert.strictEqual(didYouMean(typed, commands)[0], meant)
  })

  it.each(["kubernetes", "x", "", "zzzz"])("has no idea what %s is", (typed) => {
    assert.deepStrictEqual(didYouMean(typed, commands), [])
  })
})
