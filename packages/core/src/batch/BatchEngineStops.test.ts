import { assert, describe, it } from "@effect/vitest"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Impatience } from "../operation/Impatience.ts"
import { faultyBatchRunStoreLayer, StoreFaults } from "../testing/FaultyBatchRunStore.ts"
import { manyTasks } from "../testing/ManyTasks.ts"
import { memoryBatchesLayer, memoryBatchesLayerOver, memoryBatchRequest } from "../testing/MemoryBatches.ts"
import { MemoryAgents, type ScriptedAgent } from "../testing/MemoryTaskRunner.ts"
import { MemoryRemotes } from "../testing/MemoryTaskWorkspaces.ts"
import { watchEvents } from "../testing/WatchedRun.ts"
import type { AgentJob } from "./attempt/TaskRunner.ts"
import { Batches } from "./Batches.ts"
import { BatchRunStore, type StoredRun } from "./record/BatchRunStore.ts"
import type { RunEvent } from "./record/RunEvent.ts"

const name = "many-1"
const request = memoryBatchRequest({ name, maxParallel: 2 })

const tasks = (count: number, script: (job: AgentJob) => ScriptedAgent = () => ({})) =>
  memoryBatchesLayer({ resources: [manyTasks(count)], script })

/** The second and third task take long, unless they are run again. */
const longAtFirst = ({ key: { attempt, index } }: AgentJob): ScriptedAgent =>
  attempt === 1 && (index === 1 || index === 2) ? { duration: "1 hour" } : {}

const outcomes = Effect.map(
  Batches.use((batches) => batches.status(name)),
  ({ tasks: all }) => all.map(({ standing: { attempt, outcome, reason } }) => [outcome, reason, attempt])
)

/** Nobody works on the run any more, and nothing of its work is left. */
const assertLetGo = Effect.gen(function*() {
  assert.isFalse(yield* (yield* BatchRunStore).isHeld(name))
  assert.deepStrictEqual((yield* MemoryAgents).running(), [])
  assert.deepStrictEqual((yield* MemoryRemotes).workspaces(), [])
})

const journalOf = Effect.map(
  BatchRunStore.use((store) => store.read(name)),
  (stored): ReadonlyArray<RunEvent> => stored?.events ?? []
)

/** Lays a run down as a killed process left it. */
const leftBehind = ({ events, snapshot }: StoredRun, count: number) =>
  Effect.scoped(Effect.gen(function*() {
    const store = yield* BatchRunStore
    yield* store.create(snapshot, { configMaps: {}, secrets: {} })
    yield* store.hold(name)
    yield* store.append(name, events.slice(0, count))
    const { leave } = yield* MemoryAgents
    leave(snapshot.uid)
  }))

