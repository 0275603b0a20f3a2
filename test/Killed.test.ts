import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { clearEngine, commandLineOf, engineRemains, skipsEngine } from "./fixtures/CommandLine.ts"
import { cleanVariables, makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"

/** Runs an operation that is killed at its event number `at`; false when it ended before. */
const killAt = (project: SampleProject, command: "impl" | "done", name: string, at: number): boolean => {
  const { signal, status, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "fixtures/KilledAt.ts"), command, name, String(at)],
    {
      cwd: project.root,
      encoding: "utf8",
      env: { ...cleanVariables(), GIT_CONFIG_GLOBAL: "/dev/null", SLIPWAY_HOME: project.home }
    }
  )
  assert.isTrue(signal === "SIGKILL" || status === 0, stderr)
  return signal === "SIGKILL"
}

/** The last event of the newest operation in the journal. */
const lastEvent = (project: SampleProject): string => {
  const [month = ""] = readdirSync(join(project.home, "journal")).toSorted().toReversed()
  const [newest = ""] = readdirSync(join(project.home, "journal", month)).toSorted().toReversed()
  const lines = readFileSync(join(project.home, "journal", month, newest), "utf8").trim().split("\n")
  return JSON.parse(lines.at(-1) ?? "{}")._tag
}

const slotsOf = (project: SampleProject): Readonly<Record<string, unknown>> =>
  existsSync(join(project.home, "registry.json"))
    ? JSON.parse(readFileSync(join(project.home, "registry.json"), "utf8")).slots
    : {}

describe.skipIf(skipsEngine)("killed at every step boundary, on a real engine", () => {
  let project: SampleProject
  beforeAll(async () => {
    project = await makeSampleProject()
  })
  afterAll(() => {
    clearEngine(project.name)
    project.remove()
  })

  it("impl: doctor names what is left and clears it, and impl then succeeds", { timeout: 900_000 }, async () => {
    const { json } = commandLineOf(project)
    let boundary = 1
    for (; killAt(project, "impl", "auth/M1", boundary); boundary++) {
      const found = await json(["doctor"])
      // Killed after its last event, it had done everything.
      if (lastEvent(project) === "OperationFinished") break
      assert.isAbove(found.envelope.data.findings.length, 0, `nothing found after event ${boundary}`)
      const fixed = await json(["doctor", "--fix"])
      assert.strictEqual(fixed.code, 0, fixed.stdout + fixed.stderr)
      assert.deepStrictEqual(fixed.envelope.data.failures, [])
      const again = await json(["doctor"])
      assert.deepStrictEqual(again.envelope.data.findings, [], `after event ${boundary}`)
      assert.deepStrictEqual(engineRemains(project.name), [], `after event ${boundary}`)
      assert.deepStrictEqual(slotsOf(project), {})
      assert.isFalse(existsSync(project.worktree("impl-auth-M1")))
    }
    assert.isAbove(boundary, 10)
    const done = await json(["done", "auth-M1"])
    assert.strictEqual(done.code, 0, done.stdout + done.stderr)
  })

  it("done: doctor and a second done finish it, and no work is lost", { timeout: 900_000 }, async () => {
    const { json } = commandLineOf(project)
    let boundary = 1
    for (let killed = true; killed; boundary++) {
      const made = await json(["impl", "auth/M2"])
      assert.strictEqual(made.code, 0, made.stdout + made.stderr)
      killed = killAt(project, "done", "auth-M2", boundary)
      if (!killed) break
      const fixed = await json(["doctor", "--fix"])
      assert.strictEqual(fixed.code, 0, fixed.stdout + fixed.stderr)
      assert.deepStrictEqual(fixed.envelope.data.failures, [])
      if (existsSync(project.worktree("impl-auth-M2"))) {
        const done = await json(["done", "auth-M2"])
        assert.strictEqual(done.code, 0, done.stdout + done.stderr)
      }
      assert.deepStrictEqual(engineRemains(project.name), [], `after event ${boundary}`)
      assert.deepStrictEqual(slotsOf(project), {})
      assert.deepStrictEqual(readdirSync(join(project.home, "slots")), [])
      assert.strictEqual(project.git("branch", "--list", "impl/*").trim(), "")
    }
    assert.isAbove(boundary, 8)
  })

  it("never takes a worktree in which somebody has worked", async () => {
    const { json } = commandLineOf(project)
    assert.isTrue(killAt(project, "impl", "auth/M3", 9))
    const worktree = project.worktree("impl-auth-M3")
    assert.isTrue(existsSync(worktree))
    writeFileSync(join(worktree, "notes.txt"), "work\n")
    const fixed = await json(["doctor", "--fix"])
    assert.strictEqual(fixed.code, 0, fixed.stdout + fixed.stderr)
    assert.strictEqual(readFileSync(join(worktree, "notes.txt"), "utf8"), "work\n")
    const started = await json(["sandbox", "start", "auth-M3"])
    assert.strictEqual(started.code, 0, started.stdout + started.stderr)
    const done = await json(["done", "auth-M3", "--force"])
    assert.strictEqual(done.code, 0, done.stdout + done.stderr)
    assert.deepStrictEqual(engineRemains(project.name), [])
  })
})
