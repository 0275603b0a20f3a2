import { Batches } from "@slipway/core"
import {
  type BatchRunEvent,
  type BatchRunHandle,
  connect,
  NodeSlipway,
  type Slipway,
  SlipwayError
} from "@slipway/node-adapters"
import { Effect, Stream } from "effect"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, assert, beforeAll, beforeEach, describe, it } from "vitest"
import { batchOf, type BatchProject, makeBatchProject, textAt } from "./fixtures/BatchProject.ts"
import { cleanVariables } from "./fixtures/SampleProject.ts"
import { seedAgent, seedBatch, seedBytes, seedRepositories } from "./fixtures/SeedBatch.ts"
import { processesOf } from "./fixtures/Signalled.ts"
import { until } from "./fixtures/Until.ts"

const variables = () => ({ ...cleanVariables(), GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" })

/** A client in a project's root; agents carry its home, so that those left over are found. */
const clientOf = (project: BatchProject, home = project.home): Promise<Slipway> =>
  connect({ cwd: project.root, env: { ...variables(), SLIPWAY_HOME: home }, home })

const collected = async <A>(items: AsyncIterable<A>): Promise<ReadonlyArray<A>> => {
  const all: Array<A> = []
  for await (const item of items) all.push(item)
  return all
}

const textOf = async (log: AsyncIterable<Uint8Array>): Promise<string> =>
  Buffer.concat(await collected(log)).toString("utf8")

/** What a call that must not succeed rejects with. */
const refusalOf = async (call: Promise<unknown>): Promise<SlipwayError> => {
  const reason = await call.then(() => null, (error: unknown) => error)
  if (reason instanceof SlipwayError) return reason
  throw new Error("the call should have been refused", { cause: reason })
}

const refused = async (call: Promise<unknown>): Promise<readonly [code: string, exitCode: number]> => {
  const { code, exitCode, hint, message } = await refusalOf(call)
  assert.isNotEmpty(message)
  assert.isNotEmpty(hint)
  return [code, exitCode]
}

describe("the seed's batch, by a program", () => {
  const run = "update-dependencies-run-001"
  let project: BatchProject
  let slipway: Slipway
  let seen: string
  beforeAll(async () => {
    project = makeBatchProject(seedRepositories)
    seen = join(project.folder, "seen")
    mkdirSync(seen)
    const agent = seedAgent(project)
    project.write("batch.yaml", seedBatch(`  command: ["/bin/sh", ${JSON.stringify(agent)}, ${JSON.stringify(seen)}]`))
    slipway = await clientOf(project)
  })
  afterAll(async () => {
    await slipway.close()
    project.remove()
  })

  const request = () => ({ files: ["batch.yaml"], host: project.host, publish: "branch" as const })

  it("is planned, and nothing is made", async () => {
    const plan = await slipway.batch.plan(request())
    assert.deepInclude(plan, { name: run, namespace: "kubetask-system", kind: "BatchRun", runner: "process" })
    assert.deepStrictEqual(plan.labels, { team: "platform", jira: "PROJ-1234" })
    assert.deepStrictEqual(
      plan.tasks.map(({ contexts, name, urls }) => [
        name,
        contexts.map((context) => context.type === "File" ? context.file.name : context.repository.repo),
        urls
      ]),
      [
        [`${run}-task-0`, ["task.md", "guide.md", "service-a", "config.json"]],
        [`${run}-task-1`, ["task.md", "guide.md", "service-b", "config.json", "credentials.json"]],
        [`${run}-task-2`, ["task.md", "guide.md", "service-c", "config.json"]]
      ].map(([name, contexts], index) => [
        name,
        contexts,
        [`file://${project.remote(`myorg/service-${"abc"[index]}`)}`]
      ])
    )
    assert.deepStrictEqual(await slipway.batch.list(), [])
    assert.deepStrictEqual(await refused(slipway.batch.status()), ["run-missing", 3])
  })

  it("tells what happens while it does, to each who listens, and how it ended", async () => {
    const handle = slipway.batch.run(request())
    const [events, again, result] = await Promise.all([collected(handle), collected(handle), handle.result])
    assert.deepStrictEqual(events, again)
    assert.deepStrictEqual(await collected(handle), events)

    assert.deepInclude(result, { name: run, phase: "Succeeded", state: "finished", exitCode: 0 })
    assert.deepStrictEqual(result.progress, { total: 3, pending: 0, running: 0, completed: 3, failed: 0 })
    assert.deepStrictEqual(
      result.tasks.map(({ attempt, name, outcome, result: ended }) => [name, attempt, outcome, ended?.summary]),
      [0, 1, 2].map((index) => [`${run}-task-${index}`, 1, "Succeeded", "Updated one dependency"])
    )

    const [first, ...others] = events
    assert.deepInclude(first, { event: "run-started", run, total: 3, reason: "run", warnings: [] })
    const last = others.at(-1)
    assert.strictEqual(last?.event, "run-finished")
    if (last?.event === "run-finished") assert.strictEqual(last.standing.phase, "Succeeded")
    for (const index of [0, 1, 2]) assert.deepStrictEqual(stepsOf(events, index), stepsOfAttempt(1))
    const times = events.map(({ at }) => at)
    assert.deepStrictEqual(times, times.toSorted())
    for (const event of events) {
      if (event.event !== "progress") continue
      const { completed, failed, pending, running, total } = event.progress
      assert.strictEqual(pending + running + completed + failed, total)
    }
    assert.deepStrictEqual(project.workspaces(), [])
  })

  it("has given each task its bytes, and pushed what it did", async () => {
    const { tasks } = await slipway.batch.status(run)
    for (const [index, { folder, result }] of tasks.entries()) {
      const at = (file: string) => readFileSync(join(seen, `${run}-task-${index}`, file), "utf8")
      assert.deepStrictEqual(
        [at("task.md"), at("guide.md"), at("config.json")],
        [seedBytes.task, seedBytes.guide, seedBytes.configs[index]]
      )
      const [repository] = result?.repositories ?? []
      const branch = `slipway/${run}-task-${index}`
      assert.deepInclude(repository, { published: branch, commits: 1, filesChanged: 1, insertions: 1, deletions: 0 })
      const remote = `myorg/service-${"abc"[index]}`
      assert.strictEqual(project.inRemote(remote, "rev-parse", branch), repository?.head)
      assert.include(textAt(join(folder ?? "", "changes.patch")) ?? "", "dependencies.txt")
    }
    assert.strictEqual(readFileSync(join(seen, `${run}-task-1`, "mode"), "utf8").trim(), "400")
  })

  it("has logs that are read by index, name and repository, from the end, and never tell a secret", async () => {
    const logs = (task: string | number, tail?: number) =>
      textOf(slipway.batch.logs({ name: run, task, ...(tail === undefined ? {} : { tail }) }))
    const log = await logs(1)
    assert.include(log, "worked on service-b")
    assert.strictEqual(await logs(`${run}-task-1`), log)
    assert.strictEqual(await logs("myorg/service-b"), log)
    assert.strictEqual(await logs("service-b", 1), "worked on service-b\n")
    const whole = log + JSON.stringify([await slipway.batch.status(run), await slipway.batch.list()])
    assert.notInclude(whole, seedBytes.credentials)
    assert.notInclude(whole, Buffer.from(seedBytes.credentials).toString("base64"))
    assert.notInclude(whole, "hush-7f3a9c51d2e8")
  })

  it("is listed, and its tasks can be run once more", async () => {
    const [listing] = await slipway.batch.list()
    assert.deepInclude(listing, { name: run, problem: null })
    assert.strictEqual(listing?.run?.phase, "Succeeded")
    const handle = slipway.batch.retry(run, ["service-c"])
    const events = await collected(handle)
    assert.deepInclude(events[0], { event: "run-started", reason: "retry" })
    assert.deepStrictEqual([stepsOf(events, 0), stepsOf(events, 1)], [[], []])
    assert.deepStrictEqual(stepsOf(events, 2), stepsOfAttempt(2))
    const { tasks } = await handle.result
    assert.deepStrictEqual(tasks.map(({ attempt }) => attempt), [1, 1, 2])
    const first = await textOf(slipway.batch.logs({ name: run, task: "service-c", attempt: 1 }))
    assert.include(first, "worked on service-c")
  })
})

/** The steps of an attempt that goes its way. */
const stepsOfAttempt = (attempt: number) =>
  ["attempt-started", "agent-started", "attempt-finished"].map((event) => `${event} ${attempt}`)

/** What happened to one task, in order. */
const stepsOf = (events: ReadonlyArray<BatchRunEvent>, index: number): ReadonlyArray<string> =>
  events.flatMap((event) => "attempt" in event && event.index === index ? [`${event.event} ${event.attempt}`] : [])

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
    assertNothingLeft()
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
    await slipway.batch.cancel(run)
    assert.strictEqual((await handle.result).state, "finished")
    assert.strictEqual(await followed, "working\n")
  })
})

