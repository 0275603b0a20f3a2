import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, assert, beforeAll, beforeEach, describe, it } from "vitest"
import { clearEngine, commandLineOf, docker, engineRemains, skipsEngine } from "./fixtures/CommandLine.ts"
import { openEngineProxy } from "./fixtures/EngineProxy.ts"
import { makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"

const image = (...lines: ReadonlyArray<string>): string =>
  [
    "FROM scratch",
    "COPY busybox /bin/busybox",
    "RUN [\"/bin/busybox\", \"--install\", \"-s\", \"/bin\"]",
    ...lines,
    ""
  ].join("\n")

const sleeping = image(`CMD ["/bin/sleep", "300"]`)

const slotsOf = (project: SampleProject): Readonly<Record<string, unknown>> =>
  existsSync(join(project.home, "registry.json"))
    ? JSON.parse(readFileSync(join(project.home, "registry.json"), "utf8")).slots
    : {}

const slotFoldersOf = (project: SampleProject): ReadonlyArray<string> =>
  existsSync(join(project.home, "slots")) ? readdirSync(join(project.home, "slots")) : []

/** Nothing at the engine, no claim, no slot folder. */
const assertNoSandbox = (project: SampleProject): void => {
  assert.deepStrictEqual(engineRemains(project.name), [])
  assert.deepStrictEqual(slotsOf(project), {})
  assert.deepStrictEqual(slotFoldersOf(project), [])
}

/** As before any command. */
const assertUntouched = (project: SampleProject): void => {
  assert.deepStrictEqual(slotsOf(project), {})
  assert.deepStrictEqual(slotFoldersOf(project), [])
  assert.strictEqual(project.git("worktree", "list").trim().split("\n").length, 1)
  assert.strictEqual(project.git("branch", "--list", "impl/*", "spec/*").trim(), "")
}

describe("without Docker", () => {
  let project: SampleProject
  beforeAll(async () => {
    project = await makeSampleProject()
  })
  afterAll(() => project.remove())

  it("makes worktrees, and refuses a sandbox before anything is made", async () => {
    const { json } = commandLineOf(project)
    const nowhere = { variables: { DOCKER_HOST: "unix:///nowhere/engine.sock" } }

    const refused = await json(["impl", "auth/M1"], nowhere)
    assert.strictEqual(refused.code, 1, refused.stdout + refused.stderr)
    assert.strictEqual(refused.envelope.error?.code, "engine-unavailable")
    assert.include(refused.envelope.error?.message, "Docker is not running")
    assertUntouched(project)

    const spec = await json(["spec", "auth"], nowhere)
    assert.strictEqual(spec.code, 0, spec.stdout + spec.stderr)
    const impl = await json(["impl", "auth/M1", "--no-sandbox"], nowhere)
    assert.strictEqual(impl.code, 0, impl.stdout + impl.stderr)
    assert.isUndefined(impl.envelope.data.slot)
    assert.isTrue(existsSync(join(project.worktree("impl-auth-M1"), "README.md")))
    for (const name of ["spec-auth", "impl-auth-M1"]) {
      const done = await json(["done", name], nowhere)
      assert.strictEqual(done.code, 0, done.stdout + done.stderr)
    }
    assertUntouched(project)
  })

  it.skipIf(skipsEngine)("says that Compose is missing where there is no docker command", async () => {
    const bin = join(project.folder, "bin")
    mkdirSync(bin)
    for (const directory of (process.env["PATH"] ?? "").split(":")) {
      if (!existsSync(join(directory, "git"))) continue
      symlinkSync(join(directory, "git"), join(bin, "git"))
      break
    }
    symlinkSync(process.execPath, join(bin, "node"))
    const { json } = commandLineOf(project)
    const refused = await json(["impl", "auth/M1"], { variables: { PATH: bin } })
    assert.strictEqual(refused.code, 1, refused.stdout + refused.stderr)
    assert.strictEqual(refused.envelope.error?.code, "compose-missing")
    assertUntouched(project)
  })
})

describe.skipIf(skipsEngine)("containers that do not come up", () => {
  let project: SampleProject
  afterEach(() => {
    clearEngine(project.name)
    project.remove()
  })

  const broken = image(
    `RUN ["/bin/sh", "-c", "echo the-build-is-broken >&2; exit 9"]`,
    `CMD ["/bin/sleep", "300"]`
  )

  /** Changes infra.toml of the sample, on the remote too. */
  const configure = (from: string, to: string): void => {
    const path = join(project.root, ".devops-ai/infra.toml")
    const text = readFileSync(path, "utf8")
    assert.include(text, from)
    writeFileSync(path, text.replace(from, to))
    project.git("commit", "--quiet", "--all", "--message", "Configure")
    project.git("push", "--quiet")
  }

  it("keeps the worktree and gives the slot back when an image cannot be built", async () => {
    project = await makeSampleProject({ health: false, files: { "web/Dockerfile": broken } })
    const { json, run } = commandLineOf(project)
    const worktree = project.worktree("impl-auth-M1")
    const failed = await json(["impl", "auth/M1"])
    assert.strictEqual(failed.code, 1, failed.stdout + failed.stderr)
    assert.strictEqual(failed.envelope.error?.code, "compose-failed")
    const message = failed.envelope.error?.message ?? ""
    assert.include(message, `Sandbox failed to start. Worktree preserved at ${worktree}.`)
    assert.match(message, /returned a non-zero code: 9|exit code: 9/u)
    assert.include(failed.envelope.error?.hint, "slipway sandbox start")
    assertNoSandbox(project)
    assert.isTrue(existsSync(join(worktree, "web/Dockerfile")))

    // For people: what Docker says stands in the output once, not as progress and as error both.
    const again = await run(["sandbox", "start", "auth-M1"])
    assert.strictEqual(again.code, 1, again.stdout + again.stderr)
    assert.strictEqual((again.stdout + again.stderr).match(/non-zero code: 9|exit code: 9/gu)?.length, 1, again.stderr)
    assert.include(again.stderr, `Worktree preserved at ${worktree}`)
    assertNoSandbox(project)

    writeFileSync(join(worktree, "web/Dockerfile"), sleeping)
    const started = await json(["sandbox", "start", "auth-M1"])
    assert.strictEqual(started.code, 0, started.stdout + started.stderr)
    assert.strictEqual(Object.keys(slotsOf(project)).length, 1)

    // A failure later on costs a running sandbox neither its slot nor its data.
    writeFileSync(join(worktree, "web/Dockerfile"), broken)
    const later = await json(["sandbox", "start", "auth-M1"])
    assert.strictEqual(later.code, 1)
    assert.strictEqual(Object.keys(slotsOf(project)).length, 1)
    assert.include(engineRemains(project.name).join("\n"), "volume ")

    const done = await json(["done", "auth-M1", "--force"])
    assert.strictEqual(done.code, 0, done.stdout + done.stderr)
    assertNoSandbox(project)
  })

  it("warns when nothing answers in time, and fails with --require-healthy; all is kept", async () => {
    project = await makeSampleProject({ files: { "web/Dockerfile": sleeping } })
    configure("timeout = 30", "timeout = 1")
    const { json, run } = commandLineOf(project)
    const warning = "Health check timed out after 1s. Services may still be starting."
    const late = await json(["impl", "auth/M1"])
    assert.strictEqual(late.code, 0, late.stdout + late.stderr)
    assert.strictEqual(late.envelope.data.sandbox.health.verdict, "degraded")
    assert.isAtLeast(late.envelope.data.sandbox.health.ms, 1000)
    assert.include(late.envelope.data.warnings, warning)
    const told = await run(["sandbox", "start", "auth-M1"])
    assert.strictEqual(told.code, 0, told.stdout + told.stderr)
    assert.strictEqual(told.stderr.split(warning).length, 2, told.stderr)

    const strict = await json(["impl", "auth/M2", "--require-healthy"])
    assert.strictEqual(strict.code, 6, strict.stdout + strict.stderr)
    assert.strictEqual(strict.envelope.error?.code, "health-timeout")
    assert.strictEqual(Object.keys(slotsOf(project)).length, 2)
    assert.isTrue(existsSync(project.worktree("impl-auth-M2")))
    const status = await json(["status", "auth-M2"])
    assert.strictEqual(status.envelope.data.state, "running")
    const restarted = await json(["sandbox", "start", "auth-M2", "--require-healthy"])
    assert.strictEqual(restarted.code, 6)
    for (const name of ["auth-M1", "auth-M2"]) {
      const done = await json(["done", name])
      assert.strictEqual(done.code, 0, done.stdout + done.stderr)
    }
    assertNoSandbox(project)
    assertUntouched(project)
  })

  it("does not wait for a container that has ended, and shows its last words", async () => {
    project = await makeSampleProject({
      files: { "web/Dockerfile": image(`CMD ["/bin/sh", "-c", "echo first; echo no database, giving up; exit 3"]`) }
    })
    configure("timeout = 30", "timeout = 60")
    const { json } = commandLineOf(project)
    const failed = await json(["impl", "auth/M1"])
    assert.strictEqual(failed.code, 0, failed.stdout + failed.stderr)
    const { health } = failed.envelope.data.sandbox
    assert.strictEqual(health.verdict, "failed")
    assert.isBelow(health.ms, 10_000)
    assert.include(health.detail, "web has ended with exit code 3")
    assert.strictEqual(health.logs.at(-1), "no database, giving up")
    const done = await json(["done", "auth-M1"])
    assert.strictEqual(done.code, 0, done.stdout + done.stderr)
    assertNoSandbox(project)
  })
})

describe.skipIf(skipsEngine)("an engine that goes away and comes back", () => {
  let project: SampleProject
  beforeEach(async () => {
    project = await makeSampleProject()
  })
  afterEach(() => {
    clearEngine(project.name)
    project.remove()
  })

  it("keeps what it cannot take down, and goes on when the engine is back", async () => {
    const { json } = commandLineOf(project)
    const proxy = await openEngineProxy(join(project.folder, "proxy.sock"))
    try {
      const { variables } = proxy
      proxy.cutAt(/POST \S+\/containers\/\w+\/start/u)
      const failed = await json(["impl", "auth/M1"], { variables })
      assert.strictEqual(failed.code, 1, failed.stdout + failed.stderr)
      assert.match(failed.envelope.error?.message ?? "", /docker/iu)
      assert.notStrictEqual(failed.envelope.error?.code, "internal-error")
      const worktree = project.worktree("impl-auth-M1")
      assert.isTrue(existsSync(worktree))
      // What stands at the engine is still claimed, or another feature would get it.
      assert.include(engineRemains(project.name).join("\n"), "container ")
      const kept = Object.keys(slotsOf(project))
      assert.strictEqual(kept.length, 1)

      const start = await json(["sandbox", "start", "auth-M1"], { variables })
      assert.strictEqual(start.code, 1, start.stdout + start.stderr)
      assert.strictEqual(start.envelope.error?.code, "engine-unavailable")
      assert.deepStrictEqual(Object.keys(slotsOf(project)), kept)

      await proxy.open()
      const started = await json(["sandbox", "start", "auth-M1"], { variables })
      assert.strictEqual(started.code, 0, started.stdout + started.stderr)
      assert.strictEqual(started.envelope.data.health.verdict, "ready")
      assert.deepStrictEqual(Object.keys(slotsOf(project)), kept)

      proxy.cut()
      const stuck = await json(["done", "auth-M1"], { variables })
      assert.strictEqual(stuck.code, 1, stuck.stdout + stuck.stderr)
      assert.include(stuck.envelope.error?.message ?? "", "Docker is not running")
      assert.deepStrictEqual(Object.keys(slotsOf(project)), kept)

      await proxy.open()
      const [slot = ""] = kept
      const done = await json(["done", "auth-M1"], { variables })
      assert.strictEqual(done.code, 0, `${slot}${done.stdout}${done.stderr}`)
      assertNoSandbox(project)
      assertUntouched(project)
    } finally {
      proxy.cut()
    }
  })

  it("makes the shared network again when somebody removed it", async () => {
    const { json } = commandLineOf(project)
    const network = "devops-ai-observability"
    const inUse = docker("ps", "--all", "--quiet", "--filter", `network=${network}`).length > 0
    if (!inUse && docker("network", "ls", "--quiet", "--filter", `name=^${network}$`).length > 0) {
      docker("network", "rm", network)
    }
    const started = await json(["impl", "auth/M1", "--require-healthy"])
    assert.strictEqual(started.code, 0, started.stdout + started.stderr)
    assert.strictEqual(docker("network", "ls", "--quiet", "--filter", `name=^${network}$`).length, 1)
    const done = await json(["done", "auth-M1"])
    assert.strictEqual(done.code, 0, done.stdout + done.stderr)
    assertNoSandbox(project)
  })
})
