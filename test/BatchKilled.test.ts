import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { assertExit, batchOf, type BatchProject, makeBatchProject } from "./fixtures/BatchProject.ts"
import { processesOf, startCommand } from "./fixtures/Signalled.ts"
import { until } from "./fixtures/Until.ts"

const repositories = Array.from({ length: 20 }, (_, index) => `service-${index}`)
const run = "everywhere-run"

/** A line for `sh` that works for some tenths of a second, leaves a child that must not outlive it, and commits. */
const agent = `sleep 60 & sleep 0.1
cd service-*; echo "$TASK_NAME" >> done.txt; git add done.txt
git -c user.name=Agent -c user.email=agent@example.org commit --quiet --message Work
sleep 0.1; echo finished`

/** Moments of a run, spread evenly by a fixed rule, so that thirty kills look into every corner and none is lucky. */
const moments = Array.from({ length: 30 }, (_, index) => (index * 0.618_034) % 1)

describe("a run whose process is killed", () => {
  let project: BatchProject

  beforeEach(() => {
    project = makeBatchProject(Object.fromEntries(repositories.map((name) => [`myorg/${name}`, ["main"]])))
    project.write("batch.yaml", batchOf("everywhere", agent, repositories, "  maxParallel: 6\n"))
  })

  afterEach(() => project.remove())

  const journal = (): ReadonlyArray<{ _tag: string; index: number; attempt: number; result: { outcome: string } }> => {
    try {
      return readFileSync(join(project.home, "batch/runs", run, "journal.jsonl"), "utf8").split("\n")
        .filter((line) => line.endsWith("}")).map((line) => JSON.parse(line))
    } catch {
      return []
    }
  }

  it("goes on wherever it was killed, thirty times, until each task is done exactly once", async () => {
    const start = ["batch", "run", "-f", "batch.yaml", "--host", project.host, "--publish", "branch"]
    const isMade = () => existsSync(join(project.home, "batch/runs", run, "run.json"))
    let kills = 0
    for (const moment of moments) {
      const before = journal().length
      const command = startCommand(project.sample, kills > 0 && isMade() ? ["batch", "resume", run] : start)
      // So many lines of its journal later: before the first, in the middle of tasks, at their ends.
      const wanted = before + Math.floor(moment * 12)
      const over = new AbortController()
      const ended = command.ended.finally(() => over.abort())
      await until("it has written so much", () => over.signal.aborted || journal().length >= wanted)
      command.signal("SIGKILL")
      const { signal } = await ended
      if (signal === "SIGKILL") kills++
      if (journal().some(({ _tag }) => _tag === "RunFinished")) break
    }
    const finished = () => journal().some(({ _tag }) => _tag === "RunFinished")
    if (!finished()) assertExit(await project.run(isMade() ? ["batch", "resume", run] : start), 0)
    assert.isAtLeast(kills, 5)

    const done = journal().filter(({ _tag, result }) => _tag === "AttemptFinished" && result.outcome === "Succeeded")
    assert.deepStrictEqual(
      done.map(({ index }) => index).toSorted((one, other) => one - other),
      repositories.map((_, index) => index)
    )
    const attempts = journal().filter(({ _tag }) => _tag === "AttemptCreated").map(({ attempt, index }) =>
      `${index}/${attempt}`
    )
    assert.strictEqual(new Set(attempts).size, attempts.length)
    for (const [index, name] of repositories.entries()) {
      const branch = `slipway/${run}-task-${index}`
      assert.strictEqual(project.inRemote(`myorg/${name}`, "rev-list", "--count", `main..${branch}`), "1", name)
    }
    assert.deepStrictEqual(project.workspaces(), [])
    await until("no process of it is left", () => processesOf(project.home).length === 0)
    const { envelope } = await project.json(["batch", "status", run])
    assert.deepStrictEqual(envelope.data.progress, { total: 20, pending: 0, running: 0, completed: 20, failed: 0 })
  }, 300_000)
})
