import { assert, describe, it } from "@effect/vitest"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Effect, Stream } from "effect"
import { memoryBatchesLayer, memoryBatchRequest } from "../testing/MemoryBatches.ts"
import { MemoryAgents } from "../testing/MemoryTaskRunner.ts"
import { MemoryRemotes } from "../testing/MemoryTaskWorkspaces.ts"
import { secret, updateDependenciesResources, updateServiceA } from "../testing/UpdateDependenciesSample.ts"
import { WorkspaceArrangement } from "../testing/WorkspaceArrangement.ts"
import type { AgentJob } from "./attempt/TaskRunner.ts"
import { Batches } from "./Batches.ts"
import type { BatchEvent } from "./BatchEvent.ts"
import { base64OfText, textOfBase64 } from "./plan/Base64Text.ts"
import { BatchRunStore } from "./record/BatchRunStore.ts"

const run = "update-dependencies-run-001"
const stdout = (text: string) => [{ stream: "stdout", bytes: utf8ToBytes(text) }] as const

/** The seed's repositories. */
const seedRepositories = Effect.gen(function*() {
  const arrange = yield* WorkspaceArrangement
  yield* arrange.create("myorg/service-a", "main", { "package.json": "{}\n" })
  yield* arrange.create("myorg/service-b", "main", { "package.json": "{}\n" })
  yield* arrange.create("myorg/service-c", "develop", { "package.json": "{}\n" })
})

/** Runs an agent's deed in its workspace, which only the test can reach. */
const deeds = () => {
  let arrange: WorkspaceArrangement["Service"] | null = null
  return {
    arm: Effect.map(WorkspaceArrangement, (service) => {
      arrange = service
    }),
    write: (job: AgentJob, path: string, text: string): Effect.Effect<void> =>
      Effect.suspend(() => arrange === null ? Effect.die("not armed") : arrange.write(`${job.workspace}/${path}`, text))
  }
}

const collect = <E>(stream: Stream.Stream<BatchEvent, E>) => Stream.runCollect(stream)

const tagsOf = (events: ReadonlyArray<BatchEvent>, index: number) =>
  events.flatMap((event) => "index" in event && event.index === index ? [event._tag] : [])

const logText = (batches: Batches["Service"], task: string) =>
  Stream.mkString(Stream.decodeText(batches.logs({ name: run, task })))

describe("a run of the seed's example", () => {
  const world = deeds()
  const layer = memoryBatchesLayer({
    script: (job) =>
      job.key.index === 0
        ? {
          output: stdout("updating\n"),
          work: Effect.andThen(
            world.write(job, "service-a/package.json", "{ \"a\": 1 }\n"),
            world.write(job, "result.json", "{\"summary\":\"1 package updated\"}")
          )
        }
        : job.key.index === 1
        ? { output: stdout("nothing to do\n") }
        : { output: stdout("cannot\n"), exitCode: 3 }
  })

  it.effect("does each task once, tells what happens in order, and keeps it", () =>
    Effect.gen(function*() {
      yield* seedRepositories
      yield* world.arm
      const batches = yield* Batches
      const store = yield* BatchRunStore
      const events = yield* collect(batches.run(memoryBatchRequest()))

      assert.deepInclude(events[0], { _tag: "RunStarted", run, namespace: "kubetask-system", total: 3, reason: "run" })
      for (const index of [0, 1, 2]) {
        assert.deepStrictEqual(tagsOf(events, index), ["AttemptStarted", "AgentStarted", "AttemptFinished"])
      }
      const outcomes = events.flatMap((event) =>
        event._tag === "AttemptFinished" ? [[event.task, event.result.outcome, event.result.reason]] : []
      )
      assert.sameDeepMembers(outcomes, [
        [`${run}-task-0`, "Succeeded", null],
        [`${run}-task-1`, "NoChanges", null],
        [`${run}-task-2`, "Failed", "ExitCode"]
      ])
      const progress = events.flatMap((event) => event._tag === "Progress" ? [event.progress] : [])
      assert.deepStrictEqual(progress[0], { total: 3, pending: 3, running: 0, completed: 0, failed: 0 })
      assert.deepStrictEqual(progress[1], { total: 3, pending: 0, running: 3, completed: 0, failed: 0 })
      assert.deepStrictEqual(progress.at(-1), { total: 3, pending: 0, running: 0, completed: 2, failed: 1 })
      const last = events.at(-1)
      assert.strictEqual(last?._tag === "RunFinished" && last.standing.phase, "Failed")

      const stored = yield* store.read(run)
      const journal = stored?.events.map(({ _tag }) => _tag) ?? []
      assert.strictEqual(journal[0], "SessionStarted")
      assert.strictEqual(journal.at(-1), "RunFinished")
      assert.lengthOf(journal, 2 + 3 * 3)
      assert.isFalse(yield* store.isHeld(run))
      assert.deepStrictEqual((yield* MemoryRemotes).workspaces(), [])

      const status = yield* batches.status()
      assert.strictEqual(status.state, "finished")
      assert.deepStrictEqual(status.tasks.map(({ result }) => result?.summary), ["1 package updated", null, null])
      assert.strictEqual(status.tasks[0]?.folder, store.folder(run, 0, 1))
      assert.include(yield* store.kept(run, 0, 1, "changes.patch"), "+{ \"a\": 1 }")
      assert.strictEqual(yield* store.kept(run, 0, 1, "result.json"), "{\n  \"summary\": \"1 package updated\"\n}\n")
      assert.isNull(yield* store.kept(run, 1, 1, "changes.patch"))
      assert.strictEqual(yield* logText(batches, "service-b"), "nothing to do\n")
      const [entry] = yield* batches.list
      assert.deepInclude(entry?.report, { state: "finished", snapshot: status.snapshot })
      assert.notProperty(entry?.report, "tasks")
    }).pipe(Effect.provide(layer)))

  it.effect("gives each agent the seed's environment, its command and the run's labels", () =>
    Effect.gen(function*() {
      yield* seedRepositories
      yield* world.arm
      yield* collect((yield* Batches).run(memoryBatchRequest()))
      const jobs = (yield* MemoryAgents).started()
      assert.deepStrictEqual(
        jobs.map(({ task, variables: { TASK_NAME, TASK_NAMESPACE } }) => [task, TASK_NAME, TASK_NAMESPACE]),
        [
          [`${run}-task-0`, `${run}-task-0`, "kubetask-system"],
          [`${run}-task-1`, `${run}-task-1`, "kubetask-system"],
          [`${run}-task-2`, `${run}-task-2`, "kubetask-system"]
        ]
      )
      assert.isTrue(jobs.every(({ variables, workspace }) => variables["WORKSPACE_DIR"] === workspace))
      assert.deepStrictEqual(jobs[0]?.command, ["/bin/sh", "-c", "agent"])
      assert.deepStrictEqual(jobs[0]?.labels, { team: "platform", jira: "PROJ-1234" })
    }).pipe(Effect.provide(layer)))
})

