import { assert, describe, it } from "@effect/vitest"
import { exitCodeOf } from "../operation/Problem.ts"
import { SandboxUnusable } from "./LaunchError.ts"

const unusable = (advice: string) =>
  new SandboxUnusable({ code: "compose-invalid", worktree: "/code/shop-impl-auth", reason: "yaml: line 2", advice })

describe("SandboxUnusable", () => {
  it("keeps the cause's code and words, and says where the worktree is and how to go on", () => {
    const problem = unusable("mend the compose file")
    assert.deepStrictEqual([problem.code, exitCodeOf(problem)], ["compose-invalid", 2])
    assert.strictEqual(
      problem.message,
      "Sandbox failed to start. Worktree preserved at /code/shop-impl-auth.\nyaml: line 2"
    )
    assert.strictEqual(problem.hint, "mend the compose file; then run `slipway sandbox start` in the worktree")
    assert.strictEqual(unusable("mend it, then `slipway sandbox start`").hint, "mend it, then `slipway sandbox start`")
  })
})
