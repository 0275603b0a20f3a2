import { assert, describe, it } from "@effect/vitest"
import { inlineFile, repository } from "../../testing/UpdateDependenciesSample.ts"
import type { TaskContext } from "../kinds/TaskContext.ts"
import { layoutFindings, plainPath } from "./TaskLayout.ts"

const findings = (
  commonContext: ReadonlyArray<TaskContext>,
  ...variableContexts: ReadonlyArray<ReadonlyArray<TaskContext>>
) =>
  layoutFindings({
    commonContext,
    variableContexts,
    pathOf: (task, position) => task === null ? `common[${position}]` : `variable[${task}][${position}]`
  })

const faults = (...args: Parameters<typeof findings>) =>
  findings(...args).faults.map(({ message, path }) => `${path}: ${message}`)

const file = (name: string) => inlineFile(name, "x")

describe("layoutFindings", () => {
  it("has nothing against files and repositories beside each other, and files in a repository", () => {
    const common = [file("task.md"), file("docs/a.md"), file("docs/b.md"), file(".gitignore"), file("shop/.github/x")]
    assert.deepStrictEqual(
      findings(common, [repository("shop")], [repository("shop")], [repository("x", { path: "." })]),
      {
        faults: [],
        warnings: []
      }
    )
  })

  it.each([
    [
      [repository("shop")],
      [repository("shop", { org: "other" })],
      "variable[0][0].repository.repo: another repository"
    ],
    [[], [repository("a"), repository("b", { path: "./a/" })], "variable[0][1].repository.path: another repository"],
    [
      [file("shop")],
      [repository("shop")],
      "variable[0][0].repository.repo: a file of the same task stands at \"shop\""
    ],
    [
      [repository("shop")],
      [file("shop")],
      "variable[0][0].file.name: a repository of the same task stands at \"shop\""
    ],
    [[file("a/b/c")], [file("a/b")], "variable[0][0].file.name: \"a/b\" is a folder with other contexts"],
    [[file("a")], [file("a/b/c")], "variable[0][0].file.name: \"a/b/c\" cannot be: \"a\" is a file of the same task"],
    [
      [file("a")],
      [repository("b", { path: "a/b" })],
      "variable[0][0].repository.path: \"a/b\" cannot be: \"a\" is a file"
    ],
    [[repository("b", { path: "a/b" })], [file("a")], "variable[0][0].file.name: \"a\" is a folder"],
    [[file("shop/.git/config")], [], "common[0].file.name: must not lie in a .git folder, found \"shop/.git/config\""],
    [[file(".GIT")], [], "common[0].file.name: must not lie in a .git folder, found \".GIT\""],
    [[repository("x", { path: "y/.git" })], [], "common[0].repository.path: must not lie in a .git folder"]
  ])("common %j and variable %j: %s", (common, variable, message) => {
    const [found, ...others] = faults(common, variable)
    assert.include(found, message)
    assert.deepStrictEqual(others, [])
  })

  it("tells once of what is common", () => assert.strictEqual(faults([file("a"), file("a/b")], [], [], []).length, 1))

  it("keeps tasks apart", () =>
    assert.deepStrictEqual(findings([], [file("a"), repository("b")], [file("a/b"), repository("b")]), {
      faults: [],
      warnings: []
    }))

  it("warns of a name given twice, with the tasks", () => {
    const tasks = Array.from({ length: 8 }, (_, index) => index === 1 ? [] : [file("./task.md")])
    assert.deepStrictEqual(findings([file("task.md")], ...tasks).warnings, [
      "task.md is given twice in tasks 0, 2, 3, 4 and 3 more; the later one is used"
    ])
    assert.deepStrictEqual(findings([file("a"), file("a")], [], []).warnings, [
      "a is given twice in every task; the later one is used"
    ])
    assert.deepStrictEqual(findings([], [], [file("a"), file("a"), file("a")]).warnings, [
      "a is given twice in task 1; the later one is used"
    ])
  })
})

describe("plainPath", () => {
  it.each([["a", "a"], ["./a//b/", "a/b"], [".", "."], ["./", "."]])(
    "%s is %s",
    (path, plain) => assert.strictEqual(plainPath(path), plain)
  )
})
