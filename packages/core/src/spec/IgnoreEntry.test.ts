import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { withIgnoreEntry } from "./IgnoreEntry.ts"

describe("withIgnoreEntry", () => {
  it.each<[string | null, string | null]>([
    [null, ".ai/projects/\n"],
    ["", ".ai/projects/\n"],
    ["dist", "dist\n.ai/projects/\n"],
    ["dist\r\n", "dist\r\n.ai/projects/\r\n"],
    ["a\n.ai/projects/\nb\n", null],
    ["/.ai/projects\r\n", null],
    [".ai/\n", null],
    ["# .ai/projects/\n", "# .ai/projects/\n.ai/projects/\n"],
    [".ai/projects/one\n", ".ai/projects/one\n.ai/projects/\n"]
  ])("of %j is %j", (text, expected) => assert.strictEqual(withIgnoreEntry(text), expected))

  it.effect.prop("adds it once, and changes nothing else", { text: Schema.String }, ({ text }) =>
    Effect.sync(() => {
      const once = withIgnoreEntry(text) ?? text
      assert.isTrue(once.startsWith(text))
      assert.isNull(withIgnoreEntry(once))
    }))
})
