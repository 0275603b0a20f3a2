import { Batches } from "@slipway/core"
import { connect, NodeSlipway, type Slipway } from "@slipway/node-adapters"
import { Effect, Stream } from "effect"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import {
  clientOf,
  clientVariables,
  collected,
  refusalOf,
  refused,
  stepsOf,
  stepsOfAttempt,
  textOf
} from "./fixtures/BatchClients.ts"
import { batchOf, type BatchProject, makeBatchProject, textAt } from "./fixtures/BatchProject.ts"
import { seedAgent, seedBatch, seedBytes, seedRepositories } from "./fixtures/SeedBatch.ts"

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
        ["task.md", "guide.md", "service-a", "config.json"],
        ["task.md", "guide.md", "service-b", "config.json", "credentials.json"],
        ["task.md", "guide.md", "service-c", "config.json"]
      ].map((contexts, index) => [
        `${run}-task-${index}`,
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
        env: { ...clientVariables(), WHO: `client-${number}`, BARRIER: barrier, SLIPWAY_HOME: project.home },
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
      Effect.provide(program, NodeSlipway.layer({ variables: clientVariables(), home: project.home }))
    )
    assert.deepStrictEqual(outcomes, ["Succeeded"])
    assert.deepStrictEqual([tags[0], tags.at(-1)], ["RunStarted", "RunFinished"])
  })
})
