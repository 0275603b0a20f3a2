import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { manyTasks } from "../testing/ManyTasks.ts"
import { memoryBatchesLayer, memoryBatchRequest } from "../testing/MemoryBatches.ts"
import { MemoryAgents, type ScriptedAgent } from "../testing/MemoryTaskRunner.ts"
import { updateDependencies } from "../testing/UpdateDependenciesSample.ts"
import { watchEvents } from "../testing/WatchedRun.ts"
import { type AgentJob, RunnerFailed } from "./attempt/TaskRunner.ts"
import { Batches } from "./Batches.ts"
import type { BatchEvent } from "./BatchEvent.ts"
import type { BatchRun } from "./kinds/Kinds.ts"
import { exitCodeOfRun } from "./reconcile/RunExitCode.ts"
import { BatchRunStore } from "./record/BatchRunStore.ts"

const tasks = (count: number, script: (job: AgentJob) => ScriptedAgent) =>
  memoryBatchesLayer({ resources: [manyTasks(count)], script })

const request = (changes: Parameters<typeof memoryBatchRequest>[0] = {}) =>
  memoryBatchRequest({ name: "many-1", ...changes })

const finished = (events: ReadonlyArray<BatchEvent>) => {
  const last = events.at(-1)
  if (last?._tag !== "RunFinished") throw new Error("the run has not finished")
  return last.standing
}

const outcomesOf = (events: ReadonlyArray<BatchEvent>) =>
  finished(events).tasks.map(({ attempt, outcome, reason }) => [outcome, reason, attempt])

describe("maxParallel", () => {
  it.effect("bounds the agents that run at once; each that ends makes room for the next", () =>
    Effect.gen(function*() {
      const agents = yield* MemoryAgents
      const run = yield* watchEvents((yield* Batches).run(request({ maxParallel: 3 })))
      yield* run.until("Progress", ({ progress }) => progress.running === 3)
      yield* TestClock.adjust("100 minutes")
      const events = yield* run.end
      assert.strictEqual(agents.mostAtOnce(), 3)
      assert.lengthOf(agents.started(), 20)
      assert.deepStrictEqual(finished(events).progress, { total: 20, pending: 0, running: 0, completed: 20, failed: 0 })
      for (const event of events) {
        if (event._tag !== "Progress") continue
        const { completed, failed, pending, running, total } = event.progress
        assert.strictEqual(completed + failed + pending + running, total)
        assert.isAtMost(running, 3)
      }
    }).pipe(Effect.scoped, Effect.provide(tasks(20, ({ key }) => ({ duration: `${1 + key.index % 4} minutes` })))))
})

