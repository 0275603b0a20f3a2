import { assert, describe, it } from "@effect/vitest"
import { Effect, Ref, Stream } from "effect"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { Slots } from "../slot/Slots.ts"
import { MemoryCommandRequests, type MemoryProgram } from "../testing/MemoryCommands.ts"
import { MemoryEngine } from "../testing/MemoryEngine.ts"
import { shop, shopLayer, shopWorktree, whileTimePasses } from "../testing/SampleShop.ts"
import { Audit } from "../worktree/Audit.ts"
import { Impl } from "./Impl.ts"
import { Sandboxes, type StartRequest } from "./Sandboxes.ts"

const impl = (sandbox = true) =>
  whileTimePasses(
    Impl.use((service) => service.run({ directory: shop, kind: "impl", name: "auth/M1", sandbox }))
  )

const start = (request: StartRequest = { directory: shopWorktree }) =>
  whileTimePasses(Sandboxes.use((service) => service.start(request)))

const statuses = Effect.map(Slots.use((service) => service.all), (all) => all.map(({ status }) => status))
const states = Effect.gen(function*() {
  const { containers } = yield* (yield* MemoryEngine).state
  return containers.map(({ service, state }) => `${service} ${state}`).toSorted()
})

const failingOnce = (): MemoryProgram => {
  let runs = 0
  return () => ({ exitCode: ++runs === 1 ? 1 : 0 })
}

