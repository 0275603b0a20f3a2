import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { commandLineOf } from "./fixtures/CommandLine.ts"
import { type FakeEngine, startFakeEngine } from "./fixtures/FakeEngine.ts"
import { makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"

const many = 50

interface RegistryFile {
  readonly version: number
  readonly slots: Readonly<Record<string, { readonly worktree_path: string; readonly ports: Record<string, number> }>>
}

describe("fifty processes at once", () => {
  let project: SampleProject
  let engine: FakeEngine
  beforeAll(async () => {
    project = await makeSampleProject({ health: false })
    engine = await startFakeEngine(project.folder)
  })
  afterAll(async () => {
    await engine.close()
    project.remove()
  })

  const readRegistry = (): RegistryFile => JSON.parse(readFileSync(join(project.home, "registry.json"), "utf8"))

  it("get fifty slots, ports and worktrees, and the registry is valid all the time", { timeout: 300_000 }, async () => {
    const { json } = commandLineOf(project)
    const watch = { isOn: true }
    let reads = 0
    const reader = (async () => {
      while (watch.isOn) {
        try {
          assert.strictEqual(readRegistry().version, 1)
          reads++
        } catch (error) {
          // Before the first claim there is no file; a torn one would not be JSON.
          assert.strictEqual((error as NodeJS.ErrnoException).code, "ENOENT")
        }
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    const names = Array.from({ length: many }, (_, index) => `f${index}`)
    const runs = await Promise.all(names.map((name) => json(["impl", name], { variables: engine.variables })))
    watch.isOn = false
    await reader
    assert.isAbove(reads, 0)
    for (const run of runs) assert.strictEqual(run.code, 0, run.stdout + run.stderr)

    const slots = Object.values(readRegistry().slots)
    assert.strictEqual(slots.length, many)
    assert.strictEqual(new Set(slots.map((slot) => slot.worktree_path)).size, many)
    assert.strictEqual(new Set(slots.flatMap((slot) => Object.values(slot.ports))).size, many * 2)
    assert.strictEqual(project.git("worktree", "list").trim().split("\n").length, many + 1)

    const removed = await Promise.all(names.map((name) => json(["done", name], { variables: engine.variables })))
    for (const run of removed) assert.strictEqual(run.code, 0, run.stdout + run.stderr)
    assert.deepStrictEqual(readRegistry().slots, {})
    assert.strictEqual(project.git("worktree", "list").trim().split("\n").length, 1)
    assert.strictEqual(project.git("branch", "--list", "impl/*").trim(), "")
  })
})