describe("retry", () => {
  it.effect("runs a task again whose agent failed, as often as it says, each attempt in a workspace of its own", () =>
    Effect.gen(function*() {
      const events = yield* Stream.runCollect((yield* Batches).run(request({ retry: 2 })))
      assert.deepStrictEqual(outcomesOf(events), [["Succeeded", null, 2], ["Failed", "ExitCode", 3]])
      const places = (yield* MemoryAgents).started().map(({ workspace }) => workspace)
      assert.lengthOf(new Set(places), 5)
    }).pipe(Effect.provide(tasks(2, ({ key }) => ({ exitCode: key.index === 0 && key.attempt === 2 ? 0 : 1 })))))

  const unavailable = new RunnerFailed({
    reason: "EngineUnavailable",
    message: "the engine does not answer",
    failure: "setup",
    transient: true
  })

  it.effect("is not used up by what failed before the agent, which is tried again after one and four seconds", () =>
    Effect.gen(function*() {
      const run = yield* watchEvents((yield* Batches).run(request({ retry: 1 })))
      yield* run.until("AttemptFinished", ({ attempt }) => attempt === 1)
      yield* TestClock.adjust(1000)
      yield* run.until("AttemptFinished", ({ attempt }) => attempt === 2)
      yield* TestClock.adjust(3999)
      assert.lengthOf(run.events().filter(({ _tag }) => _tag === "AttemptStarted"), 2)
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(outcomesOf(yield* run.end), [["Succeeded", null, 4]])
    }).pipe(
      Effect.scoped,
      Effect.provide(
        tasks(1, ({ key }) => key.attempt < 3 ? { failure: unavailable } : { exitCode: key.attempt === 3 ? 1 : 0 })
      )
    ))

  it.effect("is given up when it fails before the agent three times, or in a way that does not pass", () =>
    Effect.gen(function*() {
      const run = yield* watchEvents((yield* Batches).run(request({ retry: 5 })))
      yield* run.until("AttemptFinished", ({ index }) => index === 1)
      yield* TestClock.adjust(1000)
      yield* run.until("AttemptFinished", ({ attempt }) => attempt === 2)
      yield* TestClock.adjust(4000)
      const events = yield* run.end
      assert.deepStrictEqual(outcomesOf(events), [["Failed", "EngineUnavailable", 3], ["Failed", "ProgramNotFound", 1]])
    }).pipe(
      Effect.scoped,
      Effect.provide(tasks(2, ({ key }) => ({
        failure: key.index === 0 ? unavailable : new RunnerFailed({
          reason: "ProgramNotFound",
          message: "no agent",
          failure: "setup",
          transient: false
        })
      })))
    ))
})

describe("failures", () => {
  it.effect("more than maxFailures let the running ones go on and skip the rest", () =>
    Effect.gen(function*() {
      const run = yield* watchEvents((yield* Batches).run(request({ maxFailures: 1, maxParallel: 3 })))
      yield* run.until("Progress", ({ progress }) => progress.running === 3)
      yield* TestClock.adjust("1 minute")
      yield* run.until("AgentStarted", ({ index }) => index === 3)
      yield* TestClock.adjust("1 minute")
      yield* run.until("TaskMarked", ({ index }) => index === 6)
      assert.deepStrictEqual((yield* MemoryAgents).running().map(({ key }) => key.index), [2, 3])
      yield* TestClock.adjust("1 hour")
      const events = yield* run.end
      const skipped = ["Skipped", "TooManyFailures", 0]
      assert.deepStrictEqual(outcomesOf(events), [
        ["Failed", "ExitCode", 1],
        ["Failed", "ExitCode", 1],
        ["Succeeded", null, 1],
        ["Succeeded", null, 1],
        skipped,
        skipped,
        skipped
      ])
      assert.strictEqual(exitCodeOfRun(finished(events)), 1)
    }).pipe(
      Effect.scoped,
      Effect.provide(tasks(7, ({ key }) =>
        key.index < 2 ? { exitCode: 1, duration: `${1 + key.index} minutes` } : { duration: "1 hour" }))
    ))

  it.effect("the first stops all others with failFast", () =>
    Effect.gen(function*() {
      const agents = yield* MemoryAgents
      const run = yield* watchEvents((yield* Batches).run(request({ failFast: true, maxParallel: 2 })))
      yield* run.until("Progress", ({ progress }) => progress.running === 2)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(outcomesOf(yield* run.end), [
        ["Failed", "ExitCode", 1],
        ["Cancelled", "FailFast", 1],
        ["Skipped", "FailFast", 0]
      ])
      assert.deepStrictEqual(agents.stopped().map(({ how, job }) => [job.key.index, how]), [[1, "SIGTERM"]])
    }).pipe(
      Effect.scoped,
      Effect.provide(
        tasks(3, ({ key }) => key.index === 0 ? { exitCode: 1, duration: "1 minute" } : { duration: "1 hour" })
      )
    ))

  it.effect("of one task touch no other", () =>
    Effect.gen(function*() {
      const events = yield* Stream.runCollect((yield* Batches).run(request()))
      assert.deepStrictEqual(outcomesOf(events), [
        ["Succeeded", null, 1],
        ["Failed", "InternalError", 1],
        ["Succeeded", null, 1]
      ])
    }).pipe(Effect.provide(tasks(3, ({ key }) => key.index === 1 ? { work: Effect.die(new Error("broken")) } : {}))))
})

