import { assert, it } from "vitest"
import { runExample } from "./RunExample.ts"

it("next-step asks the classifier without anything around it", () => {
  const lines = runExample("next-step")
  assert.deepStrictEqual(lines.slice(0, 4), [
    "created: create-spec (draft, spec-to-write): No spec has been submitted",
    "submitted: approve-spec (specified, spec-to-approve): The spec waits for approval by an agent or a human, but not "
    + "agent:claude-code, who wrote it",
    "approved: create-design (planned, design-to-write): No design has been submitted",
    "edited since: create-spec (draft, spec-to-write): The spec was edited since it was submitted"
  ])
  assert.match(lines[4] ?? "", /^\d+ rules, the first that holds: spec-to-approve$/u)
})
