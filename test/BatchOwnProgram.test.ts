import { connect } from "@slipway/node-adapters"
import { chmodSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { assertExit, batchOf, type BatchProject, makeBatchProject } from "./fixtures/BatchProject.ts"
import { cleanVariables } from "./fixtures/SampleProject.ts"

describe("an agent of one's own", () => {
  let project: BatchProject
  const made = (name: string, line = "true", runFields = "") =>
    project.write(`${name}.yaml`, batchOf(name, line, ["service-a"], runFields))
  const args = (name: string, ...more: ReadonlyArray<string>) => [
    "batch",
    "run",
    "-f",
    join(project.root, `${name}.yaml`),
    "--host",
    project.host,
    ...more
  ]

  beforeAll(() => {
    project = makeBatchProject({ "myorg/service-a": ["main"] })
    chmodSync(
      project.write(
        "agent.sh",
        "#!/bin/sh\necho \"{\\\"summary\\\":\\\"$1 in $(basename $(pwd))\\\"}\" > result.json\n"
      ),
      0o755
    )
  })

  afterAll(() => project.remove())

  it("is started by a path of the folder that one stands in", async () => {
    made("near")
    const run = await project.run(args("near", "--", "./agent.sh", "--fast"))
    assertExit(run, 0)
    assert.include(run.stdout, "--fast in ")
  })

  it("is started by a path of the folder of -C", async () => {
    made("far")
    mkdirSync(join(project.root, "elsewhere"), { recursive: true })
    const run = await project.run(["-C", project.root, ...args("far", "--", "./agent.sh", "--slow")], {
      cwd: join(project.root, "elsewhere")
    })
    assertExit(run, 0)
    assert.include(run.stdout, "--slow in ")
  })

  it("is started for a program, too", async () => {
    made("called")
    await using slipway = await connect({ cwd: project.root, home: project.home, env: cleanVariables() })
    const run = slipway.batch.run({
      files: ["called.yaml"],
      host: project.host,
      command: ["./agent.sh", "--called"]
    })
    const { exitCode, tasks } = await run.result
    assert.strictEqual(exitCode, 0)
    assert.match(tasks[0]?.result?.summary ?? "", /^--called in /u)
  })

  it("is not found when it is nowhere", async () => {
    made("nowhere")
    const run = await project.run(args("nowhere", "--", "./absent.sh"))
    assertExit(run, 1)
    assert.include(run.stdout, "ProgramNotFound")
  })

  it("may say what cannot be read, and that is told", async () => {
    made("unreadable", "echo no > result.json")
    const run = await project.run(args("unreadable"))
    assertExit(run, 0)
    assert.match(run.stderr, /✓ unreadable-run-task-0 .*ResultUnreadable: /u)
    assert.match(run.stdout, /NoChanges .*ResultUnreadable: /u)
  })

  it("waits without a failure while its run is suspended", async () => {
    made("later", "true", "  suspend: true\n")
    const run = await project.run(args("later"))
    assertExit(run, 0)
    assert.include(run.stdout, "suspended")
    const resumed = await project.run(["batch", "resume", "later-run"])
    assertExit(resumed, 0)
  })
})
