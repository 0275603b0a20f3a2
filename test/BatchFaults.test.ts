import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { assertExit, batchOf, type BatchProject, makeBatchProject, textAt } from "./fixtures/BatchProject.ts"
import { processesOf } from "./fixtures/Signalled.ts"
import { until } from "./fixtures/Until.ts"

const repositories = ["service-a", "service-b", "service-c"]
const run = "hard-run"

describe("agents that misbehave", () => {
  let project: BatchProject

  beforeEach(() => {
    project = makeBatchProject(Object.fromEntries(repositories.map((name) => [`myorg/${name}`, ["main"]])))
  })

  afterEach(() => project.remove())

  const begin = (agent: string, runFields = "", flags: ReadonlyArray<string> = []) => {
    project.write("batch.yaml", batchOf("hard", agent, repositories, runFields))
    return project.json(["batch", "run", "-f", "batch.yaml", "--host", project.host, ...flags])
  }

  const outcomes = (data: { tasks: ReadonlyArray<{ outcome: string; reason?: string }> }) =>
    data.tasks.map(({ outcome, reason }) => [outcome, reason ?? null])

  const log = (index: number, attempt = 1) =>
    textAt(join(project.home, "batch/runs", run, `tasks/${index}/attempt-${attempt}/log`)) ?? ""

  const second = (line: string) => `case $TASK_NAME in *-1) ${line};; *) echo well;; esac`

  it("fail alone, and are run again when that is asked", async () => {
    const failed = await begin(second("echo broken; exit 3"), "  retry: 1\n")
    assertExit(failed, 1)
    assert.deepStrictEqual(outcomes(failed.envelope.data), [
      ["NoChanges", null],
      ["Failed", "ExitCode"],
      ["NoChanges", null]
    ])
    assert.deepStrictEqual(failed.envelope.data.tasks.map(({ attempt }: { attempt: number }) => attempt), [1, 2, 1])
    assert.strictEqual(log(1, 2), "broken\n")
    const again = await project.json(["batch", "retry", run])
    assertExit(again, 1)
    assert.deepStrictEqual(again.envelope.data.tasks.map(({ attempt }: { attempt: number }) => attempt), [1, 4, 1])
  })

  it("are stopped when their time is over, also when they heed no SIGTERM", async () => {
    const late = await begin(
      second("trap '' TERM; while :; do sleep 0.05; done"),
      "  taskTimeout: 1s\n"
    )
    assertExit(late, 124)
    assert.deepStrictEqual(outcomes(late.envelope.data)[1]?.[0], "TimedOut")
    assert.deepStrictEqual(outcomes(late.envelope.data)[0], ["NoChanges", null])
    await until("no process of it is left", () => processesOf(project.home).length === 0)
  })

  it("leave nothing that they have started", async () => {
    assertExit(await begin("setsid sleep 300 & nohup sleep 300 & (sleep 300 &) ; echo away"), 0)
    await until("no process of it is left", () => processesOf(project.home).length === 0)
    assert.include(log(0), "away\n")
  })

  it("may print a lot, nothing, and half a letter", async () => {
    const ran = await begin(
      `case $TASK_NAME in
  *-0) head -c 100000000 /dev/zero | tr '\\0' x; echo;;
  *-1) ;;
  *) printf 'h\\303';;
esac`
    )
    assertExit(ran, 0)
    assert.strictEqual(log(0).length, 100_000_001)
    assert.strictEqual(log(1), "")
    const raw = await project.run(["batch", "logs", run, "2"])
    assertExit(raw, 0)
    assert.isTrue(raw.stdout.startsWith("h"))
  }, 60_000)

  it("get no workspace when their repository cannot be had", async () => {
    project.write(
      "batch.yaml",
      batchOf("hard", "echo well", ["service-a", "service-x", "service-c"])
    )
    const ran = await project.json(["batch", "run", "-f", "batch.yaml", "--host", project.host])
    assertExit(ran, 1)
    assert.deepStrictEqual(outcomes(ran.envelope.data), [
      ["NoChanges", null],
      ["Failed", "RepositoryUnavailable"],
      ["NoChanges", null]
    ])
  })

  it("never move a branch that they did not make", async () => {
    const branch = `slipway/${run}-task-0`
    project.inRemote("myorg/service-a", "branch", branch, "main")
    const before = project.inRemote("myorg/service-a", "rev-parse", branch)
    const ran = await begin("cd service-*; echo new > new.txt", "", ["--publish", "branch"])
    assertExit(ran, 1)
    assert.deepStrictEqual(outcomes(ran.envelope.data), [
      ["Failed", "BranchNotOurs"],
      ["Succeeded", null],
      ["Succeeded", null]
    ])
    assert.strictEqual(project.inRemote("myorg/service-a", "rev-parse", branch), before)
  })

  it("stop the rest by --fail-fast and by --max-failures", async () => {
    const line = "case $TASK_NAME in *-0) exit 1;; *) echo well;; esac"
    const fast = await begin(line, "  maxParallel: 1\n", ["--fail-fast"])
    assertExit(fast, 1)
    assert.deepStrictEqual(fast.envelope.data.tasks.map(({ outcome }: { outcome: string }) => outcome), [
      "Failed",
      "Skipped",
      "Skipped"
    ])
    const borne = await begin(line, "  maxParallel: 1\n", ["--max-failures", "1", "--name", "borne"])
    assert.deepStrictEqual(borne.envelope.data.tasks.map(({ outcome }: { outcome: string }) => outcome), [
      "Failed",
      "NoChanges",
      "NoChanges"
    ])
  })

  it("see a task that asks for what is not there refused before anything starts", async () => {
    const refused = await begin("echo", "", ["--runner", "podman"])
    assert.strictEqual(refused.code, 2)
    assert.isNull(textAt(join(project.home, "batch/runs", run, "run.json")))
  })
})
