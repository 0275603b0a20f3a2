import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { clearEngine, commandLineOf, engineRemains, skipsEngine } from "./fixtures/CommandLine.ts"
import { assertRefusal, type Refusal, refusalsOf, tracesOf } from "./fixtures/Refusals.ts"
import { makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"

/** Nine aliases in each list, so many lists deep. */
const aliasBomb = (levels: number): string =>
  Array.from(
    { length: levels },
    (_, level) =>
      `x-${level}: &n${level} [${Array.from({ length: 9 }, () => level === 0 ? "x" : `*n${level - 1}`).join(", ")}]\n`
  )
    .join("")

describe.skipIf(skipsEngine)("a sandbox of bad input", () => {
  let project: SampleProject
  let composeFile: string
  let configFile: string
  let config: string
  beforeEach(async () => {
    project = await makeSampleProject({ health: false })
    composeFile = join(project.root, "docker-compose.yml")
    configFile = join(project.root, ".devops-ai/infra.toml")
    config = readFileSync(configFile, "utf8")
  })
  afterEach(() => {
    clearEngine(project.name)
    project.remove()
  })

  const publish = (): void => {
    project.git("add", "--all")
    project.git("commit", "--quiet", "--allow-empty", "--message", "Change the services")
    project.git("push", "--quiet")
  }

  /** The sample's compose file with more lines in the service `web`. */
  const withWeb = (...lines: ReadonlyArray<string>): string =>
    project.compose.replace("  web:\n", ["  web:", ...lines.map((line) => `    ${line}`), ""].join("\n"))

  const unusable = (worktree: string, code: string, exit: number, ...says: ReadonlyArray<string>): Refusal => ({
    exit,
    code,
    says: [`Sandbox failed to start. Worktree preserved at ${worktree}.\n`, ...says],
    hint: "run `slipway sandbox start` in the worktree"
  })

  /** What is left when a sandbox does not start: the worktree, with the way on in the message. */
  const assertOnlyWorktree = (worktree: string, label: string): void => {
    const { slotFolders, slots } = tracesOf(project)
    assert.deepStrictEqual({ slots, slotFolders, engine: engineRemains(project.name) }, {
      slots: {},
      slotFolders: [],
      engine: []
    }, label)
    assert.isTrue(existsSync(join(worktree, "README.md")), label)
  }

  it("leaves the worktree alone behind, tells Compose's own words once, and goes on when the file is mended", async () => {
    const cases: ReadonlyArray<readonly [label: string, compose: string, says: string]> = [
      ["required variable", withWeb("environment:", "  TOKEN: ${SAMPLE_TOKEN:?ask the team}"), "ask the team"],
      ["missing env_file", withWeb("env_file: [absent.env]"), "absent.env not found"],
      ["garbage", "services:\n  web: [\n\t: {{{\n", "yaml: line"],
      ["binary", "\u0000\u0001\u0002", "yaml: "],
      ["text", "just a text\n", "must be a mapping"],
      ["empty", "", "empty compose file"],
      ["no image", "services:\n  web:\n    init: true\n", "neither an image nor a build context"],
      ["unknown key", withWeb("prots: [\"1:1\"]"), "prots"],
      ["alias bomb", `${aliasBomb(12)}${project.compose}`, "its aliases repeat each other without end"]
    ]
    const { json, run } = commandLineOf(project)
    const worktree = project.worktree("impl-auth-M1")
    writeFileSync(composeFile, cases[0]?.[1] ?? "")
    publish()
    const [first, ...others] = cases
    assertRefusal(
      await json(["impl", "auth/M1"]),
      unusable(worktree, "compose-invalid", 2, `${worktree}/docker-compose.yml: `, first?.[2] ?? ""),
      "impl"
    )
    assertOnlyWorktree(worktree, "impl")
    for (const [label, compose, says] of others) {
      writeFileSync(join(worktree, "docker-compose.yml"), compose)
      const refused = await json(["sandbox", "start", "auth-M1"])
      assertRefusal(refused, unusable(worktree, "compose-invalid", 2, says), label)
      assertOnlyWorktree(worktree, label)
    }
    const told = await run(["sandbox", "start", "auth-M1"])
    assert.deepStrictEqual([told.code, told.stdout], [2, ""])
    assert.strictEqual(told.stderr.split("its aliases repeat each other").length, 2, told.stderr)

    // A variable that is not set is Compose's warning, as when `docker compose up` is typed by hand.
    writeFileSync(
      join(worktree, "docker-compose.yml"),
      withWeb("environment:", "  TOKEN: ${SAMPLE_TOKEN}")
    )
    const started = await json(["sandbox", "start", "auth-M1"])
    assert.strictEqual(started.code, 0, started.stdout + started.stderr)
    assert.include(started.envelope.data.warnings.join("\n"), "\"SAMPLE_TOKEN\" variable is not set")
    const done = await json(["done", "auth-M1", "--force"])
    assert.strictEqual(done.code, 0, done.stdout + done.stderr)
    assert.deepStrictEqual(engineRemains(project.name), [])
    assert.deepStrictEqual(tracesOf(project).slots, {})
  })

  it("names the services that infra.toml wants and the compose file does not have", async () => {
    const { json } = commandLineOf(project)
    const worktree = project.worktree("impl-auth-M1")
    const cases: ReadonlyArray<readonly [field: string, text: string]> = [
      ["sandbox.services", config.replace("[sandbox.ports]", "services = [\"wbe\"]\n[sandbox.ports]")],
      ["sandbox.mounts.code_targets", `${config}[sandbox.mounts]\ncode = ["web/www:/www"]\ncode_targets = ["wbe"]\n`]
    ]
    for (const [field, text] of cases) {
      writeFileSync(configFile, text)
      publish()
      const refused = await json(["impl", "auth/M1"])
      const expected = unusable(
        worktree,
        "service-unknown",
        3,
        `service wbe of ${field} is not in docker-compose.yml`
      )
      assertRefusal(refused, {
        ...expected,
        hint: `change ${field} in .devops-ai/infra.toml; the compose file has db, web`
      }, field)
      assertOnlyWorktree(worktree, field)
      assert.strictEqual((await json(["done", "auth-M1"])).code, 0)
    }
  })

  it("is refused before anything is made when its compose file is not there, or is a folder", async () => {
    const refused = refusalsOf(project)
    const gone: Refusal = {
      exit: 3,
      code: "compose-file-missing",
      says: [`Docker Compose file not found at ${composeFile}`],
      hint: "check compose_file in .devops-ai/infra.toml"
    }
    rmSync(composeFile)
    publish()
    await refused(["impl", "auth/M1"], gone)
    mkdirSync(composeFile)
    writeFileSync(join(composeFile, "web.yml"), project.compose)
    publish()
    await refused(["impl", "auth/M1"], gone)
    assert.deepStrictEqual(engineRemains(project.name), [])
  })

  it("is started beside what holds its port, with the reason, and after the registry was damaged", async () => {
    const { json } = commandLineOf(project)
    const listener = createServer()
    await new Promise<void>((resolve) => listener.listen(project.webPort + 1, "127.0.0.1", resolve))
    try {
      const planned = await json(["impl", "auth/M1"])
      assert.strictEqual(planned.code, 0, planned.stdout)
      assert.strictEqual(planned.envelope.data.slot.number, 2)
      const [skipped] = planned.envelope.data.skippedSlots
      assert.strictEqual(skipped.slot, 1)
      assert.include(skipped.reason, `port ${project.webPort + 1} (WEB_PORT) is in use by pid ${process.pid}`)
    } finally {
      await new Promise((resolve) => listener.close(resolve))
    }

    // With the backup, no claim is lost; the bad file is kept beside it.
    const registry = join(project.home, "registry.json")
    writeFileSync(registry, "{ \"version\": 1, \"slots\": {")
    const recovered = await json(["worktrees"])
    assert.strictEqual(recovered.code, 0, recovered.stdout)
    assert.include(recovered.envelope.data.warnings.join("\n"), registry)
    assert.strictEqual(recovered.envelope.data.worktrees[0].slot, 2)
    const second = await json(["impl", "auth/M2"])
    assert.strictEqual(second.code, 0, second.stdout)
    assert.deepStrictEqual(Object.keys(tracesOf(project).slots), ["1", "2"])

    // Without one, the claims are found again by the slots' folders.
    writeFileSync(registry, "\u0000\u0001")
    rmSync(`${registry}.bak`)
    const third = await json(["impl", "auth/M3"])
    assert.strictEqual(third.code, 0, third.stdout)
    assert.deepStrictEqual(Object.keys(tracesOf(project).slots), ["1", "2", "3"])
    const kept = readdirSync(project.home).filter((name) => name.startsWith("registry.json.corrupt-"))
    assert.strictEqual(kept.length, 2)
    for (const name of ["auth-M1", "auth-M2", "auth-M3"]) {
      const done = await json(["done", name])
      assert.strictEqual(done.code, 0, done.stdout)
    }
    assert.deepStrictEqual(engineRemains(project.name), [])
  })

  it("gets no slot when no port of it exists, or all slots are claimed", async () => {
    const { json } = commandLineOf(project)
    const ports = (...lines: ReadonlyArray<string>): void => {
      const [head] = config.split("[sandbox.ports]")
      writeFileSync(configFile, `${head}[sandbox.ports]\n${lines.join("\n")}\n`)
      publish()
    }
    /** Claims slots as another worktree, running since long, has them. */
    const claim = (...numbers: ReadonlyArray<number>): void => {
      const other = join(project.folder, "other")
      const slot = (id: number) => ({
        slot_id: id,
        project: "other",
        worktree_path: other,
        slot_dir: join(other, String(id)),
        compose_file_copy: join(other, String(id), "docker-compose.yml"),
        ports: { OTHER_PORT: 100 + id },
        claimed_at: "2026-02-08T15:30:00Z",
        status: "running"
      })
      for (const id of numbers) mkdirSync(join(other, String(id)), { recursive: true })
      mkdirSync(project.home, { recursive: true })
      writeFileSync(
        join(project.home, "registry.json"),
        JSON.stringify({ version: 1, slots: Object.fromEntries(numbers.map((id) => [id, slot(id)])) })
      )
    }
    const refused = async (label: string, expected: Refusal): Promise<string> => {
      const before = tracesOf(project)
      const messages: Array<string> = []
      for (const args of [["impl", "auth/M1", "--dry-run"], ["impl", "auth/M1"]]) {
        messages.push(assertRefusal(await json(args), expected, `${label}: ${args.join(" ")}`).message)
        assert.deepStrictEqual(tracesOf(project), before, label)
      }
      assert.strictEqual(messages[0], messages[1])
      assert.deepStrictEqual(engineRemains(project.name), [])
      return messages[0] ?? ""
    }

    ports("WEB_PORT = 8000", "DB_PORT = 65535")
    await refused("no slot", {
      exit: 2,
      code: "port-out-of-range",
      says: ["no slot has a port for DB_PORT: with base port 65535, slot 1 would get 65536"],
      hint: "choose another base port for DB_PORT under [sandbox.ports]"
    })

    // Slots 1 and 2 have ports that exist, and both are claimed; from slot 3 on there are none.
    ports("WEB_PORT = 65533")
    claim(1, 2)
    const above = await refused("high slots", {
      exit: 5,
      code: "slots-exhausted",
      says: ["No slots available (2 of 100 claimed, 98 in conflict)", "slot 3 skipped: ", "65536"],
      hint: "change the base ports"
    })
    assert.isBelow(above.length, 1000)

    ports("WEB_PORT = 65000")
    claim(...Array.from({ length: 100 }, (_, index) => index + 1))
    await refused("all claimed", {
      exit: 5,
      code: "slots-exhausted",
      says: ["No slots available (1-100 all claimed). Run `slipway worktrees` to see active slots."],
      hint: "`slipway done <name>` releases a slot"
    })
  })
})