describe("a consumer that leaves", () => {
  it.effect("stops the agents; what they did is recorded, and resume runs those again, and no others", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const agents = yield* MemoryAgents
      const run = yield* watchEvents(batches.run(request))
      yield* run.until("AgentStarted", ({ index }) => index === 2)
      yield* run.leave
      yield* assertLetGo
      assert.deepStrictEqual(agents.stopped().map(({ how, job }) => [job.key.index, how]), [[1, "SIGTERM"], [
        2,
        "SIGTERM"
      ]])
      assert.strictEqual((yield* batches.status(name)).state, "interrupted")
      const journal = yield* journalOf
      assert.strictEqual(journal.at(-1)?._tag, "SessionInterrupted")
      assert.lengthOf(journal.filter((event) => event._tag === "AttemptFinished"), 3)

      const events = yield* Stream.runCollect(batches.resume(name))
      assert.deepInclude(events[0], { _tag: "RunStarted", reason: "resume" })
      const good = ["Succeeded", null]
      assert.deepStrictEqual(yield* outcomes, [[...good, 1], [...good, 2], [...good, 2], [...good, 1]])
      assert.lengthOf(agents.swept(), 1)
    }).pipe(Effect.scoped, Effect.provide(tasks(4, longAtFirst))))

  it.effect("may leave after any event: the run has let go then, and can be resumed to its end", () =>
    Effect.gen(function*() {
      for (let count = 1; count < 20; count += 1) {
        yield* Effect.gen(function*() {
          const batches = yield* Batches
          const seen = yield* Stream.runCollect(Stream.take(batches.run(request), count))
          yield* assertLetGo
          const status = yield* batches.status(name)
          assert.isTrue(status.tasks.every(({ standing }) => standing.phase !== "Running"), `after ${count} events`)
          if (status.state !== "finished") yield* Stream.runDrain(batches.resume(name))
          assert.strictEqual((yield* batches.status(name)).standing.phase, "Succeeded", `after ${seen.at(-1)?._tag}`)
          yield* assertLetGo
        }).pipe(Effect.provide(tasks(4)))
      }
    }))

  it.effect("waits for a deaf agent's grace, or for the caller's impatience", () =>
    Effect.gen(function*() {
      const second = yield* Deferred.make<void>()
      const agents = yield* MemoryAgents
      const run = yield* watchEvents((yield* Batches).run(request)).pipe(
        Effect.provideService(Impatience, Deferred.await(second))
      )
      yield* run.until("AgentStarted")
      const leaving = yield* Effect.forkChild(run.leave, { startImmediately: true })
      assert.lengthOf(agents.running(), 1)
      yield* Deferred.succeed(second, undefined)
      yield* Fiber.join(leaving)
      yield* assertLetGo
      assert.deepStrictEqual(agents.stopped().map(({ how }) => how), ["SIGKILL"])
    }).pipe(Effect.scoped, Effect.provide(tasks(1, () => ({ duration: "1 hour", isDeaf: true })))))
})

describe("an attempt whose workspace takes long to clear", () => {
  const gated = (mayClear: Deferred.Deferred<void>, script: (job: AgentJob) => ScriptedAgent) =>
    memoryBatchesLayerOver({
      resources: [manyTasks(2)],
      script,
      store: faultyBatchRunStoreLayer,
      changeWorkspaces: (workspaces) => ({
        ...workspaces,
        remove: (key) =>
          "index" in key && key.index === 0 && key.attempt === 1
            ? Effect.andThen(Deferred.await(mayClear), workspaces.remove(key))
            : workspaces.remove(key)
      })
    })

  it.effect("is waited for before the run is finished", () =>
    Effect.gen(function*() {
      const mayClear = yield* Deferred.make<void>()
      yield* Effect.gen(function*() {
        const run = yield* watchEvents((yield* Batches).run(request))
        yield* run.until("AttemptFinished", ({ index }) => index === 0)
        yield* TestClock.adjust("1 minute")
        yield* run.until("Progress", ({ progress }) => progress.completed === 2)
        assert.notInclude((yield* journalOf).map(({ _tag }) => _tag), "RunFinished")
        yield* Deferred.succeed(mayClear, undefined)
        yield* run.end
        yield* assertLetGo
      }).pipe(
        Effect.scoped,
        Effect.provide(gated(mayClear, ({ key }) => key.index === 0 ? {} : { duration: "1 minute" }))
      )
    }))

  it.effect("does not make the next attempt of its task forgotten", () =>
    Effect.gen(function*() {
      const mayClear = yield* Deferred.make<void>()
      yield* Effect.gen(function*() {
        const run = yield* watchEvents((yield* Batches).run({ ...request, retry: 1 }))
        yield* run.until("AttemptFinished", ({ index }) => index === 0)
        yield* TestClock.adjust("1 minute")
        yield* run.until("AgentStarted", ({ attempt }) => attempt === 2)
        yield* Deferred.succeed(mayClear, undefined)
        yield* TestClock.adjust("1 minute")
        yield* run.leave
        yield* assertLetGo
        const agents = yield* MemoryAgents
        assert.deepStrictEqual(agents.stopped().map(({ job }) => [job.key.index, job.key.attempt]), [[0, 2]])
      }).pipe(
        Effect.scoped,
        Effect.provide(gated(mayClear, ({ key }) =>
          key.index === 1 ? { duration: "1 minute" } : key.attempt === 1 ? { exitCode: 1 } : { duration: "1 day" }))
      )
    }))
})

