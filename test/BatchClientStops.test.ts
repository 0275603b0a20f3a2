import type { BatchRunHandle, Slipway } from "@slipway/node-adapters"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { clientOf, collected, refusalOf, refused, textOf } from "./fixtures/BatchClients.ts"
import { batchOf, type BatchProject, makeBatchProject, textAt } from "./fixtures/BatchProject.ts"
import { processesOf } from "./fixtures/Signalled.ts"
import { until } from "./fixtures/Until.ts"

/** Words of an agent: it goes on while its gate is shut, which it says first. */
const gatedLine = (gate: string): string => `echo working; test -e ${gate} || { sleep 600 & wait; }; echo done`

describe("a run that a program stops", () => {
  const repositories = ["service-a", "service-b", "service-c"]
  const run = "slow-run"
  let project: BatchProject
  let slipway: Slipway
  let gate: string
  beforeEach(async () => {
    project = makeBatchProject(Object.fromEntries(repositories.map((name) => [`myorg/${name}`, ["main"]])))
    gate = join(project.folder, "open")
    project.write("batch.yaml", batchOf("slow", gatedLine(gate), repositories, "  maxParallel: 2\n"))
    slipway = await clientOf(project)
  })
  afterEach(async () => {
    await slipway.close()
    project.remove()
  })

  const begin = (signal?: AbortSignal) =>
    slipway.batch.run({ files: ["batch.yaml"], host: project.host }, signal === undefined ? {} : { signal })

  const log = (index: number, attempt = 1) =>
    textAt(join(project.home, `batch/runs/${run}/tasks/${index}/attempt-${attempt}/log`)) ?? ""

  const twoWork = () => until("two agents work", () => [0, 1].every((index) => log(index).includes("working")))

  const assertNothingLeft = () => {
    assert.deepStrictEqual(processesOf(project.home), [])
    assert.deepStrictEqual(project.workspaces(), [])
  }

  const assertStopped = async (handle: BatchRunHandle) => {
    const { code, exitCode, hint, message } = await refusalOf(handle.result)
    assert.deepStrictEqual([code, exitCode, message], ["interrupted", 130, `the run ${run} was stopped`])
    assert.include(hint, `resume("${run}")`)
    assertNothingLeft()
    const { progress, state } = await slipway.batch.status(run)
    assert.deepStrictEqual([state, progress.completed + progress.failed], ["interrupted", 0])
  }

  const resumed = async () => {
    writeFileSync(gate, "")
    const handle = slipway.batch.resume(run)
    const [events, result] = await Promise.all([collected(handle), handle.result])
    assert.deepInclude(events[0], { event: "run-started", reason: "resume" })
    assert.deepStrictEqual(
      [result.exitCode, result.tasks.map(({ attempt, outcome }) => [attempt, outcome])],
      [0, [[2, "NoChanges"], [2, "NoChanges"], [1, "NoChanges"]]]
    )
    assertNothingLeft()
  }

  it("by a signal goes on later, and does again what was not done", async () => {
    const abort = new AbortController()
    const handle = begin(abort.signal)
    const listening = collected(handle).then(() => null, (reason: unknown) => reason)
    await twoWork()
    abort.abort()
    await assertStopped(handle)
    assert.deepInclude(await listening, { code: "interrupted" })
    await resumed()
  })

  it("by a signal that was aborted before is not made", async () => {
    const handle = begin(AbortSignal.abort())
    const { code, message } = await refusalOf(handle.result)
    assert.deepStrictEqual([code, message], ["interrupted", "it was stopped before there was a run"])
    assert.deepStrictEqual(await slipway.batch.list(), [])
  })

  it("by leaving its events has no agent any more, and goes on later", async () => {
    const handle = begin()
    for await (const { event } of handle) {
      if (event !== "agent-started") continue
      await twoWork()
      break
    }
    assert.deepStrictEqual(processesOf(project.home), [])
    await assertStopped(handle)
    await resumed()
  })

  it("by an error of who listens has no agent any more", async () => {
    const handle = begin()
    const listening = async () => {
      for await (const { event } of handle) if (event === "agent-started") throw new Error("a fault of the program")
    }
    assert.deepInclude(await listening().catch((reason: unknown) => reason), { message: "a fault of the program" })
    await assertStopped(handle)
  })

  it("that has ended is not stopped by leaving its last event", async () => {
    writeFileSync(gate, "")
    const handle = begin()
    for await (const { event } of handle) if (event === "run-finished") break
    assert.deepInclude(await handle.result, { state: "finished", exitCode: 0 })
  })

  it("by closing the client can be resumed by another", async () => {
    const handle = begin()
    await twoWork()
    const stopped = refusalOf(handle.result)
    await slipway.close()
    assertNothingLeft()
    assert.strictEqual((await stopped).code, "interrupted")
    slipway = await clientOf(project)
    await resumed()
  })

  it("for good is cancelled by another client, and stays so", async () => {
    const handle = begin()
    const events = collected(handle)
    await twoWork()
    const other = await clientOf(project)
    assert.strictEqual((await other.batch.status(run)).state, "running")
    assert.deepStrictEqual(await refused(other.batch.resume(run).result), ["run-busy", 5])
    assert.deepStrictEqual(await refused(other.batch.retry(run, ["0"]).result), ["run-busy", 5])
    const cancelled = await other.batch.cancel(run)
    assert.deepStrictEqual(
      [cancelled.phase, cancelled.exitCode, cancelled.tasks.map(({ outcome }) => outcome)],
      ["Failed", 1, ["Cancelled", "Cancelled", "Cancelled"]]
    )
    assert.deepInclude(await handle.result, { phase: "Failed", state: "finished", exitCode: 1 })
    assert.include((await events).map(({ event }) => event), "cancelling")
    assertNothingLeft()
    assert.deepStrictEqual(await refused(other.batch.resume(run).result), ["run-conflict", 5])
    assert.deepStrictEqual(await refused(other.batch.cancel(run)), ["run-conflict", 5])
    await other.close()
  })

  it("has logs that are followed to their end, and left early without harm", async () => {
    const handle = begin()
    await twoWork()
    const followed = textOf(slipway.batch.logs({ name: run, task: "service-a", follow: true }))
    for await (const bytes of slipway.batch.logs({ name: run, task: 0, follow: true })) {
      assert.strictEqual(Buffer.from(bytes).toString(), "working\n")
      break
    }
    const abort = new AbortController()
    const aborted = collected(slipway.batch.logs({ name: run, task: 1, follow: true, signal: abort.signal }))
    abort.abort()
    assert.deepStrictEqual(await refused(aborted), ["interrupted", 130])
    const other = await clientOf(project)
    const closed = refused(collected(other.batch.logs({ name: run, task: 1, follow: true })))
    await other.close()
    assert.deepStrictEqual(await closed, ["interrupted", 130])
    assert.strictEqual((await refusalOf(other.batch.resume(run).result)).code, "interrupted")
    await slipway.batch.cancel(run)
    assert.strictEqual((await handle.result).state, "finished")
    assert.strictEqual(await followed, "working\n")
  })
})
