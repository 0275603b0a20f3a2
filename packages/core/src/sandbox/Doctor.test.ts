import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Journal, type JournalEvent } from "../operation/Journal.ts"
import { OperationId } from "../operation/OperationId.ts"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { slipwayServicesLayer } from "../SlipwayServices.ts"
import { SlotRegistry } from "../slot/SlotRegistry.ts"
import { Slots } from "../slot/Slots.ts"
import { MemoryEngine } from "../testing/MemoryEngine.ts"
import { memoryAdaptersLayer } from "../testing/MemorySlipway.ts"
import { shop, shopLayer, shopWorktree, whileTimePasses } from "../testing/SampleShop.ts"
import { Git, GitFailed } from "../worktree/Git.ts"
import { Doctor } from "./Doctor.ts"
import { Impl } from "./Impl.ts"

const impl = (sandbox = true) =>
  whileTimePasses(
    Impl.use((service) => service.run({ directory: shop, kind: "impl", name: "auth/M1", sandbox }))
  )

const doctor = (fix: boolean) => Doctor.use((service) => service.run({ directory: shop, fix }))
const kinds = Effect.map(doctor(false), ({ findings }) => findings.map(({ kind }) => kind))
const slots = Slots.use((service) => service.all)
const kindOf = (path: string) => ProjectFiles.use((files) => files.kind(path))

const dead = { pid: 7, startedAt: "1" }

/** Mends, and finds nothing after it. */
const mend = Effect.gen(function*() {
  const report = yield* doctor(true)
  assert.isTrue(report.fixed)
  assert.deepStrictEqual(report.failures, [])
  assert.deepStrictEqual(yield* kinds, [])
})

/** A record of an `impl` that was killed after it had added its worktree. */
const killedImpl = Effect.gen(function*() {
  const journal = yield* Journal
  const id = OperationId.make("20260208T153000000Z-abcdef12")
  const at = "2026-02-08T15:30:00Z"
  const events: ReadonlyArray<JournalEvent> = [
    {
      _tag: "OperationStarted",
      at,
      kind: "impl",
      subject: "auth/M1",
      process: dead,
      plan: [],
      details: { repository: shop, worktree: shopWorktree, branch: "impl/auth-M1" }
    },
    { _tag: "StepStarted", at, step: "add-worktree", title: "add" },
    { _tag: "StepSucceeded", at, step: "add-worktree", ms: 1 }
  ]
  yield* Effect.forEach(events, (event) => journal.append(id, event), { discard: true })
})

/** The claim of the sample's worktree becomes that of a process that died while it made the sandbox. */
const killMaker = SlotRegistry.use((registry) =>
  registry.modify((snapshot) =>
    Effect.succeed([
      undefined,
      snapshot.slots.map((slot) => ({ ...slot, status: "starting" as const, process: dead }))
    ])
  )
)

/** A repository of worktrees only, where git can tell of none what would be lost. */
const withoutInspection = slipwayServicesLayer.pipe(
  Layer.provideMerge(Layer.effect(
    Git,
    Git.useSync((git) =>
      Git.of({
        ...git,
        inspect: (directory) =>
          Effect.fail(new GitFailed({ command: ["status"], directory, exitCode: 128, stderr: "" }))
      })
    )
  )),
  Layer.provideMerge(memoryAdaptersLayer({
    files: { [`${shop}/README.md`]: "# Shop" },
    repositories: { [shop]: { remote: "origin" } }
  }))
)

