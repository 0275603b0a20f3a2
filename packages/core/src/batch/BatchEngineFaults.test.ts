import { assert, describe, it } from "@effect/vitest"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Impatience } from "../operation/Impatience.ts"
import { faultyBatchRunStoreLayer, StoreFaults } from "../testing/FaultyBatchRunStore.ts"
import { manyTasks } from "../testing/ManyTasks.ts"
import { memoryBatchesLayerOver, memoryBatchRequest } from "../testing/MemoryBatches.ts"
import { MemoryAgents, type ScriptedAgent } from "../testing/MemoryTaskRunner.ts"
import { MemoryRemotes } from "../testing/MemoryTaskWorkspaces.ts"
import { sampleNamespace, secret, updateServiceA } from "../testing/UpdateDependenciesSample.ts"
import { watchEvents } from "../testing/WatchedRun.ts"
import { WorkspaceArrangement } from "../testing/WorkspaceArrangement.ts"
import { type AgentJob, RunnerFailed } from "./attempt/TaskRunner.ts"
import { WorkspaceFailed } from "./attempt/TaskWorkspaces.ts"
import { Batches } from "./Batches.ts"
import type { BatchEvent } from "./BatchEvent.ts"
import type { BatchRun } from "./kinds/Kinds.ts"
import { BatchRunStore } from "./record/BatchRunStore.ts"

const name = "many-1"
const request = memoryBatchRequest({ name, maxParallel: 2 })

const tasks = (count: number, script: (job: AgentJob) => ScriptedAgent = () => ({})) =>
  memoryBatchesLayerOver({ resources: [manyTasks(count)], script, store: faultyBatchRunStoreLayer })

const resultOf = (index: number) =>
  Effect.map(Batches.use((batches) => batches.status(name)), ({ tasks: all }) => all[index]?.result ?? null)

const assertLetGo = Effect.gen(function*() {
  assert.isFalse(yield* (yield* BatchRunStore).isHeld(name))
  assert.deepStrictEqual((yield* MemoryAgents).running(), [])
  assert.deepStrictEqual((yield* MemoryRemotes).workspaces(), [])
})

describe("a full disk", () => {
  it.effect("that the agent has filled has room for its result once its workspace is gone", () =>
    Effect.gen(function*() {
      const remotes = yield* MemoryRemotes
      const faults = yield* StoreFaults
      faults.appends = (events) =>
        events.some(({ _tag }) => _tag === "AttemptFinished") && remotes.workspaces().length > 0
      yield* Stream.runDrain((yield* Batches).run(request))
      assert.deepInclude(yield* resultOf(0), { outcome: "Succeeded", message: null })
    }).pipe(Effect.provide(tasks(1))))

  it.effect("at the end of an attempt stops the run with all its agents; resume goes on when there is room", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const faults = yield* StoreFaults
      faults.appends = (events) => events.some(({ _tag }) => _tag === "AttemptFinished")
      const fault = yield* Effect.flip(Stream.runDrain(batches.run(request)))
      assert.strictEqual(fault._tag, "RunUnavailable")
      assert.deepStrictEqual((yield* MemoryAgents).stopped().map(({ job }) => job.key.index), [1])
      yield* assertLetGo
      assert.strictEqual((yield* batches.status(name)).state, "interrupted")
      faults.appends = () => false
      yield* TestClock.adjust("1 minute")
      const resumed = yield* watchEvents(batches.resume(name))
      yield* resumed.until("AgentStarted", ({ index }) => index === 1)
      yield* TestClock.adjust("1 hour")
      yield* resumed.end
      assert.strictEqual((yield* batches.status(name)).standing.phase, "Succeeded")
    }).pipe(Effect.scoped, Effect.provide(tasks(2, ({ key }) => key.index === 1 ? { duration: "1 hour" } : {}))))

  it.effect("before an agent starts starts none", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const faults = yield* StoreFaults
      const assertRefused = <E extends { readonly _tag: string }>(stream: Stream.Stream<BatchEvent, E>) =>
        Effect.gen(function*() {
          assert.strictEqual((yield* Effect.flip(Stream.runDrain(stream)))._tag, "RunUnavailable")
          assert.deepStrictEqual((yield* MemoryAgents).started(), [])
          yield* assertLetGo
        })
      faults.appends = (events) => events.some(({ _tag }) => _tag === "SessionStarted")
      yield* assertRefused(batches.run(request))
      faults.appends = (events) => events.some(({ _tag }) => _tag === "AttemptCreated")
      yield* assertRefused(batches.resume(name))
    }).pipe(Effect.provide(tasks(2))))

  it.effect("makes a log incomplete, which is told, and stops no agent", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const faults = yield* StoreFaults
      faults.logs = () => true
      faults.appends = (events) => events.some(({ _tag }) => _tag === "AgentStarted")
      yield* Stream.runDrain(batches.run(request))
      const result = yield* resultOf(0)
      assert.strictEqual(result?.outcome, "Succeeded")
      assert.include(result?.message, "its log is not whole")
      assert.strictEqual(yield* Stream.mkString(Stream.decodeText(batches.logs({ name, task: "0" }))), "")
    }).pipe(Effect.provide(tasks(1, () => ({ output: [{ stream: "stdout", bytes: utf8ToBytes("x\n") }] })))))
})