describe("what a program asks in vain", () => {
  let project: BatchProject
  let slipway: Slipway
  beforeAll(async () => {
    project = makeBatchProject({ "myorg/service-a": ["main"], "myorg/service-b": ["main"] })
    project.write("batch.yaml", batchOf("mixed", "case $TASK_NAME in *-0) exit 3;; esac", ["service-a", "service-b"]))
    slipway = await clientOf(project)
  })
  afterAll(async () => {
    await slipway.close()
    project.remove()
  })

  it("is refused with a code for each reason", async () => {
    const { batch, task } = slipway
    const run = (files: ReadonlyArray<string>, more: object = {}) =>
      batch.run({ files, host: project.host, ...more }).result
    const invalid = ["batch-invalid", 2]
    project.write("broken.yaml", "kind: Batch\n")
    project.write("unknown.yaml", batchOf("unknown", "true", ["service-a"], "  maxParalel: 2\n"))
    assert.deepStrictEqual(await refused(run(["none.yaml"])), invalid)
    assert.deepStrictEqual(await refused(run(["broken.yaml"])), invalid)
    assert.deepStrictEqual(await refused(run([])), invalid)
    assert.deepStrictEqual(await refused(batch.plan({ files: ["broken.yaml"] })), invalid)
    assert.deepStrictEqual(await refused(task.run({ files: ["batch.yaml"] }).result), invalid)
    assert.deepStrictEqual(await refused(task.plan({ files: ["batch.yaml"] })), invalid)
    assert.include((await refusalOf(run(["unknown.yaml"]))).message, "maxParallel")
    for (
      const more of [
        { retry: 11 },
        { retry: 0.5 },
        { maxParallel: 0 },
        { maxParallel: Number.NaN },
        { maxFailures: "many" },
        { maxFailures: -1 },
        { timeout: "soon" },
        { taskTimeout: "0s" },
        { host: "nowhere" },
        { command: [] },
        { name: "../up" },
        { namespace: "No Such" },
        { select: "none" },
        { fromDirectories: ["none"] }
      ]
    ) {
      const { code } = await refusalOf(run(["batch.yaml"], more)).catch(() => ({ code: "accepted" }))
      assert.deepStrictEqual([more, code], [more, "batch-invalid"])
    }
    assert.deepStrictEqual(await batch.list(), [])

    for (const name of ["none", "../up", ""]) {
      assert.deepStrictEqual(await refused(batch.resume(name).result), ["run-missing", 3])
      assert.deepStrictEqual(await refused(batch.retry(name).result), ["run-missing", 3])
      assert.deepStrictEqual(await refused(batch.cancel(name)), ["run-missing", 3])
      assert.deepStrictEqual(await refused(batch.status(name)), ["run-missing", 3])
      assert.deepStrictEqual(await refused(collected(batch.logs({ name, task: 0 }))), ["run-missing", 3])
      assert.deepStrictEqual(await refused(collected(batch.resume(name))), ["run-missing", 3])
    }
  })

  it("is a run that fails, told in its result; and what does not fit how it stands", async () => {
    const { batch } = slipway
    const failed = await batch.run({ files: ["batch.yaml"], host: project.host }).result
    assert.deepStrictEqual(
      [failed.exitCode, failed.phase, failed.tasks.map(({ outcome, reason }) => [outcome, reason])],
      [1, "Failed", [["Failed", "ExitCode"], ["NoChanges", null]]]
    )
    assert.strictEqual(failed.tasks[0]?.result?.exitCode, 3)
    const { name } = failed
    const again = batch.run({ files: ["batch.yaml"], host: project.host }).result
    assert.deepStrictEqual(await refused(again), ["run-exists", 5])
    assert.include((await refusalOf(batch.status("mixed-rum"))).hint, name)
    assert.deepStrictEqual(await refused(batch.retry(name, ["service-z"]).result), ["batch-task-missing", 3])
    for (const wanted of [{ task: 2 }, { task: "service-z" }, { task: 0, attempt: 2 }, { task: -1 }]) {
      assert.deepStrictEqual(await refused(collected(batch.logs({ name, ...wanted }))), ["batch-task-missing", 3])
    }
    const retried = await batch.retry(name).result
    assert.deepStrictEqual(retried.tasks.map(({ attempt }) => attempt), [2, 1])
    assert.deepStrictEqual(await refused(batch.retry(name, []).result.then(() => batch.resume(name).result)), [
      "run-conflict",
      5
    ])
  })

  it("is a journal that cannot be read, which hides no other run", async () => {
    const { batch } = slipway
    mkdirSync(join(project.home, "batch/runs/torn"), { recursive: true })
    writeFileSync(join(project.home, "batch/runs/torn/run.json"), "{")
    assert.deepStrictEqual(await refused(batch.status("torn")), ["run-corrupt", 7])
    const listed = await batch.list()
    assert.sameMembers(listed.map(({ name }) => name), ["mixed-run", "torn"])
    assert.isNotNull(listed.find(({ name }) => name === "torn")?.problem)
  })
})

