import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, describe, it } from "vitest"
import { bundle, commandLineOf, engineRemains, type Run, skipsEngine } from "./fixtures/CommandLine.ts"
import { startFakeEngine } from "./fixtures/FakeEngine.ts"
import { makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"
import { complexCompose, seedExamples } from "./fixtures/SeedExamples.ts"

const ok = (run: Run): void => assert.strictEqual(run.code, 0, run.stdout + run.stderr)

const registryOf = (project: SampleProject) => JSON.parse(readFileSync(join(project.home, "registry.json"), "utf8"))

/** The examples have no `init`: without its own signal, the first process would be waited for. */
const dockerfile = (from: string): string =>
  `FROM scratch
COPY ${from}busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
COPY ${from}www /www
STOPSIGNAL SIGKILL
CMD ["/bin/httpd", "-f", "-p", "8080", "-h", "/www"]
`

describe.skipIf(skipsEngine)("the examples of kinfra's documents", () => {
  let project: SampleProject
  afterEach(async () => {
    const { json } = commandLineOf(project)
    const listed = await json(["worktrees"])
    for (const { name } of listed.envelope.data?.worktrees ?? []) await json(["done", name, "--force"])
    project.remove()
  })

  const files = {
    "Dockerfile": dockerfile("web/"),
    "web/Dockerfile": dockerfile(""),
    "web/www/api/v1/health": "healthy\n",
    "src/place": "main\n",
    "tests/place": "main\n"
  }

  const inside = async (service: string, name: string, ...command: ReadonlyArray<string>): Promise<string> => {
    const run = await commandLineOf(project).run(["sandbox", "exec", service, "--name", name, "--", ...command])
    return run.code === 0 ? run.stdout : String(run.code)
  }

  const engineOf = (slot: { readonly composeProject: string }) => engineRemains(slot.composeProject)

  it("the simple infra.toml works with the compose file as kinfra rewrote it", async () => {
    project = await makeSampleProject({
      files: {
        ...files,
        ".devops-ai/infra.toml": seedExamples.simpleConfig,
        "docker-compose.yml": seedExamples.composeAfter
      }
    })
    const { json } = commandLineOf(project)
    const impl = await json(["impl", "wellness-reminders/M1", "--require-healthy"])
    ok(impl)
    const { number, ports } = impl.envelope.data.slot
    assert.deepStrictEqual(ports, { KHEALTH_API_PORT: 8080 + number })
    assert.strictEqual(impl.envelope.data.sandbox.composeProject, `khealth-slot-${number}`)
    assert.deepStrictEqual(impl.envelope.data.warnings, [])
    assert.isTrue(existsSync(join(project.folder, "khealth-impl-wellness-reminders-M1/README.md")))
    assert.strictEqual(
      await (await fetch(`http://localhost:${ports.KHEALTH_API_PORT}/api/v1/health`)).text(),
      "healthy\n"
    )
    const folder = join(project.home, "slots", `khealth-${number}`)
    assert.sameMembers(
      readdirSync(folder).filter((name) => name !== "slot.json"),
      [".env.sandbox", "docker-compose.override.yml", "docker-compose.yml"]
    )
    assert.deepStrictEqual(
      readFileSync(join(folder, ".env.sandbox"), "utf8").split("\n").filter((line) => /^[A-Z]/u.test(line)),
      [`COMPOSE_PROJECT_NAME=khealth-slot-${number}`, `KHEALTH_API_PORT=${8080 + number}`]
    )
    ok(await json(["done", "wellness-reminders-M1"]))
    assert.deepStrictEqual(engineOf(impl.envelope.data.sandbox), [])
  })

  it("the full infra.toml works, and init makes of the other compose file what kinfra makes of it", async () => {
    project = await makeSampleProject({
      files: {
        ...files,
        ".devops-ai/infra.toml": seedExamples.fullConfig,
        "docker-compose.yml": seedExamples.composeBefore
      }
    })
    const { json } = commandLineOf(project)
    ok(await json(["init", "--parameterize", "--yes"]))
    const text = readFileSync(join(project.root, "docker-compose.yml"), "utf8")
    assert.include(text, "\"${KHEALTH_API_PORT:-8080}:8080\"")
    assert.match(text, /^ +# +image: jaegertracing\/jaeger:latest$/mu)
    assert.notMatch(text, /^[^#]*jaeger/mu)
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "Initialise")
    project.git("push", "--quiet")

    const impl = await json(["impl", "wellness-reminders/M1", "--require-healthy"])
    ok(impl)
    const { number } = impl.envelope.data.slot
    const worktree = join(project.folder, "khealth-impl-wellness-reminders-M1")
    writeFileSync(join(worktree, "src/place"), "worktree\n")
    assert.strictEqual(
      await inside("wellness-agent", "wellness-reminders-M1", "cat", "/app/src/place", "/app/tests/place"),
      "worktree\nmain\n"
    )
    const env = await inside("wellness-agent", "wellness-reminders-M1", "env")
    assert.include(env, "OTEL_EXPORTER_OTLP_ENDPOINT=http://devops-ai-jaeger:4317\n")
    assert.include(env, `OTEL_RESOURCE_ATTRIBUTES=service.namespace=khealth-slot-${number}\n`)
    ok(await json(["done", "wellness-reminders-M1", "--force"]))
    assert.deepStrictEqual(engineOf(impl.envelope.data.sandbox), [])
  })

  it("the infra.toml of many ports works: two features, no port shared, mounts without targets", async () => {
    const folders = ["ktrdr", "research_agents", "tests", "config", "data", "models", "strategies"]
    project = await makeSampleProject({
      files: {
        ...files,
        ...Object.fromEntries(folders.map((folder) => [`${folder}/place`, `${folder} of main\n`])),
        ".devops-ai/infra.toml": seedExamples.complexConfig,
        "docker-compose.sandbox.yml": complexCompose
      }
    })
    const { json } = commandLineOf(project)
    const made = [
      await json(["impl", "auth/M1", "--require-healthy"]),
      await json(["impl", "auth/M2", "--require-healthy"])
    ]
    for (const impl of made) ok(impl)
    const slots = made.map((impl) => impl.envelope.data.slot)
    const ports = slots.flatMap((slot) => Object.values(slot.ports))
    assert.strictEqual(new Set(ports).size, 12)
    assert.isAtLeast(slots[1].number - slots[0].number, 4)

    const worktree = join(project.folder, "ktrdr-impl-auth-M1")
    for (const folder of folders) writeFileSync(join(worktree, folder, "place"), `${folder} of M1\n`)
    for (const service of ["backend", "backtest-worker", "training-worker"]) {
      const places = folders.map((folder) => `/app/${folder}/place`)
      assert.strictEqual(
        await inside(service, "auth-M1", "cat", ...places),
        folders.map((folder, index) => `${folder} of ${index < 4 ? "M1" : "main"}\n`).join(""),
        service
      )
    }
    assert.strictEqual(await inside("backend", "auth-M1", "touch", "/app/ktrdr/made", "/app/data/made"), "")
    assert.notStrictEqual(await inside("backend", "auth-M1", "touch", "/app/config/made"), "")
    assert.strictEqual(await inside("backend", "auth-M2", "cat", "/app/data/made"), "")
    assert.notStrictEqual(await inside("db", "auth-M1", "ls", "/app"), "")
    for (const name of ["auth-M1", "auth-M2"]) ok(await json(["done", name, "--force"]))
    for (const impl of made) assert.deepStrictEqual(engineOf(impl.envelope.data.sandbox), [])
  })
})

describe("the registry of kinfra's documents", () => {
  it("is found in ~/.devops-ai", async () => {
    const project = await makeSampleProject({ docker: false })
    try {
      const home = join(project.folder, ".devops-ai")
      mkdirSync(home)
      writeFileSync(join(home, "registry.json"), seedExamples.registry)
      const variables = { HOME: project.folder, PATH: process.env["PATH"] ?? "", DOCKER_HOST: "unix:///nowhere" }
      const listed = execFileSync(process.execPath, [bundle, "worktrees", "--json"], {
        cwd: project.root,
        encoding: "utf8",
        env: variables
      })
      assert.deepInclude(JSON.parse(listed).data.worktrees[0], { project: "khealth", slot: 1, state: "orphaned" })
      assert.strictEqual(readFileSync(join(home, "registry.json"), "utf8"), seedExamples.registry)
    } finally {
      project.remove()
    }
  })

  it("is read and released to the letter, and its slot is given to nobody else", async () => {
    const project = await makeSampleProject({
      files: {
        // No engine, nothing to ask for its health.
        ".devops-ai/infra.toml": seedExamples.simpleConfig.replace(/\[sandbox\.health\][^[]*/u, ""),
        "docker-compose.yml": seedExamples.composeAfter
      }
    })
    const engine = await startFakeEngine(project.folder)
    try {
      const { variables } = engine
      const { json } = commandLineOf(project)
      const run = (...args: ReadonlyArray<string>) => json(args, { variables })
      mkdirSync(project.home)
      const path = join(project.home, "registry.json")
      writeFileSync(path, seedExamples.registry)
      const listed = await run("worktrees")
      ok(listed)
      assert.deepInclude(listed.envelope.data.worktrees[0], {
        project: "khealth",
        name: "wellness-reminders-M1",
        slot: 1,
        state: "orphaned"
      })
      const status = await run("status", "wellness-reminders-M1")
      ok(status)
      assert.strictEqual(status.envelope.data.state, "orphaned")
      assert.strictEqual(readFileSync(path, "utf8"), seedExamples.registry)

      const { slots } = JSON.parse(seedExamples.registry)
      const impl = await run("impl", "auth/M1")
      ok(impl)
      assert.isAtLeast(impl.envelope.data.slot.number, 2)
      assert.deepStrictEqual(registryOf(project).slots["1"], slots["1"])
      ok(await run("done", "auth-M1"))
      assert.deepStrictEqual(registryOf(project), JSON.parse(seedExamples.registry))

      // As the other document has it: without `compose_file_copy`, and stopped.
      const older = { ...slots["1"], compose_file_copy: undefined, status: "stopped" }
      writeFileSync(path, JSON.stringify({ version: 1, slots: { "1": older } }))
      assert.strictEqual((await run("worktrees")).envelope.data.worktrees[0].slot, 1)
      ok(await run("done", "wellness-reminders-M1"))
      assert.deepStrictEqual(registryOf(project), { version: 1, slots: {} })
    } finally {
      await engine.close()
      project.remove()
    }
  })
})