/** A Task whose agent changes its repository; `deed` is what it writes, by path. */
const changing = (deed: Readonly<Record<string, string>>) => {
  let arrange: WorkspaceArrangement["Service"] | null = null
  const layer = memoryBatchesLayerOver({
    resources: [updateServiceA],
    store: faultyBatchRunStoreLayer,
    script: ({ workspace }) => ({
      work: Effect.suspend(() =>
        Effect.forEach(
          Object.entries(deed),
          ([path, text]) => arrange === null ? Effect.void : arrange.write(`${workspace}/${path}`, text),
          { discard: true }
        )
      )
    })
  })
  const prepared = Effect.flatMap(WorkspaceArrangement, (service) => {
    arrange = service
    return service.create("myorg/service-a", "main", { a: "a\n" })
  })
  return { layer, prepared }
}

describe("what an agent leaves", () => {
  const patched = changing({ "service-a/a": "b\n" })

  it.effect("is kept when its workspace has made room", () =>
    Effect.gen(function*() {
      yield* patched.prepared
      const remotes = yield* MemoryRemotes
      const faults = yield* StoreFaults
      faults.keeps = () => remotes.workspaces().length > 0
      yield* Stream.runDrain((yield* Batches).run(request))
      assert.deepInclude(yield* resultOf(0), { outcome: "Succeeded", message: null })
      assert.include(yield* (yield* BatchRunStore).kept(name, 0, 1, "changes.patch"), "+b")
    }).pipe(Effect.provide(patched.layer)))

  it.effect("is no success when nobody can tell any more what it was", () =>
    Effect.gen(function*() {
      yield* patched.prepared
      const faults = yield* StoreFaults
      faults.keeps = () => true
      yield* Stream.runDrain((yield* Batches).run(request))
      const result = yield* resultOf(0)
      assert.deepInclude(result, { outcome: "Failed", reason: "ResultsUnwritable", exitCode: 0 })
      assert.include(result?.message, "its changes.patch could not be kept: cannot use")
    }).pipe(Effect.provide(patched.layer)))

  it.effect("is one when it is published", () =>
    Effect.gen(function*() {
      yield* patched.prepared
      const faults = yield* StoreFaults
      faults.keeps = () => true
      yield* Stream.runDrain((yield* Batches).run({ ...request, publish: "branch" }))
      const result = yield* resultOf(0)
      assert.deepInclude(result, { outcome: "Succeeded", failure: null })
      assert.include(result?.message, "could not be kept")
      assert.strictEqual(result?.repositories[0]?.published, `slipway/${name}`)
    }).pipe(Effect.provide(patched.layer)))

  const deep = changing({ "result.json": "[".repeat(200_000) + "]".repeat(200_000) })

  it.effect("is passed over where it is nested too deeply, and that is told", () =>
    Effect.gen(function*() {
      yield* deep.prepared
      yield* Stream.runDrain((yield* Batches).run(request))
      assert.deepInclude(yield* resultOf(0), {
        outcome: "NoChanges",
        reason: "ResultUnreadable",
        message: "result.json is nested too deeply"
      })
    }).pipe(Effect.provide(deep.layer)))
})

