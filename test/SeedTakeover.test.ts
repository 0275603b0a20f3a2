import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, describe, it } from "vitest"
import { clearEngine, commandLineOf, docker, engineRemains, type Run, skipsEngine } from "./fixtures/CommandLine.ts"
import { makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"
import { seedCompose, seedConfig, startSeedSlot, writeSeedRegistry } from "./fixtures/SeedSandbox.ts"

const ok = (run: Run): void => assert.strictEqual(run.code, 0, run.stdout + run.stderr)

const page = async (port: number, path = "/"): Promise<string> => {
  const response = await fetch(`http://localhost:${port}${path}`)
  return response.ok ? response.text() : String(response.status)
}

const registryOf = (project: SampleProject) => JSON.parse(readFileSync(join(project.home, "registry.json"), "utf8"))

const running = (composeProject: string): ReadonlyArray<string> =>
  docker("ps", "--format", "{{.Names}}", "--filter", `label=com.docker.compose.project=${composeProject}`).toSorted()

/** No worktree, branch, claim, slot folder, container, network, volume or image. */
const assertNoTrace = (project: SampleProject): void => {
  assert.deepStrictEqual(engineRemains(project.name), [])
  assert.deepStrictEqual(registryOf(project).slots, {})
  assert.deepStrictEqual(readdirSync(join(project.home, "slots")), [])
  assert.lengthOf(project.git("worktree", "list").trim().split("\n"), 1)
  assert.strictEqual(project.git("branch", "--list", "impl/*", "spec/*").trim(), "")
  assert.strictEqual(project.git("status", "--porcelain").trim(), "")
}

describe.skipIf(skipsEngine)("slots that kinfra made", () => {
  let project: SampleProject
  afterEach(() => {
    clearEngine(project.name)
    project.remove()
  })

  /** The sample with what `kinfra init` made of it, committed and pushed. */
  const initialised = async (composeFile = "docker-compose.yml", context = "."): Promise<SampleProject> => {
    project = await makeSampleProject({ files: { [composeFile]: seedCompose(context) } })
    writeFileSync(
      join(project.root, ".devops-ai/infra.toml"),
      seedConfig(project.name, project.webPort, composeFile)
    )
    project.git("commit", "--quiet", "--all", "--message", "Initialise kinfra")
    project.git("push", "--quiet")
    return project
  }

  it("are listed, stopped, started again with their data, and released without a trace", async () => {
    await initialised()
    const seed = startSeedSlot(project)
    project.git("worktree", "add", "--quiet", project.worktree("spec-search"), "-b", "spec/search")
    const unknown = { $schema: "kinfra", host: { name: "ada" } }
    const claim = { ...seed.claim, session: "auth/M1", otel: { namespace: seed.composeProject } }
    writeSeedRegistry(project, [{ ...seed, claim }], unknown)
    const before = readFileSync(join(project.home, "registry.json"), "utf8")
    const { json, run } = commandLineOf(project)
    const containers = running(seed.composeProject)
    assert.lengthOf(containers, 2)
    await page(seed.ports.DB_PORT, "/cgi-bin/write?seed")

    // Looking changes nothing.
    const outside = { cwd: tmpdir() }
    const listed = await json(["worktrees"], outside)
    ok(listed)
    const row = listed.envelope.data.worktrees.find((one: { readonly path: string }) => one.path === seed.worktree)
    assert.deepInclude(row, { project: project.name, name: "auth-M1", state: "running" })
    assert.deepStrictEqual(row.slot, 1)
    const here = await json(["worktrees"])
    assert.sameMembers(here.envelope.data.worktrees.map((one: { readonly name: string }) => one.name), [
      "auth-M1",
      "search"
    ])
    const status = await json(["status"], { cwd: seed.worktree })
    ok(status)
    assert.strictEqual(status.envelope.data.state, "running")
    assert.strictEqual(status.envelope.data.branch, "impl/auth-M1")
    assert.deepStrictEqual(
      status.envelope.data.services.map((one: { readonly service: string; readonly state: string }) => [
        one.service,
        one.state
      ]),
      [["db", "running"], ["web", "running"]]
    )
    const shown = await run(["status", "auth-M1"])
    assert.include(shown.stdout, `http://localhost:${seed.ports.WEB_PORT}`)
    const doctor = await json(["doctor", "--fix"])
    ok(doctor)
    assert.deepStrictEqual(doctor.envelope.data.findings, [])
    assert.strictEqual(readFileSync(join(project.home, "registry.json"), "utf8"), before)
    assert.deepStrictEqual(running(seed.composeProject), containers)

    const logs = await json(["sandbox", "logs", "web"], { cwd: seed.worktree })
    ok(logs)
    const executed = await run(["sandbox", "exec", "web", "--name", "auth-M1", "--", "cat", "/www/index.html"])
    assert.deepStrictEqual([executed.code, executed.stdout], [0, "page of main\n"])
    ok(await json(["sandbox", "restart", "web"], { cwd: seed.worktree }))

    // A second feature beside it: another slot, other ports, and the first one is as it was.
    const second = await json(["impl", "auth/M2", "--require-healthy"])
    ok(second)
    assert.strictEqual(second.envelope.data.slot.number, 2)
    assert.deepStrictEqual(second.envelope.data.slot.ports, {
      WEB_PORT: project.webPort + 2,
      DB_PORT: project.dbPort + 2
    })
    assert.deepStrictEqual(running(seed.composeProject), containers)
    const { slots, ...document } = registryOf(project)
    assert.deepStrictEqual(document, { version: 1, ...unknown })
    assert.deepStrictEqual(slots["1"], claim)
    assert.strictEqual(await page(second.envelope.data.slot.ports.DB_PORT, "/data/value"), "404")
    assert.strictEqual(await page(seed.ports.DB_PORT, "/data/value"), "seed\n")

    ok(await json(["sandbox", "stop"], { cwd: seed.worktree }))
    assert.deepStrictEqual(running(seed.composeProject), [])
    assert.lengthOf(running(`${project.name}-slot-2`), 2)
    assert.deepStrictEqual(registryOf(project).slots["1"], { ...claim, status: "stopped" })
    assert.strictEqual((await json(["status", "auth-M1"])).envelope.data.state, "stopped")

    writeFileSync(join(seed.worktree, "web/www/index.html"), "page of the seed\n")
    const started = await json(["sandbox", "start", "--require-healthy"], { cwd: seed.worktree })
    ok(started)
    assert.strictEqual(started.envelope.data.composeProject, seed.composeProject)
    assert.deepStrictEqual(started.envelope.data.warnings, [])
    assert.deepStrictEqual(running(seed.composeProject), containers)
    assert.strictEqual(await page(seed.ports.WEB_PORT), "page of the seed\n")
    assert.strictEqual(await page(seed.ports.DB_PORT, "/data/value"), "seed\n")
    const kept = registryOf(project)
    assert.deepInclude(kept, unknown)
    assert.deepInclude(kept.slots["1"], claim)
    assert.deepStrictEqual(readdirSync(join(project.home, "slots")).toSorted(), [
      `${project.name}-1`,
      `${project.name}-2`
    ])

    // And once more, now with files of Slipway in the folder.
    ok(await json(["sandbox", "stop", "auth-M1"]))
    assert.deepStrictEqual(running(seed.composeProject), [])
    ok(await json(["sandbox", "start", "auth-M1", "--require-healthy"]))
    assert.strictEqual(await page(seed.ports.DB_PORT, "/data/value"), "seed\n")

    const refused = await json(["done", "auth-M1"], outside)
    assert.deepStrictEqual([refused.code, refused.envelope.error?.code], [4, "work-would-be-lost"])
    assert.include(refused.envelope.error?.message, "web/www/index.html")
    for (const name of ["auth-M1", "auth-M2"]) ok(await json(["done", name, "--force"], outside))
    ok(await json(["done", "search"]))
    assertNoTrace(project)
    assert.deepInclude(registryOf(project), unknown)
  })

  it("have their compose copy where the claim says, and paths from where the compose file is", async () => {
    await initialised("docker/docker-compose.sandbox.yml", "..")
    const seed = startSeedSlot(project, {
      composeFile: "docker/docker-compose.sandbox.yml",
      composeCopy: "docker-compose.sandbox.yml"
    })
    writeSeedRegistry(project, [seed])
    const { json } = commandLineOf(project)
    const containers = running(seed.composeProject)
    ok(await json(["sandbox", "stop", "auth-M1"]))
    assert.deepStrictEqual(running(seed.composeProject), [])
    ok(await json(["sandbox", "start", "auth-M1", "--require-healthy"]))
    assert.deepStrictEqual(running(seed.composeProject), containers)
    const copy = join(seed.folder, "docker-compose.yml")
    assert.strictEqual(registryOf(project).slots["1"].compose_file_copy, copy)
    ok(await json(["sandbox", "restart"], { cwd: seed.worktree }))
    ok(await json(["done", "auth-M1"]))
    assertNoTrace(project)
  })

  it("are stopped and released though Compose cannot read their compose copy any more", async () => {
    await initialised()
    const seed = startSeedSlot(project)
    writeSeedRegistry(project, [seed])
    writeFileSync(
      join(seed.folder, "docker-compose.yml"),
      seedCompose().replaceAll("init: true", "init: true\n    env_file: ${TOKEN:?of the shell that is gone}")
    )
    const { json } = commandLineOf(project)
    ok(await json(["sandbox", "stop", "auth-M1"]))
    assert.deepStrictEqual(running(seed.composeProject), [])
    ok(await json(["done", "auth-M1"]))
    assertNoTrace(project)
  })

  it("are found by their folders when the registry is lost or garbage", async () => {
    await initialised()
    const seed = startSeedSlot(project, { header: `${project.name}-slot-1` })
    const { json } = commandLineOf(project)
    const path = join(project.home, "registry.json")
    const containers = running(seed.composeProject)
    for (const text of [null, "", "{\"version\": 1, \"slots\": {\"1\": {\"slot_", "[]"]) {
      for (const name of readdirSync(project.home)) {
        if (name.startsWith("registry.json")) rmSync(join(project.home, name))
      }
      if (text !== null) writeFileSync(path, text)
      const label = JSON.stringify(text)
      const listed = await json(["worktrees"])
      ok(listed)
      assert.deepInclude(
        listed.envelope.data.worktrees[0],
        { project: project.name, name: "auth-M1", state: "running", slot: 1 },
        label
      )
      const dry = await json(["doctor"])
      assert.deepStrictEqual(
        dry.envelope.data.findings.map((one: { readonly kind: string }) => one.kind),
        ["registry-recovered"],
        label
      )
      assert.strictEqual(existsSync(path) ? readFileSync(path, "utf8") : null, text)
      ok(await json(["doctor", "--fix"]))
      assert.deepStrictEqual(registryOf(project).slots, {
        "1": { ...seed.claim, compose_project: seed.composeProject }
      }, label)
      assert.deepStrictEqual(
        readdirSync(project.home).filter((name) => name.includes(".corrupt-"))
          .map((name) => readFileSync(join(project.home, name), "utf8")),
        text === null ? [] : [text]
      )
      assert.deepStrictEqual((await json(["doctor"])).envelope.data.findings, [], label)
    }
    assert.deepStrictEqual(running(seed.composeProject), containers)

    // Lost again, and another feature begins: it gets neither the slot nor the ports.
    for (const name of readdirSync(project.home)) {
      if (name.startsWith("registry.json")) rmSync(join(project.home, name))
    }
    const second = await json(["impl", "auth/M2", "--require-healthy"])
    ok(second)
    assert.strictEqual(second.envelope.data.slot.number, 2)
    assert.deepStrictEqual(Object.keys(registryOf(project).slots), ["1", "2"])
    assert.deepStrictEqual(running(seed.composeProject), containers)
    for (const name of ["auth-M1", "auth-M2"]) ok(await json(["done", name]))
    assertNoTrace(project)
  })

  it("are cleared when the worktree or the slot's folder was removed by hand", async () => {
    await initialised()
    const seeds = [startSeedSlot(project), startSeedSlot(project, { slot: 2, name: "auth-M2" })]
    writeSeedRegistry(project, seeds)
    const [first, second] = seeds
    rmSync(first?.worktree ?? "", { recursive: true })
    rmSync(second?.folder ?? "", { recursive: true })
    const { json } = commandLineOf(project)
    const listed = await json(["worktrees"])
    ok(listed)
    assert.deepStrictEqual(
      listed.envelope.data.worktrees.map((one: { readonly name: string; readonly state: string }) => [
        one.name,
        one.state
      ]),
      [["auth-M1", "orphaned"], ["auth-M2", "running"]]
    )
    const doctor = await json(["doctor"])
    assert.sameMembers(
      doctor.envelope.data.findings.map((one: { readonly kind: string }) => one.kind),
      ["vanished-worktree", "vanished-worktree", "missing-slot-folder"]
    )
    for (const name of ["auth-M1", "auth-M2"]) ok(await json(["done", name]))
    assertNoTrace(project)
  })

  it("that kinfra dropped from its registry while they ran go with their containers", async () => {
    await initialised()
    const seed = startSeedSlot(project)
    const neighbour = startSeedSlot(project, { slot: 2, name: "auth-M2" })
    writeSeedRegistry(project, [neighbour])
    const { json } = commandLineOf(project)
    const doctor = await json(["doctor"])
    assert.deepStrictEqual(
      doctor.envelope.data.findings.map((one: { readonly kind: string; readonly subject: string }) => [
        one.kind,
        one.subject
      ]),
      [["orphan-sandbox", seed.composeProject], ["orphan-slot-folder", seed.folder]]
    )
    assert.lengthOf(running(seed.composeProject), 2)
    ok(await json(["doctor", "--fix"]))
    assert.deepStrictEqual(engineRemains(seed.composeProject), [])
    assert.lengthOf(running(neighbour.composeProject), 2)
    assert.isTrue(existsSync(join(seed.worktree, "README.md")))
    assert.deepStrictEqual((await json(["doctor"])).envelope.data.findings, [])
    const done = await json(["done", "auth-M2"], { cwd: tmpdir() })
    ok(done)
    assert.deepInclude(done.envelope.data, { slot: 2, branch: "impl/auth-M2" })
    ok(await json(["done", "auth-M1"]))
    assertNoTrace(project)
  })
  it("that kinfra dropped after they had ended leave nothing to the next feature in their slot", async () => {
    await initialised()
    const seed = startSeedSlot(project)
    await page(seed.ports.DB_PORT, "/cgi-bin/write?seed")
    docker("stop", ...running(seed.composeProject))
    writeSeedRegistry(project, [])
    const { json } = commandLineOf(project)
    const impl = await json(["impl", "auth/M2", "--require-healthy"])
    ok(impl)
    assert.deepStrictEqual(impl.envelope.data.slot.ports, seed.ports)
    assert.strictEqual(await page(seed.ports.DB_PORT, "/data/value"), "404")
    for (const name of ["auth-M1", "auth-M2"]) ok(await json(["done", name]))
    assertNoTrace(project)
  })
})
