import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type FeatureRuns, featuresOf, makeLifecycleProject } from "./fixtures/FeatureRuns.ts"
import type { SampleProject } from "./fixtures/SampleProject.ts"

const numbers = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, index) => index)

describe("many processes at once", () => {
  let project: SampleProject
  let features: FeatureRuns
  beforeAll(async () => {
    project = await makeLifecycleProject()
    features = featuresOf(project)
    for (const name of ["auth", "alpha", "beta"]) await features.ok(["create", name])
  })
  afterAll(() => project.remove())

  /** Runs commands at once; gives how many succeeded, and the codes of the others. */
  const race = async (commands: ReadonlyArray<ReadonlyArray<string>>) => {
    const runs = await Promise.all(commands.map((args) => features.feature(args)))
    for (const { stderr } of runs) assert.strictEqual(stderr, "")
    return {
      won: runs.flatMap(({ code, envelope }) => code === 0 ? [envelope.data] : []),
      lost: runs.flatMap(({ envelope }) => envelope.error === undefined ? [] : [envelope.error.code])
    }
  }

  it("forty add comments and tasks while others read: nothing is lost, every id is given once", async () => {
    const watch = { isOn: true, reads: 0 }
    const reader = (async () => {
      while (watch.isOn) {
        const [next, listed] = await Promise.all([features.ok(["next", "auth"]), features.ok(["list"])])
        assert.deepStrictEqual([next.feature, listed.unreadable], ["auth", []])
        watch.reads += 1
      }
    })()
    const { lost, won } = await race(
      numbers(40).map((index) =>
        index % 2 === 0 ? ["comment", "auth", `comment ${index}`] : ["task", "add", "auth", `task ${index}`]
      )
    )
    watch.isOn = false
    await reader
    assert.isAbove(watch.reads, 0)
    assert.deepStrictEqual([won.length, lost], [40, []])
    const lines = await features.sound("auth")
    assert.strictEqual(lines.length, 41)
    const said = lines.slice(1).map(({ event }) => event["text"] ?? event["title"])
    assert.deepStrictEqual(
      said.toSorted(),
      numbers(40).map((index) => index % 2 === 0 ? `comment ${index}` : `task ${index}`).toSorted()
    )
    const ids = lines.slice(1).map(({ event }) => event["comment"] ?? event["task"])
    const expected = numbers(20).map((index) => String(index + 1).padStart(3, "0"))
    assert.deepStrictEqual(
      ids.toSorted(),
      [...expected.map((id) => `comment-${id}`), ...expected.map((id) => `task-${id}`)]
    )
    // Each was told the place that its own event has.
    for (const { entry } of won) {
      assert.deepStrictEqual(lines[entry.seq - 1]?.event, entry.event)
    }
    assert.deepStrictEqual(readdirSync(features.projects).filter((name) => name.startsWith(".lock")), [])
  })

  it("of twenty that approve the same spec one does, and the others are told", async () => {
    features.write("auth", "spec.md", "# Auth\n")
    await features.ok(["submit", "auth", "spec"])
    const before = features.lines("auth").length
    const { lost, won } = await race(numbers(20).map((index) => ["approve", "auth", "spec", "--as", `human:h${index}`]))
    assert.strictEqual(won.length, 1)
    assert.deepStrictEqual([...new Set(lost)], ["feature-conflict"])
    assert.strictEqual((await features.sound("auth")).length, before + 1)
  })

  it("of ten that saw the same revision one changes it", async () => {
    const before = features.lines("auth").length
    const { lost, won } = await race(
      numbers(10).map((index) => ["comment", "auth", `seen ${index}`, "--expect-revision", String(before)])
    )
    assert.strictEqual(won.length, 1)
    assert.deepStrictEqual([lost.length, ...new Set(lost)], [9, "revision-conflict"])
    assert.strictEqual((await features.sound("auth")).length, before + 1)
  })

  it("twenty with the same idempotency key make one event, and have the same answer", async () => {
    const before = features.lines("auth").length
    const { lost, won } = await race(numbers(20).map(() => ["comment", "auth", "once", "--idempotency-key", "k"]))
    assert.deepStrictEqual(lost, [])
    assert.strictEqual(won.filter(({ replayed }) => replayed === false).length, 1)
    assert.deepStrictEqual(won.map(({ entry }) => entry), won.map(() => won[0]?.entry))
    assert.strictEqual((await features.sound("auth")).length, before + 1)
  })

  it("of ten that begin the same feature one does, and its folder is whole", async () => {
    const { lost, won } = await race(numbers(10).map(() => ["create", "new", "--format", "codev"]))
    assert.strictEqual(won.length, 1)
    assert.deepStrictEqual([...new Set(lost)], ["feature-exists"])
    assert.strictEqual((await features.sound("new")).length, 1)
    assert.isTrue(existsSync(join(features.projects, "new/metadata.json")))
  })

  it("two that would wait for each other never both do", async () => {
    for (const round of numbers(4)) {
      const { lost, won } = await race([["depend", "alpha", "beta"], ["depend", "beta", "alpha"]])
      assert.deepStrictEqual([won.length, lost], [1, ["dependency-cycle"]], `round ${round}`)
      const [first, second] = won[0]?.feature === "alpha" ? ["alpha", "beta"] : ["beta", "alpha"]
      await features.ok(["depend", first, second, "--remove"])
    }
  })

  it("of four that merge the same feature one does, and git has one merge", async () => {
    await features.implement("merged")
    await features.approve("merged")
    const head = project.git("rev-parse", "impl/merged").trim()
    const { lost, won } = await race(numbers(4).map(() => ["merge", "merged"]))
    assert.strictEqual(won.length, 1)
    assert.deepStrictEqual([...new Set(lost)], ["feature-conflict"])
    const merges = (await features.sound("merged")).filter(({ event }) => event._tag === "BranchMerged")
    assert.strictEqual(merges.length, 1)
    assert.strictEqual(project.git("rev-parse", "main").trim(), merges[0]?.event["commit"])
    assert.strictEqual(project.git("merge-base", "main", "impl/merged").trim(), head)
    assert.strictEqual(project.git("status", "--porcelain", "--untracked-files=no").trim(), "M .gitignore")
    assert.isFalse(existsSync(join(project.root, ".git/MERGE_HEAD")))
  })

  it("agents in several worktrees see and change the same feature", async () => {
    await features.begin("shared")
    const first = features.branch("shared")
    const second = join(project.folder, "second")
    project.git("worktree", "add", "--quiet", "--detach", second)
    const places = [first, second, project.root, join(project.root, "docs")]
    const before = features.lines("shared").length
    const changes = await Promise.all(
      places.map((cwd, index) =>
        features.ok(["comment", "shared", `from ${index}`], { cwd, variables: { SLIPWAY_ACTOR: `agent:a${index}` } })
      )
    )
    assert.strictEqual(new Set(changes.map(({ revision }) => revision)).size, 4)
    const seen = await Promise.all(places.map((cwd) => features.ok(["next", "shared"], { cwd })))
    for (const next of seen) assert.deepStrictEqual(next, seen[0])
    assert.strictEqual(seen[0]?.revision, before + 4)
    await features.sound("shared")
    for (const worktree of [first, second]) assert.isFalse(existsSync(join(worktree, ".ai")))
  })
})