describe("a runner", () => {
  const noEngine = new RunnerFailed({
    reason: "EngineUnavailable",
    message: "no engine",
    failure: "setup",
    transient: true
  })
  const withoutSweep = memoryBatchesLayerOver({
    resources: [manyTasks(1)],
    script: () => ({ duration: "1 hour" }),
    store: faultyBatchRunStoreLayer,
    changeRunners: (runners) => ({ of: (kind) => ({ ...runners.of(kind), sweep: () => Effect.fail(noEngine) }) })
  })

  it.effect("that cannot look for what is left lets nothing start", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const run = yield* watchEvents(batches.run(request))
      yield* run.until("AgentStarted")
      yield* run.leave
      const before = yield* (yield* BatchRunStore).read(name)
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(batches.resume(name))))._tag, "RunnerFailed")
      assert.strictEqual((yield* Effect.flip(batches.cancel(name)))._tag, "RunnerFailed")
      assert.deepStrictEqual(yield* (yield* BatchRunStore).read(name), before)
      yield* assertLetGo
    }).pipe(Effect.scoped, Effect.provide(withoutSweep)))

  it.effect("that loses an agent tells why, without a secret, and the task is tried again when nothing is left", () =>
    Effect.gen(function*() {
      const run = yield* watchEvents((yield* Batches).run({ ...request, namespace: sampleNamespace }))
      const { result } = yield* run.until("AttemptFinished")
      assert.deepInclude(result, { reason: "ContainerLost", message: "env TOKEN=<secret:tokens/forge> was lost" })
      yield* TestClock.adjust("1 second")
      yield* run.end
      assert.deepInclude(yield* resultOf(0), { outcome: "Succeeded" })
      const { left, started } = yield* MemoryAgents
      assert.deepStrictEqual(started().map(({ key }) => left(key.uid)), [0, 0])
    }).pipe(
      Effect.scoped,
      Effect.provide(memoryBatchesLayerOver({
        resources: [
          manyTasks(1),
          secret("tokens", { forge: "hush-hush-2" }),
          {
            apiVersion: "kubetask.io/v1alpha1",
            kind: "WorkspaceConfig",
            metadata: { name: "default", namespace: sampleNamespace },
            spec: { env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "tokens", key: "forge" } } }] }
          }
        ],
        script: ({ key, variables }) =>
          key.attempt > 1 ? {} : {
            leavesSomething: true,
            failure: new RunnerFailed({
              reason: "ContainerLost",
              message: `env TOKEN=${variables["TOKEN"]} was lost`,
              failure: "interrupted",
              transient: true
            })
          },
        store: faultyBatchRunStoreLayer
      }))
    ))
})

describe("an agent that has ended", () => {
  it.effect("has ended, also when it is to be stopped while its workspace is looked at", () =>
    Effect.gen(function*() {
      const looking = yield* Deferred.make<void>()
      const mayLook = yield* Deferred.make<void>()
      yield* Effect.gen(function*() {
        const run = yield* watchEvents((yield* Batches).run(request))
        yield* Deferred.await(looking)
        const leaving = yield* Effect.forkChild(run.leave, { startImmediately: true })
        yield* Deferred.succeed(mayLook, undefined)
        yield* Fiber.join(leaving)
        assert.deepInclude(yield* resultOf(0), { outcome: "Succeeded", exitCode: 0 })
        yield* assertLetGo
      }).pipe(
        Effect.scoped,
        Effect.provide(memoryBatchesLayerOver({
          resources: [manyTasks(1)],
          store: faultyBatchRunStoreLayer,
          changeWorkspaces: (workspaces) => ({
            ...workspaces,
            inspect: (workspace) =>
              Effect.andThen(
                Effect.andThen(Deferred.succeed(looking, undefined), Deferred.await(mayLook)),
                workspaces.inspect(workspace)
              )
          })
        }))
      )
    }))

  it.effect("is not waited for by those who are impatient, while its workspace is looked at", () =>
    Effect.gen(function*() {
      const looking = yield* Deferred.make<void>()
      const second = yield* Deferred.make<void>()
      yield* Effect.gen(function*() {
        const run = yield* watchEvents((yield* Batches).run(request)).pipe(
          Effect.provideService(Impatience, Deferred.await(second))
        )
        yield* Deferred.await(looking)
        const leaving = yield* Effect.forkChild(run.leave, { startImmediately: true })
        yield* Deferred.succeed(second, undefined)
        yield* Fiber.join(leaving)
        assert.deepInclude(yield* resultOf(0), {
          outcome: "Failed",
          reason: "Interrupted",
          exitCode: 0,
          transient: true
        })
        yield* assertLetGo
      }).pipe(
        Effect.scoped,
        Effect.provide(memoryBatchesLayerOver({
          resources: [manyTasks(1)],
          store: faultyBatchRunStoreLayer,
          changeWorkspaces: (workspaces) => ({
            ...workspaces,
            inspect: () => Effect.andThen(Deferred.succeed(looking, undefined), Effect.never)
          })
        }))
      )
    }))

  it.effect("badly is told with its exit code, be its workspace as it may", () =>
    Effect.gen(function*() {
      yield* Stream.runDrain((yield* Batches).run(request))
      const result = yield* resultOf(0)
      assert.deepInclude(result, { reason: "ExitCode", failure: "agent", exitCode: 7 })
      assert.strictEqual(result?.message, "the agent ended with exit code 7; it is gone")
    }).pipe(Effect.provide(memoryBatchesLayerOver({
      resources: [manyTasks(1)],
      script: () => ({ exitCode: 7 }),
      store: faultyBatchRunStoreLayer,
      changeWorkspaces: (workspaces) => ({
        ...workspaces,
        inspect: () =>
          Effect.fail(new WorkspaceFailed({ reason: "RepositoryGone", message: "it is gone", transient: false }))
      })
    }))))
})

