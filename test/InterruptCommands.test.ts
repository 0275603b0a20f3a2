import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, describe, it } from "vitest"
import { clearEngine, commandLineOf, engineRemains, skipsEngine } from "./fixtures/CommandLine.ts"
import { openEngineProxy } from "./fixtures/EngineProxy.ts"
import { makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"
import {
  assertDone,
  commit,
  gated,
  type HeldPage,
  image,
  newestRecord,
  openHeldPage,
  processesOf,
  slotFoldersOf,
  slotsOf,
  startCommand
} from "./fixtures/Signalled.ts"

const statuses = (project: SampleProject): ReadonlyArray<string> =>
  Object.values(slotsOf(project)).map(({ status }) => status)

const lastOf = (project: SampleProject, kind: string) => newestRecord(project, kind).at(-1)

const interrupted = { _tag: "OperationFinished", status: "interrupted" }

describe.skipIf(skipsEngine)("a signal during the other commands, on a real engine", () => {
  let project: SampleProject
  let page: HeldPage | undefined
  afterEach(() => {
    page?.close()
    page = undefined
    clearEngine(project.name)
    project.remove()
  })

  const impl = async (...args: ReadonlyArray<string>): Promise<void> => {
    const made = await commandLineOf(project).json(["impl", "auth/M1", "--yes", ...args])
    assert.strictEqual(made.code, 0, made.stdout + made.stderr)
  }

  /** That nothing of the feature is lost. */
  const assertKept = (): void => {
    assert.deepStrictEqual(processesOf(project.home), [])
    assert.isTrue(existsSync(join(project.worktree("impl-auth-M1"), "README.md")))
    assert.strictEqual(project.git("branch", "--list", "impl/*").trim(), "+ impl/auth-M1")
    assert.strictEqual(Object.keys(slotsOf(project)).length, 1)
    assert.strictEqual(slotFoldersOf(project).length, 1)
  }

  it("done: keeps what is not yet taken down, and a second done finishes", async () => {
    project = await makeSampleProject()
    const teardown = gated(project, "exit 0")
    const path = join(project.root, ".devops-ai/infra.toml")
    writeFileSync(path, `${readFileSync(path, "utf8")}\n[worktree]\nteardown = [["${teardown.path}"]]\n`)
    commit(project)
    await impl()
    const { json } = commandLineOf(project)
    assert.strictEqual((await json(["done", "auth-M1"])).envelope.error?.code, "approval-required")

    const first = startCommand(project, ["done", "auth-M1", "--yes"])
    await first.until("the teardown command runs", teardown.reached)
    first.signalGroup("SIGINT")
    const run = await first.ended
    assert.strictEqual(run.code, 130, run.stderr)
    assert.strictEqual(run.stderr.trim().split("\n").at(-1), "✗ interrupted")
    assertKept()
    assert.deepInclude(lastOf(project, "done"), interrupted)
    assert.strictEqual((await json(["status", "auth-M1"])).envelope.data.state, "running")
    teardown.open()

    // The engine is asked to stop the first container, and does not hear of it.
    const proxy = await openEngineProxy(join(project.folder, "proxy.sock"))
    try {
      let held = false
      proxy.holdAt(/POST \S+\/containers\/\w+\/stop/u, () => {
        held = true
      })
      const second = startCommand(project, ["done", "auth-M1", "--yes", "--json"], proxy.variables)
      await second.until("the first container is stopped", () => held)
      second.signal("SIGTERM")
      const ended = await second.ended
      assert.strictEqual(ended.code, 143, ended.stdout + ended.stderr)
      const envelope = JSON.parse(ended.stdout)
      assert.deepInclude(envelope, { schema: "slipway/done/v1", ok: false })
      assert.deepInclude(envelope.error, { code: "interrupted", message: "ended by SIGTERM" })
      assertKept()
      assert.include(engineRemains(project.name).join("\n"), "container ")
    } finally {
      proxy.cut()
    }
    await assertDone(project)
  })

  it("logs --follow: ends without complaint, whoever gets the signal", async () => {
    project = await makeSampleProject({
      files: { "web/Dockerfile": image("COPY www /www", `CMD ["/bin/httpd", "-f", "-vv", "-p", "8080", "-h", "/www"]`) }
    })
    await impl()
    for (
      const [how, signal, code] of [["signal", "SIGINT", 130], ["signalGroup", "SIGINT", 130], [
        "signal",
        "SIGTERM",
        143
      ]] as const
    ) {
      const running = startCommand(project, ["sandbox", "logs", "web", "--follow", "--name", "auth-M1"])
      await running.until("a line is printed", () => running.stdout().includes("web | "))
      running[how](signal)
      const run = await running.ended
      assert.strictEqual(run.code, code, run.stderr)
      assert.strictEqual(run.stderr, "")
      assert.isTrue(run.stdout.endsWith("\n"))
      assert.deepStrictEqual(processesOf(project.home), [])
    }
    assert.deepStrictEqual(statuses(project), ["running"])
    await assertDone(project)
  })

  it("exec: ends with the signal's code, and leaves the sandbox as it is", async () => {
    project = await makeSampleProject()
    await impl()
    const words = ["sandbox", "exec", "web", "--name", "auth-M1", "--", "sh", "-c", "echo inside; exec sleep 300"]
    for (
      const [how, signal, code] of [["signal", "SIGINT", 130], ["signalGroup", "SIGINT", 130], [
        "signal",
        "SIGTERM",
        143
      ]] as const
    ) {
      const running = startCommand(project, words)
      await running.until("the program runs", () => running.stdout() === "inside\n")
      running[how](signal)
      const run = await running.ended
      assert.strictEqual(run.code, code, run.stderr)
      assert.deepStrictEqual(processesOf(project.home), [])
    }
    assert.deepStrictEqual(statuses(project), ["running"])
    await assertDone(project)
  })

  it("sandbox start: takes back what it made, and never what was there before", async () => {
    const held = await openHeldPage()
    page = held
    project = await makeSampleProject({
      files: {
        "web/Dockerfile": image(
          "COPY www /www",
          `CMD ["/bin/sh", "-c", "wget -q -O /dev/null ${held.url}; exec httpd -f -p 8080 -h /www"]`
        )
      }
    })
    const { json } = commandLineOf(project)
    const worktree = project.worktree("impl-auth-M1")
    const interruptStart = async (signal: "SIGINT" | "SIGTERM", code: number): Promise<void> => {
      held.hold()
      const running = startCommand(project, ["sandbox", "start", "auth-M1", "--json"])
      await running.until(
        "health is awaited",
        () => held.asked() && newestRecord(project, "sandbox-start").some(({ step }) => step === "check-health")
      )
      running.signal(signal)
      const run = await running.ended
      assert.strictEqual(run.code, code, run.stdout + run.stderr)
      assert.strictEqual(JSON.parse(run.stdout).error.code, "interrupted")
      assert.deepInclude(lastOf(project, "sandbox-start"), interrupted)
      assert.deepStrictEqual(processesOf(project.home), [])
      assert.isTrue(existsSync(join(worktree, "README.md")))
      const found = await json(["doctor"])
      assert.deepStrictEqual(found.envelope.data.findings, [])
      held.release()
    }

    await impl("--no-sandbox")
    await interruptStart("SIGINT", 130)
    assert.deepStrictEqual(slotsOf(project), {})
    assert.deepStrictEqual(slotFoldersOf(project), [])
    assert.deepStrictEqual(engineRemains(project.name), [])

    const started = await json(["sandbox", "start", "auth-M1"])
    assert.strictEqual(started.code, 0, started.stdout + started.stderr)
    const volumes = () => engineRemains(project.name).filter((line) => line.startsWith("volume "))
    assert.strictEqual(volumes().length, 1)
    assert.strictEqual((await json(["sandbox", "stop", "auth-M1"])).code, 0)
    const slots = Object.keys(slotsOf(project))
    await interruptStart("SIGTERM", 143)
    assert.deepStrictEqual(Object.keys(slotsOf(project)), slots)
    assert.strictEqual(volumes().length, 1)
    const status = await json(["status", "auth-M1"])
    assert.deepStrictEqual(statuses(project), ["stopped"])
    assert.strictEqual(status.envelope.data.state, "stopped")
    const again = await json(["sandbox", "start", "auth-M1"])
    assert.strictEqual(again.code, 0, again.stdout + again.stderr)
    assert.deepStrictEqual(statuses(project), ["running"])
    await assertDone(project)
  })
})