describe("what a run tells", () => {
  const world = deeds()
  const told = "hush-hush-1"
  const base64 = base64OfText(told)
  const layer = memoryBatchesLayer({
    script: (job) =>
      job.key.index !== 1 ? {} : {
        output: [
          { stream: "stdout", bytes: utf8ToBytes("the key is hush-") },
          { stream: "stderr", bytes: utf8ToBytes("careful\n") },
          { stream: "stdout", bytes: utf8ToBytes(`hush-1, or ${base64}\n`) }
        ],
        work: world.write(job, "result.json", JSON.stringify({ summary: `used ${told}`, [told]: [base64] }))
      }
  })

  it.effect("has no secret in it: not in logs, nor in messages, nor in what the agent says", () =>
    Effect.gen(function*() {
      yield* seedRepositories
      yield* world.arm
      const batches = yield* Batches
      const store = yield* BatchRunStore
      const events = yield* collect(batches.run(memoryBatchRequest()))
      const log = yield* logText(batches, "1")
      const mark = "<secret:private-credentials/service-b-creds.json>"
      // What may begin a secret waits for what follows it on its own stream.
      assert.strictEqual(log, `the key is careful\n${mark}, or ${mark}\n`)
      const kept = (yield* store.kept(run, 1, 1, "result.json")) ?? ""
      assert.deepStrictEqual(JSON.parse(kept), { summary: `used ${mark}`, [mark]: [mark] })
      const all = JSON.stringify([
        events,
        yield* batches.status(run),
        yield* batches.list,
        (yield* store.read(run))?.events
      ])
      for (const text of [log, kept, all]) {
        assert.notInclude(text, told)
        assert.notInclude(text, base64)
      }
    }).pipe(Effect.provide(layer)))

  it.effect("is a plan before it runs, which keeps and starts nothing", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const plan = yield* batches.plan(memoryBatchRequest())
      assert.deepStrictEqual(plan.tasks.map(({ name, urls }) => [name, urls]), [
        [`${run}-task-0`, ["https://example.org/myorg/service-a"]],
        [`${run}-task-1`, ["https://example.org/myorg/service-b"]],
        [`${run}-task-2`, ["https://example.org/myorg/service-c"]]
      ])
      assert.deepStrictEqual(yield* batches.list, [])
      assert.deepStrictEqual((yield* MemoryAgents).started(), [])
      assert.strictEqual((yield* Effect.flip(batches.status()))._tag, "RunMissing")
    }).pipe(Effect.provide(layer)))

  it.effect("a stand-alone Task is one task that bears the run's name", () =>
    Effect.gen(function*() {
      yield* (yield* WorkspaceArrangement).create("myorg/service-a", "main", { a: "a" })
      const batches = yield* Batches
      const events = yield* collect(batches.run(memoryBatchRequest({ name: "update-service-a" }), "Task"))
      assert.deepStrictEqual(
        events.flatMap((event) => event._tag === "AttemptFinished" ? [[event.task, event.result.outcome]] : []),
        [["update-service-a", "NoChanges"]]
      )
    }).pipe(Effect.provide(memoryBatchesLayer({ resources: [updateServiceA] }))))
})

