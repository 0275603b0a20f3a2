import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Artifact } from "../project/LifecyclePolicy.ts"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { Impl } from "../sandbox/Impl.ts"
import { commitInMemory } from "../testing/MemoryGit.ts"
import { memorySlipwayLayer, type MemorySlipwayOptions } from "../testing/MemorySlipway.ts"
import type { ChangeRequest } from "./FeatureChanges.ts"
import type { FeatureIntent } from "./FeatureIntent.ts"
import { Features } from "./Features.ts"

const main = "/code/shop"
const worktree = "/code/shop-impl-auth"
const folder = `${main}/.ai/projects/auth`

const infra = `[project]
name = "shop"

[[lifecycle.gates]]
name = "test"
command = ["check", "--all"]

[lifecycle.deploy]
command = ["deploy"]
`

const layer = (options: MemorySlipwayOptions = {}) =>
  memorySlipwayLayer({
    files: { [`${main}/README.md`]: "# Shop", [`${main}/.devops-ai/infra.toml`]: infra },
    repositories: { [main]: {} },
    ...options
  })

const create = Features.use((features) => features.create({ directory: main, name: "auth", title: "Log in" }))
const next = Features.use((features) => features.next({ directory: main, name: "auth" }))
const act = (intent: FeatureIntent, options: Partial<ChangeRequest> = {}) =>
  Features.use((features) => features.change({ directory: main, name: "auth", intent, as: "human:ada", ...options }))
const write = (name: string, text: string) => ProjectFiles.use((files) => files.write(`${folder}/${name}`, text))
const submit = (artifact: Artifact, as = "agent:coder") => act({ _tag: "Submit", artifact }, { as })
const approve = (artifact: Artifact, as = "human:ada") => act({ _tag: "Approve", artifact, sha256: null }, { as })
const handIn = Effect.fnUntraced(function*(artifact: Artifact, file: string, text: string) {
  yield* write(file, text)
  yield* submit(artifact)
  return yield* approve(artifact)
})

const readyForWork = Effect.gen(function*() {
  yield* create
  yield* handIn("spec", "spec.md", "# Log in")
  yield* handIn("design", "design.md", "# With sessions")
  yield* handIn("tasks", "tasks.md", "- [ ] 1. Form\n- [ ] 2. Sessions\n")
  yield* handIn("qa-plan", "qa-plan.md", "- [ ] 1. Can log in\n")
  yield* Impl.use((impl) => impl.run({ directory: main, kind: "impl", name: "auth", sandbox: false }))
})

const work = Effect.gen(function*() {
  const files = yield* ProjectFiles
  for (const task of ["task-001", "task-002"]) {
    yield* files.write(`${worktree}/${task}.ts`, "done")
    yield* commitInMemory(worktree, task)
    yield* act({ _tag: "StartTask", task }, { as: "agent:coder" })
    yield* act({ _tag: "CompleteTask", task, revisions: [] }, { as: "agent:coder" })
  }
})

const programs = { check: () => ({ stdout: "all green\n" }), deploy: () => ({ stdout: "up\n" }) }

const live = Effect.gen(function*() {
  const features = yield* Features
  yield* readyForWork
  yield* work
  yield* features.gates({ directory: main, name: "auth" })
  yield* handIn("review", "review.md", "# Looks well")
  yield* handIn("audit", "audit.md", "# Safe")
  yield* handIn("qa-results", "qa-results.md", "- [x] 1. Can log in: seen\n")
  yield* features.merge({ directory: main, name: "auth", as: "human:ada" })
  return yield* features.deploy({ directory: main, name: "auth", as: "human:ada" })
})

