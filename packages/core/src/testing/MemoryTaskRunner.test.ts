import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { type AgentJob, RunnerFailed, TaskRunner, TaskRunners } from "../batch/attempt/TaskRunner.ts"
import { type AgentBehaviour, AgentSamples, type SampleJob } from "./AgentSamples.ts"
import { MemoryAgents, memoryTaskRunnerLayer, type ScriptedAgent } from "./MemoryTaskRunner.ts"
import { taskRunnerContract } from "./TaskRunnerContract.ts"

const sampleJob = (uid: string): SampleJob => ({
  key: { uid, run: "run", index: 0, attempt: 1 },
  task: "run-task-0",
  namespace: "default",
  command: ["agent"],
  image: "",
  variables: {},
  workspace: "/code/workspace",
  home: "/code/home",
  readOnlyFolders: [],
  labels: {}
})

const unable = new RunnerFailed({
  reason: "ProgramNotFound",
  message: "agent: not found",
  failure: "setup",
  transient: false
})

/** The runner and its samples share what each agent does. */
const contractLayer = Layer.suspend(() => {
  const scripts = new Map<string, ScriptedAgent>()
  const scripted = (behaviour: AgentBehaviour): ScriptedAgent => ({
    ...behaviour,
    ...(behaviour.exitCode === undefined ? { duration: "1 day" } : {})
  })
  const added = (script: ScriptedAgent) =>
    Effect.sync(() => {
      const uid = `uid-${scripts.size}`
      scripts.set(uid, script)
      return sampleJob(uid)
    })
  const samplesLayer = Layer.effect(
    AgentSamples,
    Effect.map(MemoryAgents, (agents) =>
      AgentSamples.of({
        make: (behaviour) => added(scripted(behaviour)),
        shell: null,
        unable: added({ failure: unable }),
        leave: Effect.map(added({}), ({ key }) => {
          agents.leave(key.uid)
          return key.uid
        }),
        left: (uid) => Effect.sync(() => agents.left(uid)),
        file: () => Effect.succeed(null)
      }))
  )
  return samplesLayer.pipe(Layer.provideMerge(memoryTaskRunnerLayer(({ key }) => scripts.get(key.uid) ?? {})))
})

taskRunnerContract("memory", contractLayer)

describe("memoryTaskRunnerLayer", () => {
  const job = (index: number): AgentJob => ({
    ...sampleJob("uid"),
    key: { uid: "uid", run: "run", index, attempt: 1 },
    onOutput: () => Effect.void,
    onStarted: Effect.void
  })
  const layer = memoryTaskRunnerLayer(({ key }) => ({
    duration: `${key.index} minutes`,
    exitCode: key.index,
    isDeaf: key.index > 1
  }))

  it.effect("runs by the clock, and tells what ran", () =>
    Effect.gen(function*() {
      const [runner, agents] = [(yield* TaskRunners).of("docker"), yield* MemoryAgents]
      assert.deepStrictEqual(runner.traits, { kind: "docker", needsCommand: false })
      const fibers = yield* Effect.forEach([1, 2], (index) => Effect.forkChild(runner.run(job(index))))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Fiber.join(fibers[0] ?? (yield* Effect.die("no agent"))), 1)
      assert.deepStrictEqual(agents.running().map(({ key }) => key.index), [2])
      const stopping = yield* Effect.forkChild(Fiber.interruptAll(fibers))
      yield* TestClock.adjust("9 seconds")
      assert.lengthOf(agents.running(), 1)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(stopping)
      assert.lengthOf(agents.running(), 0)
      assert.strictEqual(agents.mostAtOnce(), 2)
      assert.deepStrictEqual(agents.stopped().map(({ how, job: { key } }) => [key.index, how]), [[2, "SIGKILL"]])
    }).pipe(Effect.provide(layer)))

  it.effect("fails as its script says", () =>
    Effect.gen(function*() {
      const [runner, agents] = [yield* TaskRunner, yield* MemoryAgents]
      assert.deepStrictEqual(yield* Effect.flip(runner.run(job(0))), unable)
      assert.lengthOf(agents.started(), 0)
    }).pipe(Effect.provide(memoryTaskRunnerLayer(() => ({ failure: unable })))))
})
