import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { clearEngine, commandLineOf, docker, engineRemains, skipsEngine } from "./fixtures/CommandLine.ts"
import { git, makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"
import { answerOf } from "./fixtures/Until.ts"

const text = async (url: string): Promise<string> => (await fetch(url)).text()

const registrySlots = (project: SampleProject): Readonly<Record<string, unknown>> =>
  JSON.parse(readFileSync(join(project.home, "registry.json"), "utf8")).slots

const portOf = (
  data: { readonly sandbox: { readonly urls: ReadonlyArray<{ readonly variable: string; readonly port: number }> } },
  variable: string
): number => data.sandbox.urls.find((url) => url.variable === variable)?.port ?? 0

const milestones = ["M1", "M2", "M3"]

describe.skipIf(skipsEngine)("three features side by side on a real engine, compose file untouched", () => {
  let project: SampleProject
  beforeAll(async () => {
    project = await makeSampleProject()
  })
  afterAll(() => {
    clearEngine(project.name)
    project.remove()
  })

  it("starts, isolates and removes them without a trace", async () => {
    const { json } = commandLineOf(project)
    const started = await Promise.all(milestones.map((milestone) => json(["impl", `auth/${milestone}`, "--yes"])))
    for (const run of started) assert.strictEqual(run.code, 0, run.stdout + run.stderr)
    const data = started.map((run) => run.envelope.data)
    assert.strictEqual(new Set(data.map((one) => one.slot.number)).size, 3)
    assert.deepStrictEqual(data.map((one) => one.sandbox.health.verdict), ["ready", "ready", "ready"])

    // Its own port, and its worktree's code: what is changed there is served after a start, and only there.
    for (const [index, milestone] of milestones.entries()) {
      const worktree = project.worktree(`impl-auth-${milestone}`)
      assert.strictEqual(await text(`http://localhost:${portOf(data[index], "WEB_PORT")}/`), "page of main\n")
      writeFileSync(join(worktree, "web/www/index.html"), `page of ${milestone}\n`)
    }
    const restarted = await Promise.all(milestones.map((milestone) => json(["sandbox", "start", `auth-${milestone}`])))
    for (const run of restarted) assert.strictEqual(run.code, 0, run.stdout + run.stderr)
    for (const [index, milestone] of milestones.entries()) {
      assert.strictEqual(await text(`http://localhost:${portOf(data[index], "WEB_PORT")}/`), `page of ${milestone}\n`)
    }

    // Its own data.
    for (const [index, milestone] of milestones.entries()) {
      await text(`http://localhost:${portOf(data[index], "DB_PORT")}/cgi-bin/write?${milestone}`)
    }
    for (const [index, milestone] of milestones.entries()) {
      assert.strictEqual(await text(`http://localhost:${portOf(data[index], "DB_PORT")}/data/value`), `${milestone}\n`)
    }

    // On the shared network, with the OTEL variables.
    const [web] = docker(
      "ps",
      "--quiet",
      "--filter",
      `label=com.docker.compose.project=${project.name}-slot-${data[0].slot.number}`,
      "--filter",
      "label=com.docker.compose.service=web"
    )
    assert.isDefined(web)
    const inspected = docker(
      "inspect",
      web ?? "",
      "--format",
      "{{json .NetworkSettings.Networks}} {{json .Config.Env}}"
    ).join("")
    assert.include(inspected, "devops-ai-observability")
    assert.include(inspected, `service.namespace=${project.name}-slot-${data[0].slot.number}`)

    const listed = await json(["worktrees"])
    assert.strictEqual(listed.envelope.data.worktrees.length, 3)
    assert.deepStrictEqual(
      listed.envelope.data.worktrees.map((row: { readonly state: string }) => row.state),
      ["running", "running", "running"]
    )

    // Uncommitted work is not lost.
    const refused = await json(["done", "auth-M1"])
    assert.strictEqual(refused.code, 4)
    assert.strictEqual(refused.envelope.error?.code, "work-would-be-lost")
    assert.include(refused.envelope.error?.message ?? "", "web/www/index.html")

    for (const milestone of milestones) {
      git(project.worktree(`impl-auth-${milestone}`), "checkout", "--quiet", "--", ".")
    }
    const removed = await Promise.all(milestones.map((milestone) => json(["done", `auth-${milestone}`])))
    for (const run of removed) assert.strictEqual(run.code, 0, run.stdout + run.stderr)
    assert.deepStrictEqual(engineRemains(project.name), [])
    assert.deepStrictEqual(registrySlots(project), {})
    assert.deepStrictEqual(readdirSync(join(project.home, "slots")), [])
    for (const milestone of milestones) assert.isFalse(existsSync(project.worktree(`impl-auth-${milestone}`)))
    assert.strictEqual(project.git("worktree", "list").trim().split("\n").length, 1)
    assert.strictEqual(project.git("branch", "--list", "impl/*").trim(), "")
    assert.strictEqual(readFileSync(join(project.root, "docker-compose.yml"), "utf8"), project.compose)
    assert.strictEqual(project.git("status", "--porcelain").trim(), "")
  })
})

describe.skipIf(skipsEngine)("the same on a compose file that `init --parameterize` rewrote", () => {
  let project: SampleProject
  beforeAll(async () => {
    project = await makeSampleProject()
  })
  afterAll(() => {
    clearEngine(project.name)
    project.remove()
  })

  it("keeps comments and order, runs in slots, and still runs by hand on the base ports", async () => {
    const { json } = commandLineOf(project)
    const init = await json(["init", "--parameterize", "--yes"])
    assert.strictEqual(init.code, 0, init.stdout + init.stderr)
    const rewritten = readFileSync(join(project.root, "docker-compose.yml"), "utf8")
    for (const comment of ["# The sample's services.", "# fixed on purpose", "# the page"]) {
      assert.include(rewritten, comment)
    }
    assert.match(rewritten, new RegExp(`\\$\\{\\w+:-${project.webPort}\\}:8080`, "u"))
    assert.isBelow(rewritten.indexOf("  web:"), rewritten.indexOf("  db:"))
    project.git("commit", "--quiet", "--all", "--message", "Parameterize")
    project.git("push", "--quiet")

    const impl = await json(["impl", "auth/M1"])
    assert.strictEqual(impl.code, 0, impl.stdout + impl.stderr)
    assert.strictEqual(await text(`http://localhost:${portOf(impl.envelope.data, "WEB_PORT")}/health`), "ok\n")

    // Without Slipway, beside the sandbox.
    const files = ["--project-directory", project.root, "--file", join(project.root, "docker-compose.yml")]
    const byHand = (...words: ReadonlyArray<string>) =>
      docker("compose", ...files, "--project-name", `${project.name}-hand`, ...words)
    byHand("up", "--detach", "--build", "--quiet-pull")
    try {
      assert.strictEqual(await answerOf(`http://localhost:${project.webPort}/health`), "ok\n")
    } finally {
      byHand("down", "--volumes", "--rmi", "local")
    }

    const done = await json(["done", "auth-M1"])
    assert.strictEqual(done.code, 0, done.stdout + done.stderr)
    assert.deepStrictEqual(engineRemains(project.name), [])
  })
})