describe("doctor", () => {
  it.effect("finds nothing wrong where nothing is, and does nothing", () =>
    Effect.gen(function*() {
      yield* impl()
      const report = yield* doctor(true)
      assert.deepStrictEqual(report, { findings: [], steps: [], fixed: false, failures: [] })
      assert.lengthOf(yield* slots, 1)
    }).pipe(Effect.provide(shopLayer())))

  it.effect("clears the claim and the containers of a process that died, and keeps the worktree", () =>
    Effect.gen(function*() {
      yield* impl()
      yield* killMaker
      assert.deepStrictEqual(yield* kinds, ["dead-claim"])
      assert.lengthOf(yield* slots, 1)
      yield* mend
      assert.deepStrictEqual(yield* slots, [])
      assert.deepStrictEqual((yield* (yield* MemoryEngine).state).containers, [])
      assert.strictEqual(yield* kindOf(shopWorktree), "directory")
    }).pipe(Effect.provide(shopLayer())))

  it.effect("clears the sandbox of a worktree that somebody deleted", () =>
    Effect.gen(function*() {
      yield* impl()
      yield* ProjectFiles.use((files) => files.remove(shopWorktree))
      assert.include(yield* kinds, "vanished-worktree")
      yield* mend
      assert.deepStrictEqual(yield* slots, [])
      assert.deepStrictEqual((yield* (yield* MemoryEngine).state).containers, [])
    }).pipe(Effect.provide(shopLayer())))

  it.effect("clears containers and folders that no slot claims", () =>
    Effect.gen(function*() {
      yield* impl()
      const [slot] = yield* slots
      if (slot !== undefined) yield* Slots.use((service) => service.release(slot))
      assert.deepStrictEqual((yield* kinds).toSorted(), ["orphan-sandbox", "orphan-slot-folder"])
      yield* mend
      assert.deepStrictEqual((yield* (yield* MemoryEngine).state).containers, [])
      assert.strictEqual(yield* kindOf(shopWorktree), "directory")
    }).pipe(Effect.provide(shopLayer())))

  it.effect("leaves the containers of another home alone", () =>
    Effect.gen(function*() {
      yield* impl()
      const engine = yield* MemoryEngine
      yield* engine.update((state) => ({
        ...state,
        containers: state.containers.map((container) => ({
          ...container,
          project: "shop-slot-9",
          labels: {
            "com.docker.compose.project": "shop-slot-9",
            ...Object.fromEntries(
              Object.keys(container.labels).filter((key) => key.includes("home")).map((key) => [
                key,
                "/home/bob/.devops-ai"
              ])
            )
          }
        }))
      }))
      assert.notInclude(yield* kinds, "orphan-sandbox")
    }).pipe(Effect.provide(shopLayer())))

  it.effect("removes a half-made worktree in which nobody has worked, with its branch", () =>
    Effect.gen(function*() {
      yield* impl(false)
      yield* killedImpl
      assert.deepStrictEqual(yield* kinds, ["half-made-worktree", "left-branch", "unfinished-operation"])
      yield* mend
      assert.isNull(yield* kindOf(shopWorktree))
      const git = yield* Git
      assert.isNull(yield* git.branchHead(yield* git.repository(shop), "impl/auth-M1"))
    }).pipe(Effect.provide(shopLayer())))

  it.effect("keeps a half-made worktree that holds work", () =>
    Effect.gen(function*() {
      yield* impl(false)
      yield* killedImpl
      yield* ProjectFiles.use((files) => files.write(`${shopWorktree}/notes.md`, "mine"))
      yield* mend
      assert.strictEqual(yield* kindOf(`${shopWorktree}/notes.md`), "file")
    }).pipe(Effect.provide(shopLayer())))

  it.effect("keeps a half-made worktree that git cannot look into", () =>
    Effect.gen(function*() {
      yield* impl(false)
      yield* killedImpl
      const report = yield* doctor(true)
      assert.deepStrictEqual(report.findings.map(({ kind }) => kind), ["unfinished-operation"])
      assert.include(report.findings[0]?.evidence, "cannot tell")
      assert.strictEqual(yield* kindOf(`${shopWorktree}/README.md`), "file")
    }).pipe(Effect.provide(withoutInspection)))

  it.effect("without an engine says so, and what it cannot mend stays for the next time", () =>
    Effect.gen(function*() {
      const engine = yield* MemoryEngine
      yield* impl()
      yield* killMaker
      yield* engine.setAnswering(false)
      assert.deepStrictEqual(yield* kinds, ["engine-unavailable", "dead-claim"])
      assert.lengthOf((yield* doctor(true)).failures, 1)
      assert.lengthOf(yield* slots, 1)
      yield* engine.setAnswering(true)
      yield* mend
      assert.deepStrictEqual(yield* slots, [])
    }).pipe(Effect.provide(shopLayer())))
})