describe("time limits", () => {
  it.effect("of a task stop its agent alone, for good", () =>
    Effect.gen(function*() {
      const run = yield* watchEvents((yield* Batches).run(request({ taskTimeout: "10m", retry: 3 })))
      yield* run.until("Progress", ({ progress }) => progress.running === 2)
      yield* TestClock.adjust("10 minutes")
      const events = yield* run.end
      assert.deepStrictEqual(outcomesOf(events), [["Succeeded", null, 1], ["TimedOut", "TaskTimedOut", 1]])
      assert.strictEqual(exitCodeOfRun(finished(events)), 124)
    }).pipe(
      Effect.scoped,
      Effect.provide(tasks(2, ({ key }) => ({ duration: key.index === 0 ? "9 minutes" : "1 day" })))
    ))

  it.effect("of a task strike when nothing else happens meanwhile, and those of a later one on their own time", () =>
    Effect.gen(function*() {
      const run = yield* watchEvents((yield* Batches).run(request({ taskTimeout: "10m", maxParallel: 1 })))
      yield* run.until("AgentStarted", ({ index }) => index === 0)
      yield* TestClock.adjust("10 minutes")
      yield* run.until("AgentStarted", ({ index }) => index === 1)
      yield* TestClock.adjust("10 minutes")
      const limit = ["TimedOut", "TaskTimedOut", 1]
      assert.deepStrictEqual(outcomesOf(yield* run.end), [limit, limit])
    }).pipe(Effect.scoped, Effect.provide(tasks(2, () => ({ duration: "1 day" })))))

  it.effect("of the run stop all agents, a deaf one after its grace, and skip the rest", () =>
    Effect.gen(function*() {
      const agents = yield* MemoryAgents
      const run = yield* watchEvents((yield* Batches).run(request({ timeout: "30h", maxParallel: 1 })))
      yield* run.until("Progress", ({ progress }) => progress.running === 1)
      yield* TestClock.adjust("30 hours")
      yield* run.until("TaskMarked", ({ index }) => index === 1)
      assert.lengthOf(agents.running(), 1)
      yield* TestClock.adjust("10 seconds")
      const events = yield* run.end
      assert.deepStrictEqual(outcomesOf(events), [["TimedOut", "RunTimedOut", 1], ["Skipped", "RunTimedOut", 0]])
      assert.deepStrictEqual(agents.stopped().map(({ how }) => how), ["SIGKILL"])
      assert.strictEqual(exitCodeOfRun(finished(events)), 124)
    }).pipe(Effect.scoped, Effect.provide(tasks(2, () => ({ duration: "1000 days", isDeaf: true })))))
})

const runOf = (spec: Partial<BatchRun["spec"]>): BatchRun => ({
  apiVersion: "kubetask.io/v1alpha1",
  kind: "BatchRun",
  metadata: { name: "many-1" },
  spec: { batchRef: "many", ...spec }
})

