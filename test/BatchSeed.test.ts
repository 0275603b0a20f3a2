import { mkdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { assertExit, type BatchProject, makeBatchProject, textAt } from "./fixtures/BatchProject.ts"
import type { Run } from "./fixtures/CommandLine.ts"
import { seedAgent, seedBatch, seedBytes, seedRepositories } from "./fixtures/SeedBatch.ts"

const run = "update-dependencies-run-001"
const secret = "hush-7f3a9c51d2e8"

describe("the seed's batch with local processes", () => {
  let project: BatchProject
  let seen: string
  let ran: Run

  beforeAll(async () => {
    project = makeBatchProject(seedRepositories)
    seen = join(project.folder, "seen")
    mkdirSync(seen)
    const agent = seedAgent(project)
    project.write("batch.yaml", seedBatch(`  command: ["/bin/sh", ${JSON.stringify(agent)}, ${JSON.stringify(seen)}]`))
    ran = await project.run(["batch", "run", "-f", "batch.yaml", "--host", project.host, "--publish", "branch"])
  })

  afterAll(() => project.remove())

  it("is planned as three tasks with the contexts in the seed's order", async () => {
    const { envelope } = await project.json(["batch", "plan", "-f", "batch.yaml", "--host", project.host])
    const names = (contexts: ReadonlyArray<{ file?: { name: string }; repository?: { repo: string } }>) =>
      contexts.map(({ file, repository }) => file?.name ?? repository?.repo)
    assert.deepStrictEqual(
      envelope.data.tasks.map((task: { name: string; contexts: never }) => [task.name, names(task.contexts)]),
      [
        [`${run}-task-0`, ["task.md", "guide.md", "service-a", "config.json"]],
        [`${run}-task-1`, ["task.md", "guide.md", "service-b", "config.json", "credentials.json"]],
        [`${run}-task-2`, ["task.md", "guide.md", "service-c", "config.json"]]
      ]
    )
  })

  it("succeeds", () => {
    assertExit(ran, 0)
    assert.match(ran.stdout, /3/u)
  })

  it.each([0, 1, 2])("gives task %i its files byte for byte", (index) => {
    const at = (name: string) => readFileSync(join(seen, `${run}-task-${index}`, name), "utf8")
    assert.strictEqual(at("task.md"), seedBytes.task)
    assert.strictEqual(at("guide.md"), seedBytes.guide)
    assert.strictEqual(at("config.json"), seedBytes.configs[index])
    const repository = `./service-${"abc"[index]}/README.md`
    const files = [
      "./config.json",
      ...(index === 1 ? ["./credentials.json"] : []),
      "./guide.md",
      repository,
      "./task.md"
    ]
    assert.deepStrictEqual(at("files").trim().split("\n"), files)
    const [namespace, directory, workspace] = at("environment").split("\n")
    assert.deepStrictEqual([namespace, directory], ["kubetask-system", workspace])
  })

  it("gives the secret to its task alone, readable by its owner alone", () => {
    const at = (name: string, index: number) => textAt(join(seen, `${run}-task-${index}`, name))
    assert.strictEqual(at("credentials.json", 1), seedBytes.credentials)
    assert.strictEqual(at("mode", 1)?.trim(), "400")
    assert.isNull(at("credentials.json", 0))
  })

  it("pushes a branch for each task", () => {
    for (
      const [index, repository, base] of [[0, "service-a", "main"], [1, "service-b", "main"], [
        2,
        "service-c",
        "develop"
      ]]
    ) {
      const branch = `slipway/${run}-task-${index}`
      const repositoryName = `myorg/${repository}`
      assert.strictEqual(
        project.inRemote(repositoryName, "log", "--format=%s", `${base}..${branch}`),
        "Update dependencies"
      )
      assert.strictEqual(
        project.inRemote(repositoryName, "diff", "--name-status", `${base}...${branch}`),
        "A\tdependencies.txt"
      )
    }
  })

  it("tells how it stands, as the seed's status does", async () => {
    const { envelope, code } = await project.json(["batch", "status", run])
    assert.strictEqual(code, 0)
    const { data } = envelope
    assert.strictEqual(data.phase, "Succeeded")
    assert.deepStrictEqual(data.progress, { total: 3, pending: 0, running: 0, completed: 3, failed: 0 })
    assert.deepStrictEqual(
      data.tasks.map((task: { outcome: string; result: { summary: string } }) => [task.outcome, task.result.summary]),
      Array.from({ length: 3 }, () => ["Succeeded", "Updated one dependency"])
    )
    const yaml = await project.run(["batch", "status", run, "--yaml"])
    assertExit(yaml, 0)
    for (
      const line of [
        "kind: BatchRun",
        "phase: Succeeded",
        `jobName: ${run}-task-2`,
        "branch: develop",
        "jira: PROJ-1234"
      ]
    ) {
      assert.include(yaml.stdout, line)
    }
  })

  it("keeps each log, without the secret in any form", async () => {
    for (const [index, repository] of ["service-a", "service-b", "service-c"].entries()) {
      const logs = await project.run(["batch", "logs", run, String(index)])
      assertExit(logs, 0)
      assert.include(logs.stdout, `worked on ${repository}`)
      assert.notInclude(logs.stdout, secret)
      assert.notInclude(logs.stdout, Buffer.from(seedBytes.credentials).toString("base64"))
    }
    assert.notInclude(ran.stdout + ran.stderr, secret)
  })

  it("leaves no checkout, and reads the run's folder to nobody else", () => {
    assert.deepStrictEqual(project.workspaces(), [])
    assert.strictEqual(statSync(join(project.home, "batch/runs", run)).mode & 0o077, 0)
  })

  it("is listed, and its name is not taken again", async () => {
    const listed = await project.json(["batch", "list"])
    assert.deepStrictEqual(listed.envelope.data.runs.map(({ name }: { name: string }) => name), [run])
    const again = await project.json(["batch", "run", "-f", "batch.yaml", "--host", project.host])
    assert.deepStrictEqual([again.code, again.envelope.error?.code], [5, "run-exists"])
  })

  it("runs the chosen tasks again, and moves the branch that it made", async () => {
    const before = project.inRemote("myorg/service-a", "rev-parse", `slipway/${run}-task-0`)
    const again = await project.run(["batch", "retry", run, "service-a"])
    assertExit(again, 0)
    const { envelope } = await project.json(["batch", "status", run])
    assert.deepStrictEqual(envelope.data.tasks.map(({ attempt }: { attempt: number }) => attempt), [2, 1, 1])
    assert.strictEqual(
      project.inRemote("myorg/service-a", "rev-list", "--count", `main..slipway/${run}-task-0`),
      "1"
    )
    assert.match(before, /^[0-9a-f]{40}$/u)
  })
})