describe("a process that is killed", () => {
  it.effect("at any line of the journal: resume does each task once, and takes away what was left", () =>
    Effect.gen(function*() {
      const finished = yield* Effect.gen(function*() {
        yield* Stream.runDrain((yield* Batches).run(request))
        return yield* (yield* BatchRunStore).read(name)
      }).pipe(Effect.provide(tasks(3)))
      assert.isNotNull(finished)
      if (finished === null) return
      for (let count = 0; count < finished.events.length; count += 1) {
        yield* Effect.gen(function*() {
          yield* leftBehind(finished, count)
          const done = finished.events.slice(0, count).flatMap((event) =>
            event._tag === "AttemptFinished" ? [event.index] : []
          )
          const batches = yield* Batches
          const agents = yield* MemoryAgents
          yield* Stream.runDrain(batches.resume(name))
          const repeated = agents.started().filter(({ key }) => done.includes(key.index))
          assert.deepStrictEqual(repeated, [], `killed after ${count} lines`)
          assert.lengthOf(agents.started(), 3 - done.length)
          assert.deepStrictEqual(agents.swept(), [finished.snapshot.uid])
          const status = yield* batches.status(name)
          assert.deepInclude(status.standing.progress, { total: 3, completed: 3 })
          assert.strictEqual(status.state, "finished")
          yield* assertLetGo
        }).pipe(Effect.provide(tasks(3)))
      }
    }))

  it.effect("leaves a run that cancel finishes at any line, without an agent more", () =>
    Effect.gen(function*() {
      const finished = yield* Effect.gen(function*() {
        yield* Stream.runDrain((yield* Batches).run(request))
        return yield* (yield* BatchRunStore).read(name)
      }).pipe(Effect.provide(tasks(3)))
      assert.isNotNull(finished)
      if (finished === null) return
      for (let count = 0; count < finished.events.length; count += 1) {
        yield* Effect.gen(function*() {
          yield* leftBehind(finished, count)
          const report = yield* (yield* Batches).cancel(name)
          assert.strictEqual(report.state, "finished")
          assert.deepStrictEqual((yield* MemoryAgents).started(), [])
          assert.deepStrictEqual((yield* MemoryAgents).swept(), [finished.snapshot.uid])
          const { completed, failed, total } = report.standing.progress
          assert.strictEqual(completed + failed, total)
        }).pipe(Effect.provide(tasks(3)))
      }
    }))
})

describe("cancel", () => {
  it.effect("is heard by whoever works on the run, and waits until that has stopped", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const run = yield* watchEvents(batches.run(request))
      yield* run.until("AgentStarted", ({ index }) => index === 1)
      const cancelling = yield* Effect.forkChild(batches.cancel(name), { startImmediately: true })
      yield* (yield* BatchRunStore).request(name, { _tag: "Cancel" })
      const events = yield* run.end
      yield* TestClock.adjust(100)
      const report = yield* Fiber.join(cancelling)
      assert.strictEqual(report.state, "finished")
      const cancelled = ["Cancelled", "RunCancelled"]
      assert.deepStrictEqual(yield* outcomes, [[...cancelled, 1], [...cancelled, 1], [...cancelled, 0]])
      assert.lengthOf(events.filter(({ _tag }) => _tag === "Cancelling"), 1)
      assert.strictEqual((yield* Effect.flip(batches.cancel(name)))._tag, "RunConflict")
      yield* assertLetGo
    }).pipe(Effect.scoped, Effect.provide(tasks(3, () => ({ duration: "1 hour" })))))

  it.effect("is asked again where it was not heard", () =>
    Effect.gen(function*() {
      const faults = yield* StoreFaults
      let lost = 2
      faults.requests = () => lost-- > 0
      const batches = yield* Batches
      const run = yield* watchEvents(batches.run(request))
      yield* run.until("AgentStarted")
      const cancelling = yield* Effect.forkChild(batches.cancel(name), { startImmediately: true })
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(cancelling)).state, "finished")
      assert.deepStrictEqual(yield* outcomes, [["Cancelled", "RunCancelled", 1]])
    }).pipe(
      Effect.scoped,
      Effect.provide(memoryBatchesLayerOver({
        resources: [manyTasks(1)],
        script: () => ({ duration: "1 day" }),
        store: faultyBatchRunStoreLayer
      }))
    ))

  it.effect("of a run that has ended meanwhile does not stop it when it is run again", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      yield* Stream.runDrain(batches.run(request))
      yield* (yield* BatchRunStore).request(name, { _tag: "Cancel" })
      const again = yield* watchEvents(batches.retry(name, ["0"]))
      yield* again.until("AgentStarted")
      yield* TestClock.adjust("1 hour")
      yield* again.end
      assert.deepStrictEqual(yield* outcomes, [["Succeeded", null, 2], ["Succeeded", null, 1]])
    }).pipe(Effect.scoped, Effect.provide(tasks(2, ({ key }) => key.attempt === 1 ? {} : { duration: "1 hour" }))))
})

