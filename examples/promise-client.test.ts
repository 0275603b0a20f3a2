import { assert, it } from "vitest"
import { runExample } from "./RunExample.ts"

it("promise-client makes, looks, aborts without a trace, and removes", () => {
  const lines = runExample("promise-client")
  assert.isTrue(lines.some((line) => /^ {2}add-worktree took [\d.]+ ms$/u.test(line)), lines.join("\n"))
  assert.isTrue(lines.some((line) => /^branch impl\/auth, sandbox (?:ready|none)$/u.test(line)), lines.join("\n"))
  assert.deepStrictEqual(lines.slice(-4), [
    "auth: 0 changed files",
    "billing: interrupted",
    "worktrees: auth",
    "removed impl/auth"
  ])
})
