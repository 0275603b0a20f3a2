import { assert, it } from "vitest"
import { runExample } from "./RunExample.ts"

it("effect-layers makes a worktree, tells its steps, and removes it", () => {
  const lines = runExample("effect-layers")
  assert.isTrue(lines.some((line) => /^ {2}add-worktree took [\d.]+ ms$/u.test(line)), lines.join("\n"))
  assert.isTrue(lines.some((line) => /^branch impl\/auth, sandbox (?:ready|none)$/u.test(line)), lines.join("\n"))
  assert.include(lines, "auth: 0 changed files")
  assert.strictEqual(lines.at(-1), "removed impl/auth")
})