describe("features", () => {
  it.effect("live from idea to released, and the list says of each step what next says", () =>
    Effect.gen(function*() {
      const features = yield* Features
      const seen: Array<string> = []
      const look = Effect.gen(function*() {
        const { action, phase, reason, rule } = yield* next
        const { features: [row] } = yield* features.list({ directory: main })
        assert.deepInclude(row?.next, { action, reason, rule })
        assert.strictEqual(row?.phase, phase)
        seen.push(`${phase} ${action}`)
      })
      yield* create
      yield* look
      yield* handIn("spec", "spec.md", "# Log in")
      yield* look
      yield* handIn("design", "design.md", "# With sessions")
      yield* handIn("tasks", "tasks.md", "- [ ] 1. Form\n- [ ] 2. Sessions\n")
      yield* handIn("qa-plan", "qa-plan.md", "- [ ] 1. Can log in\n")
      yield* look
      yield* Impl.use((impl) => impl.run({ directory: main, kind: "impl", name: "auth", sandbox: false }))
      assert.strictEqual((yield* next).worktree?.worktree, worktree)
      yield* work
      yield* look
      const gates = yield* features.gates({ directory: main, name: "auth" })
      assert.deepStrictEqual(gates.results.map(({ gate, passed }) => ({ gate, passed })), [
        { gate: "test", passed: true }
      ])
      yield* look
      const refused = yield* handIn("review", "review.md", "# Looks well").pipe(
        Effect.andThen(Effect.flip(approve("audit")))
      )
      assert.strictEqual(refused.code, "feature-conflict")
      yield* handIn("audit", "audit.md", "# Safe")
      yield* handIn("qa-results", "qa-results.md", "- [x] 1. Can log in: seen\n")
      yield* look
      const merged = yield* features.merge({ directory: main, name: "auth", as: "human:ada" })
      assert.strictEqual(merged.how, "fast-forward")
      yield* look
      const deployed = yield* features.deploy({ directory: main, name: "auth", as: "human:ada" })
      assert.isTrue(deployed.succeeded)
      yield* look
      assert.deepStrictEqual(seen, [
        "draft create-spec",
        "planned create-design",
        "implementation implement-task",
        "implementation run-gates",
        "review create-review",
        "merge merge",
        "released deploy",
        "released done"
      ])
      assert.strictEqual(
        yield* ProjectFiles.use((files) => files.read(`${folder}/tasks.md`)),
        "- [x] 1. Form\n- [x] 2. Sessions\n"
      )
      const { entries } = yield* features.story({ directory: main, name: "auth" })
      assert.strictEqual((yield* features.verify({ directory: main, name: "auth" })).lines, entries.length)
    }).pipe(Effect.provide(layer({ programs }))))

  it.effect("go back when there is a commit after they were released", () =>
    Effect.gen(function*() {
      yield* live
      yield* ProjectFiles.use((files) => files.write(`${worktree}/more.ts`, "more"))
      yield* commitInMemory(worktree, "More")
      const { action, phase, reason } = yield* next
      assert.deepStrictEqual({ action, phase }, { action: "run-gates", phase: "implementation" })
      assert.include(reason, "Not green")
      const { features: [row] } = yield* Features.use((features) => features.list({ directory: main }))
      assert.strictEqual(row?.phase, "implementation")
    }).pipe(Effect.provide(layer({ programs }))))

  it.effect("ask for what was edited, and take back what was put back", () =>
    Effect.gen(function*() {
      yield* readyForWork
      yield* write("design.md", "# Without sessions")
      assert.deepInclude(yield* next, { action: "create-design", phase: "planned" })
      const refused = yield* Effect.flip(approve("design"))
      assert.include(refused.message, "edited")
      yield* write("design.md", "# With sessions")
      assert.deepInclude(yield* next, { phase: "implementation" })
    }).pipe(Effect.provide(layer())))

  it.effect("take no tick for an edit", () =>
    Effect.gen(function*() {
      yield* readyForWork
      yield* write("tasks.md", "- [x] 1. Form\n- [ ] 2. Sessions\n")
      assert.deepInclude(yield* next, { action: "implement-task", task_id: "task-001" })
      yield* write("tasks.md", "- [ ] 1. Another form\n- [ ] 2. Sessions\n")
      assert.deepInclude(yield* next, { action: "create-tasks", phase: "ready" })
    }).pipe(Effect.provide(layer())))

  it.effect("do the same command under the same key once, and no other under it", () =>
    Effect.gen(function*() {
      yield* create
      const once = { _tag: "Comment", kind: "note", text: "once" } as const
      const first = yield* act(once, { key: "k1" })
      const again = yield* act(once, { key: "k1" })
      assert.isFalse(first.isReplay)
      assert.isTrue(again.isReplay)
      assert.deepStrictEqual(again.entry, first.entry)
      const other = yield* Effect.flip(act({ ...once, text: "other" }, { key: "k1" }))
      assert.strictEqual(other.code, "key-reused")
      assert.strictEqual((yield* next).revision, 2)
    }).pipe(Effect.provide(layer())))

  it.effect("refuse whoever saw an older state, and leave no trace of it", () =>
    Effect.gen(function*() {
      yield* create
      yield* act({ _tag: "Comment", kind: "note", text: "first" }, { expected: 1 })
      const late = yield* Effect.flip(act({ _tag: "Comment", kind: "note", text: "late" }, { expected: 1 }))
      assert.strictEqual(late.code, "revision-conflict")
      assert.strictEqual((yield* next).revision, 2)
    }).pipe(Effect.provide(layer())))

  it.effect("wait for others until those are released, and never for themselves", () =>
    Effect.gen(function*() {
      const features = yield* Features
      yield* readyForWork
      yield* features.create({ directory: main, name: "sessions" })
      const depend = (name: string, dependsOn: string) =>
        features.change({ directory: main, name, intent: { _tag: "Depend", dependsOn, remove: false } })
      const waiting = yield* depend("auth", "sessions")
      assert.deepInclude(waiting.next, { action: "wait-for-dependency", blocked_by: ["sessions"], phase: "ready" })
      const cycle = yield* Effect.flip(depend("sessions", "auth"))
      assert.include(cycle.message, "sessions → auth → sessions")
      const missing = yield* Effect.flip(depend("auth", "sesions"))
      assert.deepStrictEqual(missing.code, "feature-missing")
      assert.include(missing.hint, "sessions")
    }).pipe(Effect.provide(layer())))

  it.effect("run gates where there is nothing that is in no commit", () =>
    Effect.gen(function*() {
      const features = yield* Features
      yield* readyForWork
      yield* work
      yield* ProjectFiles.use((files) => files.write(`${worktree}/left.ts`, "left"))
      const dirty = yield* Effect.flip(features.gates({ directory: main, name: "auth" }))
      assert.strictEqual(dirty.code, "evidence-refused")
      assert.include(dirty.message, "left.ts")
      const { entries } = yield* features.story({ directory: main, name: "auth" })
      assert.isFalse(entries.some(({ event }) => event._tag === "GateRan"))
    }).pipe(Effect.provide(layer({ programs }))))

  it.effect("keep what a gate printed, and its failure until the next commit", () =>
    Effect.gen(function*() {
      const features = yield* Features
      yield* readyForWork
      yield* work
      const { next: after, results } = yield* features.gates({ directory: main, name: "auth" })
      assert.deepInclude(results[0], { passed: false, exitCode: 2 })
      assert.deepInclude(after, { action: "run-gates", blocked_by: ["test"] })
      const kept = yield* ProjectFiles.use((files) => files.read(`${main}/${results[0]?.output}`))
      assert.strictEqual(kept, "1 failed\n")
    }).pipe(Effect.provide(layer({ programs: { check: () => ({ stdout: "1 failed\n", exitCode: 2 }) } }))))

  it.effect("merge only when it is their turn", () =>
    Effect.gen(function*() {
      const features = yield* Features
      yield* readyForWork
      const early = yield* Effect.flip(features.merge({ directory: main, name: "auth" }))
      assert.strictEqual(early.code, "feature-conflict")
      assert.include(early.message, "implement-task")
      const deployment = yield* Effect.flip(features.deploy({ directory: main, name: "auth" }))
      assert.strictEqual(deployment.code, "feature-conflict")
    }).pipe(Effect.provide(layer())))

  it.effect("are not taken over by the fresh branch of a further milestone", () =>
    Effect.gen(function*() {
      yield* readyForWork
      yield* work
      const before = yield* next
      yield* Impl.use((impl) =>
        impl.run({ directory: main, kind: "impl", name: "auth", sandbox: false }).pipe(Effect.flip)
      )
      yield* Impl.use((impl) =>
        impl.run({ directory: main, kind: "impl", name: "auth/M2", sandbox: false }).pipe(Effect.exit)
      )
      const after = yield* next
      assert.deepInclude(after, { action: before.action, phase: before.phase, head: before.head })
      assert.strictEqual(after.worktree?.worktree, worktree)
    }).pipe(Effect.provide(layer())))

  it.effect("take no commit for work that was there before", () =>
    Effect.gen(function*() {
      yield* readyForWork
      const refused = yield* Effect.flip(act({ _tag: "CompleteTask", task: "task-001", revisions: ["main"] }))
      assert.strictEqual(refused.code, "evidence-refused")
      assert.deepInclude(yield* next, { action: "implement-task", task_id: "task-001" })
    }).pipe(Effect.provide(layer())))

  it.effect("tick the box of the very task, whatever its number was", () =>
    Effect.gen(function*() {
      yield* readyForWork
      yield* handIn("tasks", "tasks.md", "- [ ] 1. Form\n- [ ] 2. Inserted\n- [ ] 3. Sessions\n")
      yield* ProjectFiles.use((files) => files.write(`${worktree}/s.ts`, "s"))
      yield* commitInMemory(worktree, "Sessions")
      yield* act({ _tag: "CompleteTask", task: "task-002", revisions: [] }, { as: "agent:coder" })
      assert.strictEqual(
        yield* ProjectFiles.use((files) => files.read(`${folder}/tasks.md`)),
        "- [ ] 1. Form\n- [ ] 2. Inserted\n- [x] 3. Sessions\n"
      )
    }).pipe(Effect.provide(layer())))

  it.effect("refuse words and texts that are none, as a program without types gives them", () =>
    Effect.gen(function*() {
      yield* create
      const intents = [
        { _tag: "Submit", artifact: "__proto__" },
        { _tag: "Comment", kind: "shout", text: "x" },
        { _tag: "Comment", kind: "note", text: undefined },
        { _tag: "StartTask", task: {} }
      ]
      for (const intent of intents) {
        // What the types forbid.
        const refused = yield* Effect.flip(act(intent as unknown as FeatureIntent))
        assert.strictEqual(refused.code, "text-invalid")
      }
      const half = yield* act({ _tag: "Comment", kind: "note", text: "half \ud800" }, { key: "k" })
      assert.isFalse(half.isReplay)
    }).pipe(Effect.provide(layer())))
})
