import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, describe, it } from "vitest"
import { clearEngine, commandLineOf, engineRemains, type Run, skipsEngine } from "./fixtures/CommandLine.ts"
import { openEngineProxy } from "./fixtures/EngineProxy.ts"
import { git, makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"
import {
  assertDone,
  assertUndone,
  commit,
  gated,
  type HeldPage,
  image,
  newestRecord,
  openHeldPage,
  processesOf,
  type RunningCommand,
  slotsOf,
  startCommand,
  undone
} from "./fixtures/Signalled.ts"
import { until } from "./fixtures/Until.ts"

describe.skipIf(skipsEngine)("a signal during impl, on a real engine", () => {
  let project: SampleProject
  let page: HeldPage | undefined
  afterEach(() => {
    page?.close()
    page = undefined
    clearEngine(project.name)
    project.remove()
  })

  const configure = (text: string): void => {
    const path = join(project.root, ".devops-ai/infra.toml")
    writeFileSync(path, `${readFileSync(path, "utf8")}${text}`)
    commit(project)
  }

  /** How a run that a signal ended tells of it. */
  const assertInterrupted = (run: Run, code: 130 | 143, json: boolean): void => {
    assert.deepInclude(run, { code, signal: null }, run.stdout + run.stderr)
    const message = code === 130 ? "interrupted" : "ended by SIGTERM"
    if (json) {
      const envelope = JSON.parse(run.stdout)
      assert.deepInclude(envelope, { schema: "slipway/impl/v1", ok: false })
      assert.deepInclude(envelope.error, { code: "interrupted", message })
    } else {
      assert.strictEqual(run.stdout, "")
      assert.strictEqual(run.stderr.trim().split("\n").at(-1), `✗ ${message}`)
    }
  }

  const assertRecord = (steps: ReadonlyArray<string>): void => {
    const record = newestRecord(project, "impl")
    assert.deepInclude(record.at(-1), { _tag: "OperationFinished", status: "interrupted" })
    assert.deepStrictEqual(undone(project), steps)
    assert.deepStrictEqual(record.filter(({ _tag }) => _tag === "StepUndoFailed"), [])
  }

  const statuses = (): ReadonlyArray<string> => Object.values(slotsOf(project)).map(({ status }) => status)

  const begin = (...args: ReadonlyArray<string>): RunningCommand => startCommand(project, ["impl", "auth/M1", ...args])

  const assertRunsAgain = async (): Promise<void> => {
    const { json } = commandLineOf(project)
    const again = await json(["impl", "auth/M1", "--yes"])
    assert.strictEqual(again.code, 0, again.stdout + again.stderr)
    assert.strictEqual(again.envelope.data.sandbox.health.verdict, "ready")
    await assertDone(project)
  }

  it("while it fetches: SIGINT to the process alone", async () => {
    project = await makeSampleProject()
    const remote = gated(project, "exec git-upload-pack \"$@\"")
    project.git("config", "remote.origin.uploadpack", remote.path)
    const running = begin()
    await running.until(
      "the remote is asked and a slot is claimed",
      () => remote.reached() && Object.keys(slotsOf(project)).length === 1
    )
    assert.isFalse(existsSync(project.worktree("impl-auth-M1")))
    running.signal("SIGINT")
    assertInterrupted(await running.ended, 130, false)
    await assertUndone(project)
    assertRecord(["claim-slot"])
    remote.open()
    await assertRunsAgain()
  })

  it("when the worktree is just there: SIGTERM to the whole group, with --json", async () => {
    project = await makeSampleProject()
    const hook = gated(project, "exit 0")
    writeFileSync(join(project.root, ".git/hooks/post-checkout"), `#!/bin/sh\nexec ${hook.path}\n`, { mode: 0o755 })
    const running = begin("--json")
    await running.until("git has checked the worktree out", hook.reached)
    assert.isTrue(existsSync(join(project.worktree("impl-auth-M1"), "README.md")))
    running.signalGroup("SIGTERM")
    assertInterrupted(await running.ended, 143, true)
    await assertUndone(project)
    assertRecord(["add-worktree", "claim-slot"])
    hook.open()
    await assertRunsAgain()
  })

  it("during a setup command that has children of its own: SIGINT to the whole group", async () => {
    project = await makeSampleProject()
    const setup = gated(project, "exit 0")
    configure(`\n[worktree]\nsetup = [["${setup.path}"]]\n`)
    const running = begin("--yes")
    await running.until("the setup command runs", setup.reached)
    assert.isAbove(processesOf(project.home).length, 2)
    running.signalGroup("SIGINT")
    assertInterrupted(await running.ended, 130, false)
    await assertUndone(project)
    assertRecord(["add-worktree", "claim-slot"])
    setup.open()
    await assertRunsAgain()
  })

  it("while an image builds: SIGINT to the whole group, with --json", async () => {
    page = await openHeldPage()
    project = await makeSampleProject({
      files: {
        "web/Dockerfile": image(
          "COPY www /www",
          `RUN ["/bin/wget", "-q", "-O", "/built", "${page.url}"]`,
          `CMD ["/bin/httpd", "-f", "-p", "8080", "-h", "/www"]`
        )
      }
    })
    const running = begin("--json")
    await running.until("the image builds", page.asked)
    assert.deepStrictEqual(statuses(), ["starting"])
    running.signalGroup("SIGINT")
    assertInterrupted(await running.ended, 130, true)
    await until("the engine has stopped the build", page.left)
    await assertUndone(project)
    assertRecord(["start-containers", "add-worktree", "claim-slot"])
    page.release()
    await assertRunsAgain()
  })

  it("while containers start: SIGTERM to the process alone", async () => {
    project = await makeSampleProject()
    const proxy = await openEngineProxy(join(project.folder, "proxy.sock"))
    try {
      let held = false
      proxy.holdAt(/POST \S+\/containers\/\w+\/start/u, () => {
        held = true
      })
      const running = startCommand(project, ["impl", "auth/M1"], proxy.variables)
      await running.until("the first container starts", () => held)
      assert.include(engineRemains(project.name).join("\n"), "container ")
      running.signal("SIGTERM")
      assertInterrupted(await running.ended, 143, false)
      await assertUndone(project)
      assertRecord(["start-containers", "add-worktree", "claim-slot"])
      await assertRunsAgain()
    } finally {
      proxy.cut()
    }
  })

  it("while health is awaited: SIGINT to the process alone, with --json", async () => {
    page = await openHeldPage()
    project = await makeSampleProject({
      files: {
        "web/Dockerfile": image(
          "COPY www /www",
          `CMD ["/bin/sh", "-c", "wget -q -O /dev/null ${page.url}; exec httpd -f -p 8080 -h /www"]`
        )
      }
    })
    const running = begin("--json")
    await running.until(
      "health is awaited",
      () => page?.asked() === true && newestRecord(project, "impl").some(({ step }) => step === "check-health")
    )
    assert.deepStrictEqual(statuses(), ["starting"])
    running.signal("SIGINT")
    assertInterrupted(await running.ended, 130, true)
    await assertUndone(project)
    assertRecord(["start-containers", "add-worktree", "claim-slot"])
    page.release()
    await assertRunsAgain()
  })

  /** A project whose web service begins to serve when the page answers. */
  const makeWaitingProject = async (options: { readonly command?: string } = {}): Promise<HeldPage> => {
    const held = await openHeldPage()
    page = held
    const before = options.command ?? ""
    project = await makeSampleProject({
      files: {
        ".gitignore": ".env.local\ncache/\n",
        "src/main.txt": "code\n",
        "web/Dockerfile": image(
          "COPY www /www",
          `CMD ["/bin/sh", "-c", "${before}wget -q -O /dev/null ${held.url}; exec httpd -f -p 8080 -h /www"]`
        )
      }
    })
    return held
  }

  const healthIsAwaited = (): boolean =>
    page?.asked() === true && newestRecord(project, "impl").some(({ step }) => step === "check-health")

  it("while a container writes into the worktree: it goes before the worktree", async () => {
    await makeWaitingProject({
      command: "mkdir -p /app/cache; (i=0; while :; do i=$((i+1)); echo $i > /app/cache/$i; done) & "
    })
    configure("\n[sandbox.mounts]\ncode = [\".:/app\"]\ncode_targets = [\"web\"]\n")
    const running = begin()
    await running.until(
      "health is awaited and the container writes",
      () => healthIsAwaited() && existsSync(join(project.worktree("impl-auth-M1"), "cache/1"))
    )
    assert.deepStrictEqual(statuses(), ["starting"])
    running.signalGroup("SIGINT")
    assertInterrupted(await running.ended, 130, false)
    await assertUndone(project)
  })

  it("again while it undoes: says so, and undoes to the end", async () => {
    project = await makeSampleProject()
    const [script, reached, stopping, go] = ["slow.sh", "reached", "stopping", "go"].map((name) =>
      join(project.folder, name)
    )
    const wait = `while [ ! -e '${go}' ]; do sleep 0.02; done`
    writeFileSync(
      script ?? "",
      `#!/bin/sh\ntrap "touch '${stopping}'; ${wait}; exit 1" TERM\ntouch '${reached}'\n${wait}\n`,
      { mode: 0o755 }
    )
    configure(`\n[worktree]\nsetup = [["${script}"]]\n`)
    const running = begin("--yes", "--json")
    await running.until("the setup command runs", () => existsSync(reached ?? ""))
    running.signal("SIGINT")
    await running.until("the setup command is being stopped", () => existsSync(stopping ?? ""))
    const said = "still undoing what was begun: ended now, it would be left half-made"
    running.signalGroup("SIGINT")
    await running.until("the second signal is answered", () => running.stderr().split(said).length === 2)
    running.signal("SIGTERM")
    await running.until("the third signal is answered", () => running.stderr().split(said).length === 3)
    assert.strictEqual(Object.keys(slotsOf(project)).length, 1)
    writeFileSync(go ?? "", "")
    // The first signal decides.
    assertInterrupted(await running.ended, 130, true)
    await assertUndone(project)
    assertRecord(["add-worktree", "claim-slot"])
  })

  it("keeps a worktree in which somebody has worked meanwhile, gives the slot back, and says how to go on", async () => {
    const held = await makeWaitingProject()
    const worktree = project.worktree("impl-auth-M1")
    const { json } = commandLineOf(project)
    const assertKept = (): void => {
      assert.deepStrictEqual(processesOf(project.home), [])
      assert.deepStrictEqual(engineRemains(project.name), [])
      assert.deepStrictEqual(slotsOf(project), {})
      assert.strictEqual(project.git("branch", "--list", "impl/*").trim(), "+ impl/auth-M1")
      const record = newestRecord(project, "impl")
      assert.deepStrictEqual(undone(project), ["start-containers", "claim-slot"])
      assert.deepInclude(record.find(({ _tag }) => _tag === "StepUndoFailed"), { step: "add-worktree" })
      assert.deepInclude(record.at(-1), { _tag: "OperationFinished", status: "interrupted" })
    }

    const running = begin()
    await running.until("health is awaited", healthIsAwaited)
    writeFileSync(join(worktree, "notes.txt"), "work\n")
    running.signal("SIGINT")
    const run = await running.ended
    assertInterrupted(run, 130, false)
    assert.include(run.stderr, `${worktree} is kept, it holds work that would be lost`)
    assert.match(run.stderr, /Untracked files detected: 1 file\n +notes\.txt\n/u)
    assert.include(run.stderr, "`slipway sandbox start auth-M1` goes on with it, `slipway done auth-M1` removes it")
    assertKept()
    assert.strictEqual(readFileSync(join(worktree, "notes.txt"), "utf8"), "work\n")
    const found = await json(["doctor"])
    assert.deepStrictEqual(found.envelope.data.findings, [])
    held.release()
    const started = await json(["sandbox", "start", "auth-M1"])
    assert.strictEqual(started.code, 0, started.stdout + started.stderr)
    assert.strictEqual((await json(["done", "auth-M1"])).code, 4)
    const done = await json(["done", "auth-M1", "--force"])
    assert.strictEqual(done.code, 0, done.stdout + done.stderr)
    await assertUndone(project)

    held.hold()
    const second = begin("--json")
    await second.until("health is awaited", healthIsAwaited)
    writeFileSync(join(worktree, "src/main.txt"), "better code\n")
    git(worktree, "commit", "--quiet", "--all", "--message", "Better")
    second.signalGroup("SIGTERM")
    const ended = await second.ended
    assertInterrupted(ended, 143, true)
    assert.include(JSON.parse(ended.stdout).error.hint, `not all could be undone: ${worktree} is kept`)
    assertKept()
    assert.strictEqual(git(worktree, "log", "-1", "--format=%s").trim(), "Better")
  })
})