describe("a run whose file suspends or cancels it", () => {
  it.effect("starts nothing when suspended, and goes on with resume", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const events = yield* Stream.runCollect(batches.run(memoryBatchRequest()))
      assert.deepStrictEqual(events.map(({ _tag }) => _tag), ["RunStarted", "Progress", "RunFinished"])
      assert.strictEqual(finished(events).phase, "Pending")
      assert.strictEqual((yield* batches.status("many-1")).state, "suspended")
      const more = yield* Stream.runCollect(batches.resume("many-1"))
      assert.deepStrictEqual(outcomesOf(more), [["Succeeded", null, 1], ["Succeeded", null, 1]])
      assert.strictEqual((yield* batches.status("many-1")).state, "finished")
    }).pipe(Effect.provide(memoryBatchesLayer({ resources: [manyTasks(2), runOf({ suspend: true })] }))))

  it.effect("is finished at once when cancelled; its tasks can be run all the same", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const cancelled = ["Cancelled", "RunCancelled", 0]
      const events = yield* Stream.runCollect(batches.run(memoryBatchRequest()))
      assert.deepStrictEqual(outcomesOf(events), [cancelled, cancelled])
      assert.deepStrictEqual((yield* MemoryAgents).started(), [])
      const again = yield* Stream.runCollect(batches.retry("many-1", ["1"]))
      assert.deepStrictEqual(outcomesOf(again), [cancelled, ["Succeeded", null, 1]])
    }).pipe(Effect.provide(memoryBatchesLayer({ resources: [manyTasks(2), runOf({ cancel: true })] }))))

  it.effect("lets the running ones end when it is asked to suspend, and goes on when it is asked to", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const store = yield* BatchRunStore
      const run = yield* watchEvents(batches.run(request({ maxParallel: 1 })))
      yield* run.until("AgentStarted")
      yield* store.request("many-1", { _tag: "Suspend", suspend: true })
      yield* store.request("many-1", { _tag: "Suspend", suspend: true })
      yield* run.until("Suspended", ({ suspend }) => suspend)
      yield* TestClock.adjust("1 minute")
      const events = yield* run.end
      assert.deepStrictEqual(outcomesOf(events), [["Succeeded", null, 1], [null, null, 0], [null, null, 0]])
      assert.lengthOf(events.filter(({ _tag }) => _tag === "Suspended"), 1)

      const resumed = yield* watchEvents(batches.resume("many-1"))
      yield* resumed.until("AgentStarted")
      yield* store.request("many-1", { _tag: "Suspend", suspend: true })
      yield* store.request("many-1", { _tag: "Suspend", suspend: false })
      yield* resumed.until("Suspended", ({ suspend }) => !suspend)
      yield* TestClock.adjust("2 minutes")
      const all = ["Succeeded", null, 1]
      assert.deepStrictEqual(outcomesOf(yield* resumed.end), [all, all, all])
    }).pipe(Effect.scoped, Effect.provide(tasks(3, () => ({ duration: "1 minute" })))))
})

describe("many tasks", () => {
  it.effect("are all done, each once", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const events = yield* Stream.runCollect(batches.run(request({ maxParallel: 16 })))
      assert.deepStrictEqual(finished(events).progress, {
        total: 1000,
        pending: 0,
        running: 0,
        completed: 1000,
        failed: 0
      })
      const started = (yield* MemoryAgents).started().map(({ key }) => key.index)
      assert.strictEqual(new Set(started).size, 1000)
      assert.lengthOf(started, 1000)
    }).pipe(Effect.provide(tasks(1000, () => ({})))))

  it.effect("that wait are all cancelled where nobody works on them", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      yield* Stream.runCollect(batches.run(memoryBatchRequest()))
      const report = yield* batches.cancel("many-1")
      assert.strictEqual(report.state, "finished")
      assert.strictEqual(report.standing.progress.failed, 1000)
    }).pipe(Effect.provide(memoryBatchesLayer({ resources: [manyTasks(1000), runOf({ suspend: true })] }))))
})

describe("the seed's Batch", () => {
  it.effect("fails task by task where its repositories are not there, and says of which", () =>
    Effect.gen(function*() {
      const events = yield* Stream.runCollect((yield* Batches).run(memoryBatchRequest({ maxParallel: 1 })))
      const messages = events.flatMap((event) => event._tag === "AttemptFinished" ? [event.result.message] : [])
      assert.deepStrictEqual(
        messages,
        updateDependencies.spec.variableContexts.map(([{ repository: { repo } }]) =>
          `https://example.org/myorg/${repo}: repository not found`
        )
      )
    }).pipe(Effect.provide(memoryBatchesLayer())))
})