describe("several clients in one process", () => {
  const count = 3
  const projects: Array<BatchProject> = []
  afterAll(() => {
    for (const project of projects) project.remove()
  })

  it("work at once, each with its own folder, environment and home", async () => {
    const clients = await Promise.all(Array.from({ length: count }, async (_, number) => {
      const project = makeBatchProject({ [`org${number}/service`]: ["main"] })
      projects.push(project)
      const line = `echo "$WHO at $SLIPWAY_HOME"; echo "$WHO" > service/who; touch "$BARRIER/$WHO"; ` +
        `while [ "$(ls "$BARRIER" | wc -l)" -lt ${count} ]; do sleep 0.01; done`
      const [first] = projects
      const barrier = join(first?.folder ?? project.folder, "barrier")
      mkdirSync(barrier, { recursive: true })
      project.write("batch.yaml", batchOf("same", line, ["service"]).replace("org: myorg", `org: org${number}`))
      const slipway = await connect({
        cwd: project.root,
        env: { ...variables(), WHO: `client-${number}`, BARRIER: barrier, SLIPWAY_HOME: project.home },
        home: project.home
      })
      return { slipway, project }
    }))
    await Promise.all(clients.map(async ({ project, slipway }, number) => {
      const handle = slipway.batch.run({ files: ["batch.yaml"], host: project.host })
      const [events, result] = await Promise.all([collected(handle), handle.result])
      assert.deepStrictEqual([result.exitCode, result.tasks[0]?.outcome], [0, "Succeeded"])
      assert.deepStrictEqual(stepsOf(events, 0), stepsOfAttempt(1))
      assert.deepStrictEqual((await slipway.batch.list()).map(({ name }) => name), ["same-run"])
      const log = await textOf(slipway.batch.logs({ name: "same-run", task: 0 }))
      assert.strictEqual(log, `client-${number} at ${project.home}\n`)
    }))
    const [first, second] = clients
    await first?.slipway.close()
    assert.strictEqual((await second?.slipway.batch.status())?.state, "finished")
    await Promise.all(clients.map(({ slipway }) => slipway.close()))
  })
})

