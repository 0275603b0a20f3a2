import { assert, it } from "vitest"
import { runExample } from "./RunExample.ts"

it("in-memory runs Slipway where there is neither git nor Docker", () => {
  assert.deepStrictEqual(runExample("in-memory"), [
    "auth: slot 2, http://localhost:8002",
    "billing: compose-failed",
    "worktrees: auth (slot 2), billing (slot none)",
    "containers left: 0"
  ])
})
