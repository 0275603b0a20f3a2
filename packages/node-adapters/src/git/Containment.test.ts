import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { commitAll, gitVariables, runGit } from "../testing/GitRepository.ts"
import { gitInScratchLayer, given } from "../testing/GitScenario.ts"

/** Of each commit, how far back its parents are. */
const History = Schema.Array(
  Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 6 }))).check(Schema.isMaxLength(3))
)
  .check(Schema.isMinLength(2), Schema.isMaxLength(12))

/** Makes a history in one run of git; the ids in order, oldest first. */
const makeHistory = (main: string, history: typeof History.Type): ReadonlyArray<string> => {
  fs.mkdirSync(main)
  runGit(main, "init", "--quiet", "-b", "main")
  const stream = history.map((parents, index) => {
    const marks = [...new Set(parents.map((back) => index + 1 - back).filter((mark) => mark > 0))]
    const lines = marks.map((mark, place) => `${place === 0 ? "from" : "merge"} :${mark}\n`).join("")
    const reset = marks.length === 0 ? `reset refs/heads/c${index}\n` : ""
    return `${reset}commit refs/heads/c${index}\nmark :${
      index + 1
    }\ncommitter A <a@b> ${index} +0000\ndata 0\n${lines}\n`
  })
  execFileSync("git", ["fast-import", "--quiet"], { cwd: main, env: gitVariables, input: stream.join("") })
  return history.map((_, index) => runGit(main, "rev-parse", `c${index}`).trim())
}

const isAncestor = (main: string, commit: string, head: string): boolean => {
  try {
    runGit(main, "merge-base", "--is-ancestor", commit, head)
    return true
  } catch {
    return false
  }
}

describe("git: commits that a head contains", () => {
  it.effect.prop(
    "are those that git calls its ancestors, whatever the history",
    { history: History },
    ({ history }) =>
      Effect.gen(function*() {
        const { git, root } = yield* given
        const main = `${root}/history`
        const ids = makeHistory(main, history)
        const repository = yield* git.repository(main)
        const head = ids.at(-1) ?? ""
        const found = yield* git.contained(repository, [...ids, "0".repeat(39) + "1"], head)
        assert.sameMembers([...found], ids.filter((id) => isAncestor(main, id, head)))
        assert.deepStrictEqual(yield* git.contained(repository, ids, head), found)
      }).pipe(Effect.provide(gitInScratchLayer)),
    { arbitrary: { runs: 20 }, timeout: 60_000 }
  )

  it.live("are only those that a shallow clone has, and no trees or files", () =>
    Effect.gen(function*() {
      const { git, main, root } = yield* given
      const first = runGit(main, "rev-parse", "HEAD").trim()
      const second = commitAll(main, "Second")
      const third = commitAll(main, "Third")
      runGit(root, "clone", "--quiet", "--depth", "2", `file://${main}`, "shallow")
      const shallow = yield* git.repository(`${root}/shallow`)
      assert.sameMembers([...yield* git.contained(shallow, [first, second, third], "main")], [second, third])
      assert.isNull(yield* git.commit(shallow, first))
      const others = ["HEAD^{tree}", "HEAD:src/file"].map((name) => runGit(main, "rev-parse", name).trim())
      const repository = yield* git.repository(main)
      assert.deepStrictEqual([...yield* git.contained(repository, [...others, first], "HEAD")], [first])
      for (const other of others) assert.isNull(yield* git.commit(repository, other))
    }).pipe(Effect.provide(gitInScratchLayer)))

  it.live("are named through tags, short ids and subjects", () =>
    Effect.gen(function*() {
      const { git, main, repository } = yield* given
      runGit(main, "tag", "-a", "-m", "One", "v1")
      const head = runGit(main, "rev-parse", "HEAD").trim()
      const tag = runGit(main, "rev-parse", "v1").trim()
      for (const name of ["v1", "refs/tags/v1", "HEAD", "@", head.slice(0, 10), tag, "HEAD^{/First}"]) {
        assert.strictEqual(yield* git.commit(repository, name), head, name)
      }
      assert.sameMembers([...yield* git.contained(repository, [head], "v1")], [head])
    }).pipe(Effect.provide(gitInScratchLayer)))

  it.live("are told of many at once", () =>
    Effect.gen(function*() {
      const { git, root } = yield* given
      const main = `${root}/long`
      const ids = makeHistory(main, Array.from({ length: 200 }, () => [1]))
      const repository = yield* git.repository(main)
      assert.strictEqual((yield* git.contained(repository, ids, "c99")).size, 100)
      assert.strictEqual((yield* git.branchHeads(repository)).size, 200)
    }).pipe(Effect.provide(gitInScratchLayer)))
})
