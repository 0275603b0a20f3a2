import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { assertExit, batchOf, type BatchProject, makeBatchProject, textAt } from "./fixtures/BatchProject.ts"
import { processesOf, startCommand } from "./fixtures/Signalled.ts"
import { until } from "./fixtures/Until.ts"

const repositories = ["service-a", "service-b", "service-c", "service-d"]
const run = "slow-run"

describe("a run that is interrupted", () => {
  let project: BatchProject

  beforeEach(() => {
    project = makeBatchProject(Object.fromEntries(repositories.map((name) => [`myorg/${name}`, ["main"]])))
  })

  afterEach(() => project.remove())

  const begin = async (agent: string, ...flags: ReadonlyArray<string>) => {
    project.write("batch.yaml", batchOf("slow", agent, repositories, "  maxParallel: 2\n"))
    const command = startCommand(project.sample, ["batch", "run", "-f", "batch.yaml", "--host", project.host, ...flags])
    await command.until(
      "two agents work",
      () => [0, 1].every((index) => textAt(log(index))?.includes("working") === true)
    )
    return command
  }

  const log = (index: number) => join(project.home, "batch/runs", run, `tasks/${index}/attempt-1/log`)

  const nothingIsLeft = async () => {
    await until("no process of it is left", () => processesOf(project.home).length === 0)
    assert.deepStrictEqual(project.workspaces(), [])
  }

  it("stops its agents, tells how it stands and goes on later", async () => {
    const gate = join(project.folder, "go")
    const command = await begin(
      `trap 'echo asked to stop; exit 1' TERM; echo working; test -e ${gate} || { sleep 60 & wait; }`
    )
    command.signalGroup("SIGINT")
    const ended = await command.ended
    assert.strictEqual(ended.code, 130, ended.stderr)
    assert.include(ended.stderr + ended.stdout, `slipway batch resume ${run}`)
    assert.include(textAt(log(0)) ?? "", "asked to stop")
    await nothingIsLeft()
    const status = await project.json(["batch", "status", run])
    assert.strictEqual(status.envelope.data.state, "interrupted")

    project.write("../go", "")
    assertExit(await project.run(["batch", "resume", run]), 0)
    const { envelope } = await project.json(["batch", "status", run])
    assert.deepStrictEqual(envelope.data.progress, { total: 4, pending: 0, running: 0, completed: 4, failed: 0 })
    assert.deepStrictEqual(envelope.data.tasks.map(({ attempt }: { attempt: number }) => attempt), [2, 2, 1, 1])
  })

  it("kills at the second signal what does not heed the first", async () => {
    const command = await begin("trap '' TERM INT; echo working; while :; do sleep 0.05; done")
    const since = performance.now()
    command.signalGroup("SIGINT")
    await command.until("it has heard", () => /stopping/u.test(command.stderr()))
    command.signalGroup("SIGINT")
    const ended = await command.ended
    assert.strictEqual(ended.code, 130, ended.stderr)
    assert.isBelow(performance.now() - since, 5000)
    await nothingIsLeft()
  })

  it("is cancelled from elsewhere, for good", async () => {
    const command = await begin("echo working; sleep 60")
    const cancelled = await project.json(["batch", "cancel", run])
    assert.strictEqual(cancelled.code, 0, cancelled.stdout)
    assert.strictEqual((await command.ended).code, 1)
    const { envelope } = await project.json(["batch", "status", run])
    assert.strictEqual(envelope.data.phase, "Failed")
    assert.deepStrictEqual(
      envelope.data.tasks.map(({ outcome }: { outcome: string }) => outcome),
      repositories.map(() => "Cancelled")
    )
    await nothingIsLeft()
    const resumed = await project.json(["batch", "resume", run])
    assert.deepStrictEqual([resumed.code, resumed.envelope.error?.code], [5, "run-conflict"])
  })

  it("is cancelled also when its process was killed, with what that left", async () => {
    const command = await begin("echo working; sleep 60")
    command.signal("SIGKILL")
    await command.ended
    assert.isNotEmpty(processesOf(project.home))
    assert.strictEqual((await project.json(["batch", "cancel", run])).code, 0)
    await nothingIsLeft()
  })
})
