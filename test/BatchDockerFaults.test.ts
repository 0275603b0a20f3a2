import { readdirSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { afterAll, afterEach, assert, beforeAll, beforeEach, describe, it } from "vitest"
import { type AgentImage, buildAgentImage, containersOf } from "./fixtures/AgentImage.ts"
import { assertExit, batchOf, type BatchProject, makeBatchProject, textAt } from "./fixtures/BatchProject.ts"
import { docker, skipsEngine } from "./fixtures/CommandLine.ts"
import { type EngineProxy, openEngineProxy } from "./fixtures/EngineProxy.ts"
import { type RunningCommand, startCommand } from "./fixtures/Signalled.ts"

const repositories = ["service-a", "service-b"]

const waiting = "echo working; until [ -e go ]; do sleep 0.05; done; cd service-*; echo done > done.txt"

describe.skipIf(skipsEngine)("agents in containers", () => {
  let image: AgentImage
  let project: BatchProject
  let run: string
  let count = 0

  beforeAll(() => {
    image = buildAgentImage()
  })

  afterAll(() => image.remove())

  beforeEach(() => {
    project = makeBatchProject(Object.fromEntries(repositories.map((name) => [`myorg/${name}`, ["main"]])))
    run = `held-${process.pid}-${++count}-run`
  })

  afterEach(() => {
    for (const line of containersOf(run)) docker("rm", "--force", line.split(" ")[0] ?? "")
    project.remove()
  })

  const commandLine = (agent: string, name = image.name) => {
    const text = batchOf(run.replace(/-run$/u, ""), agent, repositories)
    project.write("batch.yaml", text.replace("spec:\n  command", `spec:\n  agentImage: ${name}\n  command`))
    return ["batch", "run", "-f", "batch.yaml", "--runner", "docker", "--publish", "branch", "--host", project.host]
  }

  const log = (index: number, attempt = 1) =>
    textAt(join(project.home, "batch/runs", run, `tasks/${index}/attempt-${attempt}/log`)) ?? ""

  /** Starts a run, and waits until both agents work. */
  const begin = async (agent: string, variables: Readonly<Record<string, string>> = {}) => {
    const command = startCommand(project.sample, commandLine(agent), variables)
    await command.until("two agents work", () => [0, 1].every((index) => log(index).includes("working")))
    return command
  }

  /** Lets the agent of an attempt go on that waits for a file `go`. */
  const release = (index: number, attempt: number): void => {
    const folder = join(project.home, "batch/workspaces")
    const [uid = ""] = readdirSync(folder)
    writeFileSync(join(folder, uid, `${index}-${attempt}/workspace/go`), "")
  }

  const attemptsLeft = () => containersOf(run).map((line) => line.replace(/^slipway-\w{8}-/u, "")).toSorted()

  const nothingIsLeft = () => {
    assert.deepStrictEqual(containersOf(run), [])
    assert.deepStrictEqual(project.workspaces(), [])
  }

  const outcomes = (data: { tasks: ReadonlyArray<{ outcome: string; reason?: string; attempt: number }> }) =>
    data.tasks.map(({ attempt, outcome, reason }) => [outcome, reason ?? null, attempt])

  it("are stopped by Ctrl-C, and nothing is left of them", async () => {
    const command = await begin("trap 'echo asked to stop; exit 1' TERM; echo working; while :; do sleep 0.05; done")
    assert.lengthOf(containersOf(run), 2)
    command.signalGroup("SIGINT")
    const ended = await command.ended
    assert.strictEqual(ended.code, 130, ended.stderr)
    assert.include(log(0), "asked to stop")
    nothingIsLeft()
  })

  it("that a killed Slipway left are removed by resume, and their tasks run again", async () => {
    const command = await begin(waiting)
    const before = containersOf(run)
    command.signal("SIGKILL")
    await command.ended
    assert.deepStrictEqual(containersOf(run), before)

    const resumed = startCommand(project.sample, ["batch", "resume", run])
    await resumed.until("both work again", () => [0, 1].every((index) => log(index, 2).includes("working")))
    assert.deepStrictEqual(attemptsLeft(), ["0-2 running", "1-2 running"])
    for (const index of [0, 1]) release(index, 2)
    assertExit(await resumed.ended, 0)
    nothingIsLeft()
    for (const [index, name] of repositories.entries()) {
      assert.strictEqual(
        project.inRemote(`myorg/${name}`, "rev-list", "--count", `main..slipway/${run}-task-${index}`),
        "1"
      )
    }
  })

  it("that are killed from outside have failed", async () => {
    const command = await begin(
      "echo working; case $TASK_NAME in *-0) sleep 60;; *) until [ -e go ]; do sleep 0.05; done;; esac"
    )
    const first = containersOf(run).find((line) => line.includes("-0-1 ")) ?? ""
    docker("kill", first.split(" ")[0] ?? "")
    release(1, 1)
    const ended = await command.ended
    assert.strictEqual(ended.code, 1, ended.stderr)
    const { envelope } = await project.json(["batch", "status", run])
    assert.deepStrictEqual(outcomes(envelope.data), [["Failed", "ExitCode", 1], ["NoChanges", null, 1]])
    assert.strictEqual(envelope.data.tasks[0].result.exitCode, 137)
    nothingIsLeft()
  })

  describe("when the engine goes away", () => {
    let proxy: EngineProxy

    beforeEach(async () => {
      proxy = await openEngineProxy(join(project.folder, "engine.sock"))
    })

    afterEach(() => proxy.cut())

    const bothAgain = async (command: RunningCommand) => {
      await command.until("both work again", () => [0, 1].every((index) => log(index, 2).includes("working")))
      assert.deepStrictEqual(attemptsLeft(), ["0-2 running", "1-2 running"])
      for (const index of [0, 1]) release(index, 2)
      const ended = await command.ended
      nothingIsLeft()
      return ended
    }

    it("at their work and comes again, are run again, and nothing is left of either try", async () => {
      const command = await begin(waiting, proxy.variables)
      proxy.cut()
      await proxy.open()
      assert.strictEqual((await bothAgain(command)).code, 0)
    })

    it.each(["create", "wait", "attach", "start"])(
      "at a request to %s and comes again, do their work to its end",
      async (path) => {
        proxy.cutAt(new RegExp(`POST \\S+/${path}`, "u"))
        const command = startCommand(
          project.sample,
          commandLine("echo working; cd service-*; echo done > done.txt; echo finished"),
          proxy.variables
        )
        await command.until("the engine is gone", proxy.isCut)
        await proxy.open()
        assertExit(await command.ended, 0)
        const { envelope } = await project.json(["batch", "status", run])
        for (const { attempt, index, outcome } of envelope.data.tasks) {
          assert.deepStrictEqual([outcome, log(index, attempt)], ["Succeeded", "working\nfinished\n"])
        }
        nothingIsLeft()
      }
    )

    it("for good, have failed, and nothing is left once they are run again", async () => {
      const command = await begin(waiting, proxy.variables)
      proxy.cut()
      const ended = await command.ended
      assert.strictEqual(ended.code, 1, ended.stderr)
      const { envelope } = await project.json(["batch", "status", run])
      assert.deepStrictEqual(outcomes(envelope.data), [
        ["Failed", "EngineUnavailable", 3],
        ["Failed", "EngineUnavailable", 3]
      ])
      assert.include(envelope.data.tasks[0].result.message, "the container engine is not there")
      assert.include(ended.stderr, "is left over")
      assert.deepStrictEqual(attemptsLeft(), ["0-1 running", "1-1 running"])

      await proxy.open()
      const again = startCommand(project.sample, ["batch", "retry", run], proxy.variables)
      await again.until("both work again", () => [0, 1].every((index) => log(index, 4).includes("working")))
      assert.deepStrictEqual(attemptsLeft(), ["0-4 running", "1-4 running"])
      for (const index of [0, 1]) release(index, 4)
      assertExit(await again.ended, 0)
      nothingIsLeft()
    })
  })

  it("whose image cannot be had are not started, and it is told why", async () => {
    const registry = createServer((request, response) => {
      const isManifest = (request.url ?? "").includes("/manifests/")
      response.writeHead(isManifest ? 404 : 200, { "content-type": "application/json" })
      response.end(JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown" }] }))
    })
    await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve))
    const address = registry.address()
    const name = `127.0.0.1:${address === null || typeof address === "string" ? 0 : address.port}/team/agent:7`
    const ran = await project.json(commandLine("echo", name))
    registry.close()
    assertExit(ran, 1)
    assert.deepStrictEqual(outcomes(ran.envelope.data), [
      ["Failed", "ImageUnavailable", 1],
      ["Failed", "ImageUnavailable", 1]
    ])
    const { message } = ran.envelope.data.tasks[0].result
    for (const part of [name, "cannot be pulled", "manifest unknown"]) assert.include(message, part)
    nothingIsLeft()
  })
})
