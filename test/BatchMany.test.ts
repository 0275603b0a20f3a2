import { appendFileSync, chmodSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { assertExit, batchOf, type BatchProject, makeBatchProject, textAt } from "./fixtures/BatchProject.ts"
import { startCommand } from "./fixtures/Signalled.ts"

describe("many at once", () => {
  let project: BatchProject

  beforeEach(() => {
    project = makeBatchProject({ "myorg/service-a": ["main"], "myorg/service-b": ["main"] })
  })

  afterEach(() => project.remove())

  const waitFor = (name: string) => `until [ -e ${join(project.folder, name)} ]; do sleep 0.05; done`
  const release = (name: string) => appendFileSync(join(project.folder, name), "")
  const journal = (run: string) => textAt(join(project.home, "batch/runs", run, "journal.jsonl")) ?? ""

  it("a hundred tasks on one repository fetch it once", async () => {
    const fetches = join(project.folder, "fetches")
    // What stands for ssh is given the host and a command line of the server.
    const ssh = join(project.folder, "ssh")
    writeFileSync(ssh, `#!/bin/sh\nfor last; do :; done\necho "$last" >> ${fetches}\nexec sh -c "$last"\n`)
    chmodSync(ssh, 0o755)
    project.write(
      "batch.yaml",
      batchOf(
        "hundred",
        "cd service-a; cat README.md; echo x > new.txt",
        Array.from({ length: 100 }, () => "service-a"),
        "  maxParallel: 8\n"
      )
    )
    const host = `ssh://git@example.org${project.folder}/remotes/{org}/{repo}.git`
    const ran = await project.json(["batch", "run", "-f", "batch.yaml", "--host", host], {
      variables: { GIT_SSH_COMMAND: ssh }
    })
    assertExit(ran, 0)
    assert.strictEqual(ran.envelope.data.progress.completed, 100)
    const asked = readFileSync(fetches, "utf8").trim().split("\n")
    assert.lengthOf(asked.filter((line) => line.includes("upload-pack")), 1, asked.join("\n"))
  })

  it("runs of different names share one home", async () => {
    const line = "cd service-*; echo \"$TASK_NAME\" > new.txt"
    project.write("batch.yaml", batchOf("one", line, ["service-a", "service-b"]))
    const names = Array.from({ length: 25 }, (_, index) => `run-${index}`)
    const runs = await Promise.all(
      names.map((name) =>
        project.json([
          "batch",
          "run",
          "-f",
          "batch.yaml",
          "--host",
          project.host,
          "--publish",
          "branch",
          "--name",
          name
        ])
      )
    )
    for (const ran of runs) assertExit(ran, 0)
    const branches = project.inRemote("myorg/service-a", "branch", "--list", "slipway/*").split("\n")
    assert.lengthOf(branches, names.length)
    const { envelope } = await project.json(["batch", "list"])
    assert.sameMembers(envelope.data.runs.map(({ name }: { name: string }) => name), names)
    assert.deepStrictEqual(project.workspaces(), [])
  })

  it("only one works on a run, whoever else would go on with it", async () => {
    project.write("batch.yaml", batchOf("held", `echo working; ${waitFor("on")}`, ["service-a"]))
    const first = startCommand(project.sample, ["batch", "run", "-f", "batch.yaml", "--host", project.host])
    await first.until("it works", () => journal("held-run").includes("AgentStarted"))
    first.signal("SIGKILL")
    await first.ended
    const both = [1, 2].map(() => startCommand(project.sample, ["batch", "resume", "held-run", "--json"]))
    const winner = await Promise.race(both.map(({ ended }) => ended))
    const refused = JSON.parse(winner.stdout)
    assert.deepStrictEqual([winner.code, refused.error?.code], [5, "run-busy"], winner.stdout)
    const again = await project.json(["batch", "retry", "held-run", "0"])
    assert.deepStrictEqual([again.code, again.envelope.error?.code], [5, "run-busy"])
    release("on")
    const codes = await Promise.all(both.map(async ({ ended }) => (await ended).code))
    assert.sameMembers(codes, [0, 5])
    assert.strictEqual(journal("held-run").split("AgentStarted").length - 1, 2)
  })
})

describe("what the BatchRun says of the run as a whole", () => {
  let project: BatchProject

  beforeEach(() => {
    project = makeBatchProject({ "myorg/service-a": ["main"], "myorg/service-b": ["main"] })
  })

  afterEach(() => project.remove())

  const start = (line: string, fields: string, ...flags: ReadonlyArray<string>) => {
    project.write("batch.yaml", batchOf("whole", line, ["service-a", "service-b"], fields))
    return project.json(["batch", "run", "-f", "batch.yaml", "--host", project.host, ...flags])
  }

  it("suspend: nothing starts until it is resumed", async () => {
    const ran = await start("echo well", "  suspend: true\n")
    assertExit(ran, 0)
    assert.deepStrictEqual([ran.envelope.data.state, ran.envelope.data.phase], ["suspended", "Pending"])
    assert.deepStrictEqual(ran.envelope.data.progress, { total: 2, pending: 2, running: 0, completed: 0, failed: 0 })
    const resumed = await project.json(["batch", "resume", "whole-run"])
    assertExit(resumed, 0)
    assert.deepStrictEqual(resumed.envelope.data.progress, {
      total: 2,
      pending: 0,
      running: 0,
      completed: 2,
      failed: 0
    })
  })

  it("timeout: what works then is stopped, what waits is not started, and the exit code is 124", async () => {
    const ran = await start("sleep 60", "  timeout: 1\n  maxParallel: 1\n")
    assertExit(ran, 124)
    assert.deepStrictEqual(
      ran.envelope.data.tasks.map(({ outcome, reason }: { outcome: string; reason: string }) => [outcome, reason]),
      [["TimedOut", "RunTimedOut"], ["Skipped", "RunTimedOut"]]
    )
  })

  it("ttlSecondsAfterFinished: it is gone at the next run", async () => {
    assertExit(await start("echo well", "  ttlSecondsAfterFinished: 0\n"), 0)
    assertExit(await project.run(["batch", "status", "whole-run"]), 0)
    assertExit(await start("echo well", "", "--name", "next"), 0)
    const { envelope } = await project.json(["batch", "list"])
    assert.deepStrictEqual(envelope.data.runs.map(({ name }: { name: string }) => name), ["next"])
  })
})