describe("a Task, by a program", () => {
  let project: BatchProject
  beforeAll(() => {
    project = makeBatchProject({ "myorg/service-a": ["main"] })
    project.write(
      "task.yaml",
      `apiVersion: kubetask.io/v1alpha1
kind: Task
metadata: {name: fix-a}
spec:
  contexts:
    - {type: File, file: {name: task.md, source: {inline: "Fix \${{ repository.repo }}."}}}
    - {type: Repository, repository: {org: myorg, repo: service-a, branch: main}}
`
    )
  })
  afterAll(() => project.remove())

  const request = () => ({
    files: ["task.yaml"],
    host: project.host,
    command: ["/bin/sh", "-c", "cat task.md; cp task.md service-a/"]
  })

  it("is planned and run, and its run is as any other", async () => {
    await using slipway = await clientOf(project)
    const plan = await slipway.task.plan(request())
    assert.deepStrictEqual([plan.kind, plan.name, plan.tasks.map(({ name }) => name)], ["Task", "fix-a", ["fix-a"]])
    const result = await slipway.task.run(request()).result
    assert.deepStrictEqual([result.exitCode, result.tasks[0]?.outcome], [0, "Succeeded"])
    assert.strictEqual(await textOf(slipway.batch.logs({ name: "fix-a", task: "fix-a" })), "Fix service-a.")
    assert.strictEqual((await slipway.batch.retry("fix-a", ["0"]).result).tasks[0]?.attempt, 2)
  })

  it("is run by a program with Effect, whose layer has batches beside all else", async () => {
    const program = Effect.gen(function*() {
      const batches = yield* Batches
      const tags: Array<string> = []
      yield* Stream.runForEach(
        batches.run({ ...request(), directory: project.root, name: "fix-again" }, "Task"),
        ({ _tag }) => Effect.sync(() => tags.push(_tag))
      )
      const { standing } = yield* batches.status("fix-again")
      return { tags, outcomes: standing.tasks.map(({ outcome }) => outcome) }
    })
    const { outcomes, tags } = await Effect.runPromise(
      Effect.provide(program, NodeSlipway.layer({ variables: variables(), home: project.home }))
    )
    assert.deepStrictEqual(outcomes, ["Succeeded"])
    assert.deepStrictEqual([tags[0], tags.at(-1)], ["RunStarted", "RunFinished"])
  })
})