describe("a sandbox", () => {
  it.effect("stops, keeping slot and data, and starts again in its slot", () =>
    Effect.gen(function*() {
      const sandboxes = yield* Sandboxes
      yield* impl()
      yield* sandboxes.stop({ directory: shopWorktree })
      assert.deepStrictEqual(yield* states, ["api exited", "db exited"])
      assert.deepStrictEqual(yield* statuses, ["stopped"])
      assert.lengthOf((yield* (yield* MemoryEngine).state).volumes, 1)
      const report = yield* start()
      assert.strictEqual(report.composeProject, "shop-slot-1")
      assert.deepStrictEqual(yield* states, ["api running", "db running"])
      assert.deepStrictEqual(yield* statuses, ["running"])
    }).pipe(Effect.provide(shopLayer())))

  it.effect("tells the journal where it belongs, whatever is done to it", () =>
    Effect.gen(function*() {
      const sandboxes = yield* Sandboxes
      yield* impl()
      yield* sandboxes.stop({ directory: shopWorktree })
      yield* start()
      yield* sandboxes.restart({ directory: shopWorktree })
      const { entries } = yield* Audit.use((audit) => audit.entries({ directory: shop, feature: "auth" }))
      assert.sameMembers(entries.map(({ type }) => type), ["impl", "sandbox-stop", "sandbox-start", "sandbox-restart"])
      for (const { details } of entries) {
        assert.deepStrictEqual([details["repository"], details["worktree"]], [shop, shopWorktree])
      }
    }).pipe(Effect.provide(shopLayer())))

  it.effect("of a worktree that has none is made by a start, found by its name", () =>
    Effect.gen(function*() {
      yield* impl(false)
      const sandboxes = yield* Sandboxes
      assert.strictEqual((yield* Effect.flip(sandboxes.stop({ directory: shopWorktree }))).code, "sandbox-missing")
      const plan = yield* sandboxes.planStart({ directory: "/", name: "auth-M1" }).pipe(Effect.flip)
      assert.strictEqual(plan.code, "worktree-missing")
      assert.include(
        (yield* sandboxes.planStart({ directory: shop, name: "auth-M1" })).map(({ step }) => step),
        "claim-slot"
      )
      assert.deepStrictEqual(yield* statuses, [])
      assert.strictEqual((yield* start({ directory: shop, name: "auth-M1" })).health.verdict, "ready")
    }).pipe(Effect.provide(shopLayer())))

  it.effect("that ran before keeps its slot and its data when a start fails", () =>
    Effect.gen(function*() {
      yield* impl()
      const engine = yield* MemoryEngine
      yield* engine.failNextUp("failed to solve: no space left on device")
      const failure = yield* Effect.flip(start())
      assert.strictEqual(failure.code, "compose-failed")
      assert.deepStrictEqual(yield* statuses, ["stopped"])
      assert.lengthOf((yield* engine.state).volumes, 1)
      yield* start()
      assert.deepStrictEqual(yield* statuses, ["running"])
    }).pipe(Effect.provide(shopLayer())))

  it.effect("runs the setup again that failed before, once", () =>
    Effect.gen(function*() {
      const files = yield* ProjectFiles
      const path = `${shop}/.devops-ai/infra.toml`
      yield* files.write(path, `${yield* files.read(path)}\n[worktree]\nsetup = [["prepare"]]\n`)
      const make = Impl.use((service) => service.run({ directory: shop, kind: "impl", name: "auth/M1", approve: true }))
      assert.strictEqual((yield* Effect.flip(whileTimePasses(make)))._tag, "SetupFailed")
      assert.deepStrictEqual(yield* statuses, [])
      const stepsOf = Sandboxes.use((service) => service.planStart({ directory: shop, name: "auth-M1" }))
      assert.include((yield* stepsOf).map(({ step }) => step), "setup")
      yield* start({ directory: shop, name: "auth-M1" })
      assert.notInclude((yield* stepsOf).map(({ step }) => step), "setup")
      yield* start({ directory: shop, name: "auth-M1" })
      assert.lengthOf(yield* Ref.get(yield* MemoryCommandRequests), 2)
    }).pipe(Effect.provide(shopLayer({ programs: { prepare: failingOnce() } }))))

  it.effect("starts with the worktree's present compose file", () =>
    Effect.gen(function*() {
      yield* impl()
      const path = `${shopWorktree}/docker-compose.yml`
      yield* ProjectFiles.use((files) =>
        Effect.flatMap(files.read(path), (text) =>
          files.write(path, (text ?? "").replace("volumes:\n  data:", "  cache:\n    image: cache\nvolumes:\n  data:")))
      )
      yield* start()
      assert.deepStrictEqual(yield* states, ["api running", "cache running", "db running"])
    }).pipe(Effect.provide(shopLayer())))

  it.effect("is not started without an engine, and nothing is claimed", () =>
    Effect.gen(function*() {
      yield* impl(false)
      yield* (yield* MemoryEngine).setAnswering(false)
      assert.strictEqual((yield* Effect.flip(start())).code, "engine-unavailable")
      assert.deepStrictEqual(yield* statuses, [])
    }).pipe(Effect.provide(shopLayer())))

  it.effect("is not started in a folder that is no feature's worktree, or is gone", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(start({ directory: shop }))).code, "worktree-missing")
      yield* impl()
      yield* ProjectFiles.use((files) => files.remove(shopWorktree))
      const failure = yield* Effect.flip(start({ directory: shop, name: "auth-M1" }))
      assert.strictEqual(failure.code, "worktree-missing")
      assert.include(failure.hint, "slipway done auth-M1")
    }).pipe(Effect.provide(shopLayer())))

  it.effect("restarts, tells its output and runs programs, by service", () =>
    Effect.gen(function*() {
      const engine = yield* MemoryEngine
      yield* engine.setProgram("db", { output: [{ stream: "stdout", text: "ready to accept connections" }] })
      yield* impl()
      const sandboxes = yield* Sandboxes
      const directory = shopWorktree
      const db = (yield* engine.state).containers.find(({ service }) => service === "db")
      yield* engine.exit(db?.id ?? "", 137)
      const command = { directory, service: "db", command: ["exit", "3"], terminal: false }
      assert.strictEqual((yield* Effect.flip(sandboxes.exec(command))).code, "sandbox-not-running")
      yield* sandboxes.restart({ directory, services: ["db"] })
      assert.deepStrictEqual(yield* states, ["api running", "db running"])
      assert.strictEqual(yield* sandboxes.exec(command), 3)
      const lines = yield* Stream.runCollect(sandboxes.logs({ directory, services: ["db"] }))
      assert.deepStrictEqual(lines, [{ service: "db", stream: "stdout", text: "ready to accept connections" }])
      const unknown = yield* Effect.flip(sandboxes.restart({ directory, services: ["cache"] }))
      assert.strictEqual(unknown.code, "service-unknown")
      assert.include(unknown.hint, "api, db")
    }).pipe(Effect.provide(shopLayer())))
})
