import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Ref } from "effect"
import { Journal } from "../operation/Journal.ts"
import { OperationListener } from "../operation/Operations.ts"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { Slots } from "../slot/Slots.ts"
import { MemoryEngine } from "../testing/MemoryEngine.ts"
import { MemoryRepositories } from "../testing/MemoryGit.ts"
import { shop, shopLayer, shopWorktree, whileTimePasses } from "../testing/SampleShop.ts"
import { Impl } from "./Impl.ts"
import type { ImplRequest } from "./ImplPlan.ts"
import { Sandboxes } from "./Sandboxes.ts"

const request: ImplRequest = { directory: shop, kind: "impl", name: "auth/M1" }

const run = (changes: Partial<ImplRequest> = {}) =>
  whileTimePasses(Impl.use((impl) => impl.run({ ...request, ...changes })))

const kindOf = (path: string) => ProjectFiles.use((files) => files.kind(path))

const branches = Effect.gen(function*() {
  const repositories = yield* Ref.get(yield* MemoryRepositories)
  return [...repositories.get(shop)?.refs.keys() ?? []].filter((ref) => ref.startsWith("refs/heads/"))
})

/** What there is of worktrees, claims and containers, when nothing was made. */
const assertNothingMade = Effect.gen(function*() {
  assert.isNull(yield* kindOf(shopWorktree))
  assert.deepStrictEqual(yield* branches, ["refs/heads/main"])
  assert.deepStrictEqual(yield* Slots.use((slots) => slots.all), [])
  assert.deepStrictEqual((yield* (yield* MemoryEngine).state).containers, [])
})

/** Runs `impl` until a step begins, and interrupts it there. */
const interruptedAt = Effect.fnUntraced(function*(step: string) {
  const reached = yield* Deferred.make<void>()
  const running = yield* whileTimePasses(
    Impl.use((impl) => impl.run(request))
  ).pipe(
    Effect.provideService(OperationListener, ({ event }) =>
      event._tag === "StepStarted" && event.step === step
        ? Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
        : Effect.void),
    Effect.forkChild
  )
  yield* Deferred.await(reached)
  yield* Fiber.interrupt(running)
})

