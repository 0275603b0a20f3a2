import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { assertExit, batchOf, type BatchProject, makeBatchProject, textAt } from "./fixtures/BatchProject.ts"
import { processesOf, startCommand } from "./fixtures/Signalled.ts"
import { until } from "./fixtures/Until.ts"

const repositories = Array.from({ length: 20 }, (_, index) => `service-${index}`)

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

  const journal = (
    run: string
  ): ReadonlyArray<{ _tag: string; index: number; attempt: number; result: { outcome: string } }> =>
    (textAt(join(project.home, "batch/runs", run, "journal.jsonl")) ?? "").split("\n")
      .filter((line) => line.endsWith("}")).map((line) => JSON.parse(line))

  const isFinished = (run: string) => journal(run).some(({ _tag }) => _tag === "RunFinished")

  /** What begins a run, or goes on with it when it was made before its process was killed. */
  const begin = (run: string) =>
    textAt(join(project.home, "batch/runs", run, "run.json")) === null
      ? ["batch", "run", "-f", "batch.yaml", "--name", run, "--host", project.host, "--publish", "branch"]
      : ["batch", "resume", run]

  /** Kills the process of a run once it has written so many lines more; gives whether it was still there. */
  const killAfter = async (run: string, lines: number): Promise<boolean> => {
    const wanted = journal(run).length + lines
    const command = startCommand(project.sample, begin(run))
    const over = new AbortController()
    const ended = command.ended.finally(() => over.abort())
    await until("it has written so much", () => over.signal.aborted || journal(run).length >= wanted)
    command.signal("SIGKILL")
    return (await ended).signal === "SIGKILL"
  }

  const assertEachDoneOnce = async (run: string) => {
    const done = journal(run).filter(({ _tag, result }) => _tag === "AttemptFinished" && result.outcome === "Succeeded")
    assert.deepStrictEqual(
      done.map(({ index }) => index).toSorted((one, other) => one - other),
      repositories.map((_, index) => index)
    )
    const attempts = journal(run).flatMap(({ _tag, attempt, index }) =>
      _tag === "AttemptCreated" ? [`${index}/${attempt}`] : []
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
  }

  it("goes on wherever it was killed, thirty times, until each task is done exactly once", async () => {
    let kills = 0
    for (let round = 1; kills < moments.length; round++) {
      const run = `everywhere-${round}`
      while (kills < moments.length && !isFinished(run)) {
        // So many lines of its journal later: before the first, in the middle of tasks, at their ends.
        if (await killAfter(run, Math.floor((moments[kills] ?? 0) * 12))) kills++
      }
      if (!isFinished(run)) assertExit(await project.run(begin(run)), 0)
      await assertEachDoneOnce(run)
    }
    assert.strictEqual(kills, moments.length)
  }, 300_000)
})
