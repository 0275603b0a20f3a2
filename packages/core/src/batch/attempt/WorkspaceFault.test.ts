import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { branchMissing, workspacePathFault } from "./WorkspaceFault.ts"

describe("paths of a workspace", () => {
  it("are relative, and neither leave it nor lead into a git folder", () => {
    for (const path of ["a", "a b/ü.md", "..a/b..", ".github/x", "a.git/b"]) {
      assert.isNull(workspacePathFault(path), path)
    }
    const refused = ["", "/a", "../a", "a/..", "a//b", "./a", "a/", ".git", "a/.GIT/config", "a\0b"]
    for (const path of refused) assert.isNotNull(workspacePathFault(path), path)
  })

  it.effect.prop("that are taken never leave it", {
    parts: Schema.Array(Schema.Literals(["a", "..", ".", "", ".git"]))
  }, ({
    parts
  }) =>
    Effect.sync(() => {
      const isTaken = workspacePathFault(parts.join("/")) === null
      assert.strictEqual(isTaken, parts.length > 0 && parts.every((part) => part === "a"))
    }))
})

describe("a branch that is missing", () => {
  it("is told with one that was meant, else with those that there are", () => {
    assert.include(branchMissing("u", "mian", ["main", "dev"]).message, "u has no branch mian; did you mean main?")
    assert.include(branchMissing("u", "zzzzzz", ["a", "b"]).message, "it has a, b")
    assert.include(branchMissing("u", "zzzzzz", ["a", "b", "c", "d", "e", "f", "g"]).message, "e and 2 more")
  })
})