describe("impl", () => {
  it.effect("makes a worktree with a running sandbox", () =>
    Effect.gen(function*() {
      const made = yield* run()
      assert.deepInclude(made, {
        branch: "impl/auth-M1",
        worktree: shopWorktree,
        milestoneFile: "docs/designs/auth/implementation/M1_login.md"
      })
      assert.deepStrictEqual(made.slot?.ports, { API_PORT: 8001 })
      assert.strictEqual(made.slot?.status, "running")
      assert.strictEqual(made.sandbox?.health.verdict, "ready")
      assert.deepStrictEqual(made.sandbox?.urls.map(({ url }) => url), ["http://localhost:8001"])
      assert.deepStrictEqual(made.sandbox?.services.map(({ service, state }) => [service, state]), [
        ["api", "running"],
        ["db", "running"]
      ])
      assert.strictEqual(yield* kindOf(`${shopWorktree}/docker-compose.yml`), "file")
    }).pipe(Effect.provide(shopLayer())))

  it.effect("plans what it does, and changes nothing", () =>
    Effect.gen(function*() {
      const plan = yield* Impl.use((impl) => impl.plan(request))
      assert.deepStrictEqual(plan.slot, { number: 1, ports: { API_PORT: 8001 } })
      assert.deepStrictEqual(plan.steps.map(({ step }) => step), [
        "fetch",
        "claim-slot",
        "add-worktree",
        "provision",
        "write-slot-folder",
        "start-containers",
        "check-health"
      ])
      yield* assertNothingMade
    }).pipe(Effect.provide(shopLayer())))

  it.effect("waits until the endpoint answers", () =>
    Effect.gen(function*() {
      const made = yield* run()
      assert.strictEqual(made.sandbox?.health.verdict, "ready")
      assert.isAbove(made.sandbox?.health.ms ?? 0, 100)
    }).pipe(Effect.provide(shopLayer({ unansweredProbes: 3 }))))

  it.effect("keeps everything when the sandbox is not healthy, and fails where that was demanded", () =>
    Effect.gen(function*() {
      yield* (yield* MemoryEngine).setProgram("api", {
        exitCode: 3,
        output: [{ stream: "stderr", text: "no such table" }]
      })
      const failure = yield* Effect.flip(run({ requireHealthy: true }))
      assert.strictEqual(failure.code, "health-timeout")
      assert.include(failure.message, "no such table")
      assert.strictEqual(yield* kindOf(shopWorktree), "directory")
      assert.deepStrictEqual((yield* Slots.use((slots) => slots.all)).map(({ status }) => status), ["running"])
    }).pipe(Effect.provide(shopLayer())))

  it.effect("without a sandbox asks no engine", () =>
    Effect.gen(function*() {
      yield* (yield* MemoryEngine).setAnswering(false)
      assert.isNull((yield* run({ sandbox: false })).slot)
      assert.isNull((yield* run({ kind: "spec", name: "auth" })).slot)
    }).pipe(Effect.provide(shopLayer())))

  describe("refuses, and makes nothing", () => {
    it.effect("without an engine", () =>
      Effect.gen(function*() {
        yield* (yield* MemoryEngine).setAnswering(false)
        assert.strictEqual((yield* Effect.flip(run())).code, "engine-unavailable")
        yield* assertNothingMade
      }).pipe(Effect.provide(shopLayer())))

    it.effect.each([
      { name: "../escape", code: "name-invalid" },
      { name: "--option", code: "name-invalid" },
      { name: "auth/M9", code: "milestone-missing" }
    ])("$name: $code", ({ code, name }) =>
      Effect.gen(function*() {
        assert.strictEqual((yield* Effect.flip(run({ name }))).code, code)
        yield* assertNothingMade
      }).pipe(Effect.provide(shopLayer())))

    it.effect("outside of a repository", () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* Effect.flip(run({ directory: "/elsewhere" }))).code, "not-a-repository")
      }).pipe(Effect.provide(shopLayer())))

    it.effect("a worktree that is there, and what stands in its way", () =>
      Effect.gen(function*() {
        yield* run()
        assert.strictEqual((yield* Effect.flip(run())).code, "worktree-exists")
        assert.lengthOf(yield* Slots.use((slots) => slots.all), 1)
        yield* ProjectFiles.use((files) => files.write("/code/shop-impl-auth/notes.md", "mine"))
        assert.strictEqual((yield* Effect.flip(run({ name: "auth" }))).code, "worktree-exists")
      }).pipe(Effect.provide(shopLayer())))

    it.effect("setup commands that nobody approved", () =>
      Effect.gen(function*() {
        const plan = yield* Impl.use((impl) => impl.plan({ ...request, approve: true }))
        assert.deepStrictEqual(plan.warnings, [])
        assert.strictEqual((yield* Effect.flip(run())).code, "approval-required")
        yield* assertNothingMade
        const shown = yield* Impl.use((impl) => impl.plan(request))
        assert.include(shown.steps.map(({ step }) => step), "setup")
        assert.include(shown.warnings.join("\n"), "--yes approves them: prepare")
        yield* run({ approve: true })
      }).pipe(Effect.provide(shopLayer({
        files: {
          [`${shop}/.devops-ai/infra.toml`]: "[project]\nname = \"shop\"\n\n[worktree]\nsetup = [[\"prepare\"]]\n"
        },
        programs: { prepare: () => ({}) }
      }))))
  })

  describe("when containers do not start", () => {
    it.effect("gives the slot back and keeps the worktree, from which `sandbox start` goes on", () =>
      Effect.gen(function*() {
        const engine = yield* MemoryEngine
        yield* engine.failNextUp("failed to solve: no space left on device")
        const failure = yield* Effect.flip(run())
        assert.strictEqual(failure.code, "compose-failed")
        assert.include(failure.message, "no space left on device")
        assert.include(failure.message, shopWorktree)
        assert.strictEqual(yield* kindOf(shopWorktree), "directory")
        assert.deepStrictEqual(yield* Slots.use((slots) => slots.all), [])
        assert.isNull(yield* kindOf("/home/ada/.devops-ai/slots/shop-1"))

        const report = yield* whileTimePasses(
          Sandboxes.use((sandboxes) => sandboxes.start({ directory: shopWorktree }))
        )
        assert.strictEqual(report.health.verdict, "ready")
      }).pipe(Effect.provide(shopLayer())))

    it.effect("takes the next slot where Docker finds a port taken", () =>
      Effect.gen(function*() {
        const engine = yield* MemoryEngine
        yield* engine.takePorts([8001, 8002])
        const made = yield* run()
        assert.deepStrictEqual(made.slot?.ports, { API_PORT: 8003 })
        assert.deepStrictEqual(made.skippedSlots, [
          { slot: 1, reason: "Docker found port 8001 taken" },
          { slot: 2, reason: "Docker found port 8002 taken" }
        ])
        assert.deepStrictEqual((yield* Slots.use((slots) => slots.all)).map(({ slot_id }) => slot_id), [3])
        const projects = new Set((yield* engine.state).containers.map(({ project }) => project))
        assert.deepStrictEqual([...projects], ["shop-slot-3"])
      }).pipe(Effect.provide(shopLayer())))

    it.effect("gives up after some slots, and leaves none claimed", () =>
      Effect.gen(function*() {
        const engine = yield* MemoryEngine
        yield* engine.takePorts(Array.from({ length: 100 }, (_, index) => 8001 + index))
        assert.strictEqual((yield* Effect.flip(run())).code, "compose-failed")
        assert.deepStrictEqual(yield* Slots.use((slots) => slots.all), [])
        assert.deepStrictEqual((yield* engine.state).containers, [])
      }).pipe(Effect.provide(shopLayer())))
  })

  it.effect("passes over a slot whose port is in use, and says by whom", () =>
    Effect.gen(function*() {
      const made = yield* run()
      assert.strictEqual(made.slot?.slot_id, 2)
      assert.include(made.skippedSlots[0]?.reason, "pid 7 (node)")
    }).pipe(Effect.provide(shopLayer({ busyPorts: [{ port: 8001, holder: { pid: 7, name: "node" } }] }))))

  it.effect.each(["claim-slot", "add-worktree", "provision", "write-slot-folder", "start-containers", "check-health"])(
    "interrupted at %s, undoes what it made",
    (step) =>
      Effect.gen(function*() {
        yield* interruptedAt(step)
        yield* assertNothingMade
        const [record] = yield* Journal.use((journal) => journal.list())
        assert.deepInclude(record?.events.at(-1), { _tag: "OperationFinished", status: "interrupted" })
        yield* run()
      }).pipe(Effect.provide(shopLayer()))
  )

  it.effect("interrupted, keeps a worktree in which somebody has worked, and gives the slot back", () =>
    Effect.gen(function*() {
      const reached = yield* Deferred.make<void>()
      const notes: Array<string> = []
      const running = yield* whileTimePasses(Impl.use((impl) => impl.run(request))).pipe(
        Effect.provideService(OperationListener, ({ event }) => {
          if (event._tag === "Note") notes.push(event.text)
          return event._tag === "StepStarted" && event.step === "check-health"
            ? Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
            : Effect.void
        }),
        Effect.forkChild
      )
      yield* Deferred.await(reached)
      yield* ProjectFiles.use((files) => files.write(`${shopWorktree}/notes.txt`, "work"))
      yield* Fiber.interrupt(running)
      assert.strictEqual(yield* kindOf(`${shopWorktree}/notes.txt`), "file")
      assert.include(yield* branches, "refs/heads/impl/auth-M1")
      assert.deepStrictEqual(yield* Slots.use((slots) => slots.all), [])
      assert.deepStrictEqual((yield* (yield* MemoryEngine).state).containers, [])
      const told = notes.find((text) => text.startsWith("could not undo add-worktree")) ?? ""
      assert.include(told, "notes.txt")
      assert.include(told, "`slipway done auth-M1` removes it")
    }).pipe(Effect.provide(shopLayer())))

  it.effect("many at once get a slot each", () =>
    Effect.gen(function*() {
      const names = Array.from({ length: 10 }, (_, index) => `feature-${index}`)
      const impl = yield* Impl
      const made = yield* whileTimePasses(
        Effect.forEach(names, (name) => impl.run({ ...request, name }), { concurrency: "unbounded" })
      )
      assert.strictEqual(new Set(made.map(({ slot }) => slot?.slot_id)).size, 10)
      assert.lengthOf(yield* Slots.use((slots) => slots.all), 10)
    }).pipe(Effect.provide(shopLayer())))
})