describe("what cannot be run", () => {
  it.effect("is told with all its faults, and leaves nothing behind", () =>
    Effect.gen(function*() {
      const batches = yield* Batches
      const fault = yield* Effect.flip(collect(batches.run(memoryBatchRequest({ retry: 99 }))))
      assert.strictEqual(fault._tag, "BatchInvalid")
      assert.include(fault.message, "retry")
      assert.deepStrictEqual(yield* batches.list, [])
    }).pipe(Effect.provide(memoryBatchesLayer())))

  it.effect("are two resources of the same name, be it one that nothing refers to", () =>
    Effect.gen(function*() {
      const fault = yield* Effect.flip((yield* Batches).plan(memoryBatchRequest()))
      assert.include(fault.message, "Secret/unused")
    }).pipe(Effect.provide(memoryBatchesLayer({
      resources: [...updateDependenciesResources, secret("unused", { a: "1" }), secret("unused", { a: "2" })]
    }))))

  it.effect("is a run whose name is taken", () =>
    Effect.gen(function*() {
      yield* seedRepositories
      const batches = yield* Batches
      yield* collect(batches.run(memoryBatchRequest()))
      assert.strictEqual((yield* Effect.flip(collect(batches.run(memoryBatchRequest()))))._tag, "RunExists")
    }).pipe(Effect.provide(memoryBatchesLayer())))

  it.effect("is told of runs and tasks that are not there, with what was meant", () =>
    Effect.gen(function*() {
      yield* seedRepositories
      const batches = yield* Batches
      yield* collect(batches.run(memoryBatchRequest()))
      const missing = yield* Effect.flip(batches.status("update-dependencies-run-002"))
      assert.deepInclude(missing, { _tag: "RunMissing", meant: run })
      assert.strictEqual((yield* Effect.flip(collect(batches.resume("none"))))._tag, "RunMissing")
      for (
        const request of [{ task: "service-x" }, { task: "3" }, { task: "0", attempt: 2 }, { task: "0", attempt: 0 }]
      ) {
        const fault = yield* Effect.flip(Stream.runDrain(batches.logs({ name: run, ...request })))
        assert.strictEqual(fault._tag, "BatchTaskMissing")
      }
    }).pipe(Effect.provide(memoryBatchesLayer())))
})

describe("publishing", () => {
  const world = deeds()
  const layer = memoryBatchesLayer({
    script: (job) => ({
      work: world.write(job, `service-${"abc".charAt(job.key.index)}/new.txt`, `${job.key.attempt}\n`)
    })
  })
  const branch = `slipway/${run}-task-0`
  const url = "https://example.org/myorg/service-a"

  it.effect("is recorded before it is done, and moves again only what the run itself has pushed", () =>
    Effect.gen(function*() {
      yield* seedRepositories
      yield* world.arm
      const arrange = yield* WorkspaceArrangement
      const batches = yield* Batches
      const store = yield* BatchRunStore
      yield* collect(batches.run(memoryBatchRequest({ publish: "branch" })))
      const first = yield* arrange.head(url, branch)
      const journal = (yield* store.read(run))?.events.filter((event) => "index" in event && event.index === 0) ?? []
      assert.deepStrictEqual(journal.map(({ _tag }) => _tag), [
        "AttemptCreated",
        "AgentStarted",
        "PublishIntended",
        "AttemptFinished"
      ])
      const intended = journal[2]
      assert.strictEqual(intended?._tag === "PublishIntended" ? intended.commit : null, first)

      yield* collect(batches.retry(run, ["service-a"]))
      assert.notStrictEqual(yield* arrange.head(url, branch), first)
      assert.strictEqual(yield* arrange.file(url, branch, "new.txt"), "2\n")

      // Somebody else has moved it since.
      const foreign = yield* arrange.commit(url, branch, { "other.txt": "other\n" })
      yield* collect(batches.retry(run, ["service-a"]))
      const { result } = (yield* batches.status(run)).tasks[0] ?? { result: null }
      assert.deepInclude(result, { outcome: "Failed", reason: "BranchNotOurs", failure: "publish", exitCode: 0 })
      assert.strictEqual(yield* arrange.head(url, branch), foreign)
    }).pipe(Effect.provide(layer)))
})

describe("values", () => {
  it.effect("of files are there with their exact bytes", () =>
    Effect.gen(function*() {
      yield* seedRepositories
      const store = yield* BatchRunStore
      yield* collect((yield* Batches).run(memoryBatchRequest()))
      const values = yield* store.values(run)
      const guide = textOfBase64(values.configMaps["workflow-guides"]?.["standard-pr-workflow.md"] ?? "")
      assert.strictEqual(guide, "# Guide\r\nTwo lines, CRLF, no end")
      assert.notProperty(values.configMaps["dep-configs"] ?? {}, "unused.json")
      assert.deepStrictEqual(Object.keys(values.secrets["private-credentials"] ?? {}), ["service-b-creds.json"])
    }).pipe(Effect.provide(memoryBatchesLayer())))
})