const expiring = (ttlSecondsAfterFinished: number): BatchRun => ({
  apiVersion: "kubetask.io/v1alpha1",
  kind: "BatchRun",
  metadata: { generateName: "old-" },
  spec: { batchRef: "many", ttlSecondsAfterFinished }
})

describe("runs whose time to live is over", () => {
  const layer = memoryBatchesLayerOver({ resources: [manyTasks(1), expiring(60)], store: faultyBatchRunStoreLayer })
  const named = (run: string, select = "BatchRun") =>
    memoryBatchRequest({ name: run, select: select === "Batch" ? "Batch/many" : "old-", keepWorkspaces: true })
  const names = Effect.map(Batches.use(({ list }) => list), (entries) => entries.map((entry) => entry.name))

  it.effect("go when another one begins, with the workspaces that they kept, and no others", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const faults = yield* StoreFaults
      const remotes = yield* MemoryRemotes
      yield* Stream.runDrain(batches.run(named("damaged")))
      yield* Stream.runDrain(batches.run(named("first")))
      yield* Stream.runDrain(batches.run(named("endless", "Batch")))
      yield* TestClock.adjust("59 seconds")
      faults.reads = (run) => run === "damaged"
      yield* Stream.runDrain(batches.run(named("second")))
      assert.deepStrictEqual(yield* names, ["damaged", "first", "endless", "second"])
      yield* TestClock.adjust("1 second")
      yield* Stream.runDrain(batches.run(named("third")))
      assert.deepStrictEqual(yield* names, ["damaged", "endless", "second", "third"])
      assert.deepStrictEqual(remotes.workspaces().map(({ key }) => key.run), ["damaged", "endless", "second", "third"])
    }).pipe(Effect.provide(layer)))

  it.effect("a run that cannot be read hides no other", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const faults = yield* StoreFaults
      yield* Stream.runDrain(batches.run(named("damaged")))
      yield* Stream.runDrain(batches.run(named("first")))
      faults.reads = (run) => run === "damaged"
      const entries = yield* batches.list
      assert.include(entries[0]?.problem, "the run damaged cannot be read")
      assert.strictEqual(entries[1]?.report?.state, "finished")
      assert.strictEqual((yield* Effect.flip(batches.status("damaged")))._tag, "RunCorrupt")
    }).pipe(Effect.provide(layer)))
})

describe("a followed log", () => {
  it.effect("waits for the first attempt, goes through silence, and ends with the attempt", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const run = yield* watchEvents(batches.run({ ...request, maxParallel: 1 }))
      yield* run.until("AgentStarted", ({ index }) => index === 0)
      const following = yield* Effect.forkChild(
        Stream.mkString(Stream.decodeText(batches.logs({ name, task: "1", follow: true }))),
        { startImmediately: true }
      )
      yield* TestClock.adjust("10 minutes")
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* Fiber.join(following), "1\n")
      yield* run.end
      const never = batches.logs({ name, task: "0", follow: true })
      assert.strictEqual(yield* Stream.mkString(Stream.decodeText(never)), "0\n")
    }).pipe(
      Effect.scoped,
      Effect.provide(tasks(2, ({ key }) => ({
        duration: "10 minutes",
        output: [{ stream: "stdout", bytes: utf8ToBytes(`${key.index}\n`) }]
      })))
    ))
})
