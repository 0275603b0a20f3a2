import { connect } from "@slipway/node-adapters"
import { spawnSync } from "node:child_process"
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { commandLineOf } from "./fixtures/CommandLine.ts"
import { cleanVariables, makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"

interface Operation {
  readonly operation_id: string
  readonly type: string
  readonly subject: string
  readonly status: string
  readonly duration_ms: number | null
  readonly details: Readonly<Record<string, string>>
  readonly steps: ReadonlyArray<{ readonly name: string; readonly status: string; readonly duration_ms: number | null }>
}

describe("audit, of a repository without containers", () => {
  let project: SampleProject
  let neighbour: SampleProject
  beforeAll(async () => {
    project = await makeSampleProject({ docker: false })
    neighbour = await makeSampleProject({ docker: false })
  })
  afterAll(() => {
    project.remove()
    neighbour.remove()
  })

  const audit = async (...args: ReadonlyArray<string>) => {
    const run = await commandLineOf(project).json(["audit", ...args])
    assert.strictEqual(run.code, 0, run.stdout + run.stderr)
    const operations: ReadonlyArray<Operation> = run.envelope.data.operations
    const warnings: ReadonlyArray<string> = run.envelope.data.warnings
    const more: boolean = run.envelope.data.more
    return { operations, warnings, more, told: operations.map(({ status, subject, type }) => [type, subject, status]) }
  }

  const recordOf = (id: string): string =>
    join(project.home, "journal", `${id.slice(0, 4)}-${id.slice(4, 6)}`, `${id}.jsonl`)

  /** Kills an `impl` after its event number `at`. */
  const killAt = (name: string, at: number): void => {
    const { signal, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, "fixtures/KilledAt.ts"), "impl", name, String(at)],
      {
        cwd: project.root,
        encoding: "utf8",
        env: { ...cleanVariables(), GIT_CONFIG_GLOBAL: "/dev/null", SLIPWAY_HOME: project.home }
      }
    )
    assert.strictEqual(signal, "SIGKILL", stderr)
  }

  it("says that nothing was done, and leaves no trace of asking", async () => {
    const { operations, told } = await audit()
    assert.deepStrictEqual([operations, told], [[], []])
    assert.notInclude(readdirSync(project.folder), "home")
  })

  it("tells what was done, each step with its milliseconds, from anywhere in the project", async () => {
    const { json, run } = commandLineOf(project)
    for (const args of [["impl", "auth/M1"], ["impl", "pay"], ["done", "auth-M1"]]) {
      const made = await json(args)
      assert.strictEqual(made.code, 0, made.stdout + made.stderr)
    }
    const { operations, told } = await audit()
    assert.deepStrictEqual(told, [
      ["impl", "auth/M1", "succeeded"],
      ["impl", "pay", "succeeded"],
      ["done", "auth-M1", "succeeded"]
    ])
    for (const operation of operations) {
      assert.isAbove(operation.duration_ms ?? 0, 0)
      assert.isNotEmpty(operation.steps)
      for (const step of operation.steps) {
        assert.deepStrictEqual([step.status, typeof step.duration_ms], ["completed", "number"], step.name)
      }
      assert.strictEqual(operation.details["repository"], project.root)
    }
    assert.include(operations[0]?.steps.map(({ name }) => name) ?? [], "add-worktree")
    const within = await json(["audit"], { cwd: project.worktree("impl-pay") })
    assert.deepStrictEqual(within.envelope.data.operations, operations)
    assert.deepStrictEqual((await audit("--feature", "auth")).told.map(([type]) => type), ["impl", "done"])

    const id = operations[0]?.operation_id ?? ""
    const shown = await run(["audit", "--operation", id.slice(id.indexOf("-") + 1)])
    assert.strictEqual(shown.code, 0, shown.stderr)
    assert.match(shown.stdout, /^impl auth\/M1 {2}succeeded/u)
    assert.match(shown.stdout, /✓ add-worktree +completed +[\d.]+ m?s/u)
  })

  it("shows the operations of the neighbour only when all are asked for", async () => {
    const made = await commandLineOf(neighbour).json(["impl", "theirs"], { home: project.home })
    assert.strictEqual(made.code, 0, made.stdout + made.stderr)
    assert.notInclude((await audit()).told.flat(), "theirs")
    assert.include((await audit("--all")).told.flat(), "theirs")
    const outside = await commandLineOf(project).json(["audit"], { cwd: project.folder })
    assert.include(outside.stdout, "theirs")
  })

  it("tells of a killed operation what ran and what never did, also with a torn last line", async () => {
    killAt("auth/M2", 4)
    const dead = (await audit("--limit", "1")).operations[0]
    assert.deepStrictEqual([dead?.subject, dead?.status, dead?.duration_ms], ["auth/M2", "dead", null])
    const statuses = dead?.steps.map(({ status }) => status) ?? []
    assert.include(statuses, "completed")
    assert.include(statuses, "interrupted")

    appendFileSync(recordOf(dead?.operation_id ?? ""), "{\"_tag\":\"StepSucc")
    const torn = await audit("--operation", dead?.operation_id ?? "")
    assert.deepStrictEqual(torn.operations[0]?.steps, dead?.steps)
    assert.strictEqual(torn.warnings.length, 1)
    assert.include(torn.warnings[0], dead?.operation_id)

    const fixed = await commandLineOf(project).json(["doctor", "--fix"])
    assert.strictEqual(fixed.code, 0, fixed.stdout + fixed.stderr)
    const closed = (await audit("--operation", dead?.operation_id ?? "")).operations[0]
    assert.deepStrictEqual([closed?.status, closed?.duration_ms], ["interrupted", null])
  })

  it("tells of a damaged record what it can, and warns", async () => {
    const { operations } = await audit("--feature", "pay")
    const id = operations[0]?.operation_id ?? ""
    const [first = "", ...rest] = readFileSync(recordOf(id), "utf8").split("\n")
    writeFileSync(recordOf(id), [first.slice(0, 40), ...rest].join("\n"))
    const { run } = commandLineOf(project)
    const { operations: [damaged], warnings } = await audit("--operation", id)
    assert.deepStrictEqual([damaged?.type, damaged?.subject, damaged?.status], ["unknown", null, "succeeded"])
    assert.include(warnings[0], id)
    const listed = await run(["audit"])
    assert.strictEqual(listed.code, 0)
    assert.include(listed.stderr, `! 1 line of the record of ${id} cannot be read`)
    assert.include(listed.stdout, id)
  })

  it("gives a program without Effect the same", async () => {
    await using slipway = await connect({ cwd: project.root, env: cleanVariables(), home: project.home })
    const trail = await slipway.audit({ limit: 2 })
    const asked = await audit("--limit", "2")
    assert.deepStrictEqual(
      trail.entries.map(({ operation_id, status }) => [operation_id, status]),
      asked.operations.map(({ operation_id, status }) => [operation_id, status])
    )
    assert.deepStrictEqual([trail.more, asked.more], [true, true])
    const refused: unknown = await slipway.audit({ since: "soon" }).catch((error: unknown) => error)
    assert.propertyVal(refused, "code", "time-invalid")
  })

  it("refuses ids and times that mean nothing", async () => {
    const { json } = commandLineOf(project)
    const missing = await json(["audit", "--operation", "nothing"])
    assert.deepStrictEqual([missing.code, missing.envelope.error?.code], [3, "operation-missing"])
    const ambiguous = await json(["audit", "--operation", "20"])
    assert.deepStrictEqual([ambiguous.code, ambiguous.envelope.error?.code], [5, "name-ambiguous"])
    const never = await json(["audit", "--since", "yesterday"])
    assert.deepStrictEqual([never.code, never.envelope.error?.code], [2, "time-invalid"])
  })

  it("bears ten thousand records: it opens little more than it lists", async () => {
    const [template] = (await audit("--limit", "1")).operations
    const text = readFileSync(recordOf(template?.operation_id ?? ""), "utf8")
    const month = join(project.home, "journal", "2099-01")
    mkdirSync(month)
    for (let index = 0; index < 10_000; index++) {
      writeFileSync(join(month, `20990101T0000${String(index).padStart(5, "0")}Z-later${index}.jsonl`), text)
    }
    const opened = join(project.folder, "opened.txt")
    const variables = {
      NODE_OPTIONS: `--import=${join(import.meta.dirname, "fixtures/OpenedFiles.ts")}`,
      OPENED: opened
    }
    const reading = async (...args: ReadonlyArray<string>) => {
      writeFileSync(opened, "")
      const { code, envelope, stdout } = await commandLineOf(project).json(["audit", ...args], { variables })
      assert.strictEqual(code, 0, stdout)
      const ids = envelope.data.operations.map(({ operation_id }: Operation) => operation_id)
      const records = readFileSync(opened, "utf8").split("\n").filter((path) => path.endsWith(".jsonl"))
      return { ids, records: records.length }
    }
    const listed = await reading()
    assert.lengthOf(listed.ids, 20)
    assert.match(listed.ids.at(-1), /-later9999$/u)
    assert.isAtLeast(listed.records, 20)
    assert.isAtMost(listed.records, 40)
    assert.deepStrictEqual(await reading("--operation", "later1234"), {
      ids: ["20990101T000001234Z-later1234"],
      records: 1
    })
    const since = await reading("--since", "2099-01-01T00:00:09.900Z")
    assert.deepStrictEqual([since.ids.length, since.records], [100, 100])
  })
})
