import { assert, describe, it } from "@effect/vitest"
import { ignoredAs } from "./MemoryIgnoreRules.ts"

describe("ignoredAs", () => {
  it.each([
    ["node_modules/a/b.js", ["node_modules/"], "node_modules/"],
    ["packages/a/node_modules/b.js", ["node_modules/"], "packages/a/node_modules/"],
    [".env.local", [".env*"], ".env.local"],
    ["deep/.env", [".env*"], "deep/.env"],
    ["deep/.env", ["/.env"], null],
    ["a/b/c.log", ["a/**/*.log"], "a/b/c.log"],
    ["build", ["build/"], null],
    ["a[1].txt", ["/a\\[1\\].txt"], "a[1].txt"],
    ["#file", ["#file", ""], null],
    ["axb", ["a.b"], null]
  ])("%j by %j: %j", (path, lines, expected) => {
    assert.strictEqual(ignoredAs(path, lines), expected)
  })
})