describe("retry", () => {
  it.effect("runs those again that failed, or those that are named, and keeps their attempts", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      yield* Stream.runDrain(batches.run(request))
      assert.deepStrictEqual(yield* outcomes, [["Succeeded", null, 1], ["Failed", "ExitCode", 1]])
      const events = yield* Stream.runCollect(batches.retry(name))
      assert.deepInclude(events[0], { _tag: "RunStarted", reason: "retry" })
      assert.deepStrictEqual(yield* outcomes, [["Succeeded", null, 1], ["Succeeded", null, 2]])
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(batches.retry(name))))._tag, "RunConflict")
      yield* Stream.runDrain(batches.retry(name, [`${name}-task-0`, "0"]))
      assert.deepStrictEqual(yield* outcomes, [["Succeeded", null, 2], ["Succeeded", null, 2]])
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(batches.retry(name, ["7"]))))._tag, "BatchTaskMissing")
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(batches.resume(name))))._tag, "RunConflict")
      const attempt1 = yield* Stream.mkString(Stream.decodeText(batches.logs({ name, task: "1", attempt: 1 })))
      assert.strictEqual(attempt1, "1\n")
    }).pipe(Effect.provide(tasks(2, ({ key }) => ({
      exitCode: key.index === 1 && key.attempt === 1 ? 1 : 0,
      output: [{ stream: "stdout", bytes: utf8ToBytes(`${key.attempt}\n`) }]
    })))))

  it.effect("takes up what is still waiting of a run that was stopped", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const run = yield* watchEvents(batches.run(request))
      yield* run.until("AgentStarted", ({ index }) => index === 2)
      yield* run.leave
      yield* Stream.runDrain(batches.retry(name, ["0"]))
      const good = ["Succeeded", null]
      assert.deepStrictEqual(yield* outcomes, [[...good, 2], [...good, 2], [...good, 2], [...good, 1]])
    }).pipe(Effect.scoped, Effect.provide(tasks(4, longAtFirst))))

  it.effect("and resume leave a run alone that somebody works on", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const run = yield* watchEvents(batches.run(request))
      yield* run.until("AgentStarted")
      for (const again of [batches.resume(name), batches.retry(name, ["0"])]) {
        assert.strictEqual((yield* Effect.flip(Stream.runDrain(again)))._tag, "RunBusy")
      }
      assert.lengthOf((yield* MemoryAgents).swept(), 0)
      yield* TestClock.adjust("1 hour")
      yield* run.end
      assert.deepStrictEqual(yield* outcomes, [["Succeeded", null, 1]])
    }).pipe(Effect.scoped, Effect.provide(tasks(1, () => ({ duration: "1 hour" })))))
})
