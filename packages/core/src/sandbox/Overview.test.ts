import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { MemoryEngine } from "../testing/MemoryEngine.ts"
import { commitInMemory } from "../testing/MemoryGit.ts"
import { shop, shopLayer, shopWorktree, whileTimePasses } from "../testing/SampleShop.ts"
import { Impl } from "./Impl.ts"
import { Overview } from "./Overview.ts"
import { Sandboxes } from "./Sandboxes.ts"

const make = (name: string, kind: "spec" | "impl" = "impl") =>
  whileTimePasses(Impl.use((service) => service.run({ directory: shop, kind, name })))

const status = (directory = shopWorktree) => Overview.use((overview) => overview.status({ directory }))
const worktrees = (directory = shop) => Overview.use((overview) => overview.worktrees({ directory }))

describe("status", () => {
  it.effect("tells branch, changes, services, ports and age", () =>
    Effect.gen(function*() {
      yield* make("auth/M1")
      yield* ProjectFiles.use((files) => files.write(`${shopWorktree}/login.ts`, "export {}"))
      yield* commitInMemory(shopWorktree, "Log in")
      yield* ProjectFiles.use((files) => files.write(`${shopWorktree}/notes.md`, "mine"))
      yield* TestClock.adjust("1 hour")
      const seen = yield* status()
      assert.deepInclude(seen, {
        name: "auth-M1",
        branch: "impl/auth-M1",
        slot: 1,
        state: "running",
        ahead: 1,
        behind: 0,
        changedFiles: 1,
        problems: [],
        warnings: []
      })
      assert.deepStrictEqual(seen.changes, [{ path: "notes.md", kind: "untracked" }])
      assert.deepStrictEqual(seen.urls.map(({ url }) => url), ["http://localhost:8001"])
      assert.deepStrictEqual(seen.services.map(({ service }) => service), ["api", "db"])
      assert.isAtLeast(seen.ageSeconds ?? 0, 3600)
    }).pipe(Effect.provide(shopLayer())))

  it.effect("asks the engine whether containers run, whatever was recorded", () =>
    Effect.gen(function*() {
      const engine = yield* MemoryEngine
      yield* make("auth/M1")
      const [api, db] = (yield* engine.state).containers
      yield* engine.exit(api?.id ?? "", 1)
      const partial = yield* status()
      assert.strictEqual(partial.state, "partial")
      assert.lengthOf(partial.problems, 1)
      yield* engine.exit(db?.id ?? "", 1)
      assert.strictEqual((yield* status()).state, "stopped")
      yield* engine.setAnswering(false)
      const unknown = yield* status()
      assert.strictEqual(unknown.state, "unknown")
      assert.lengthOf(unknown.warnings, 1)
    }).pipe(Effect.provide(shopLayer())))

  it.effect("is of the worktree that one stands in, or of none", () =>
    Effect.gen(function*() {
      yield* make("auth/M1")
      assert.strictEqual((yield* status(`${shopWorktree}/docs`)).name, "auth-M1")
      assert.strictEqual((yield* Effect.flip(status(shop))).code, "worktree-missing")
    }).pipe(Effect.provide(shopLayer())))
})

describe("worktrees", () => {
  it.effect("lists those of all projects, from anywhere, in order", () =>
    Effect.gen(function*() {
      yield* make("billing")
      yield* make("auth", "spec")
      yield* make("auth/M1")
      const rows = (yield* worktrees()).worktrees
      assert.deepStrictEqual(rows.map(({ kind, name, slot }) => [kind, name, slot]), [
        ["spec", "auth", null],
        ["impl", "auth-M1", 2],
        ["impl", "billing", 1]
      ])
      assert.deepStrictEqual((yield* worktrees("/")).worktrees, rows)
    }).pipe(Effect.provide(shopLayer())))

  it.effect("marks a worktree whose folder is gone, with the command that mends it", () =>
    Effect.gen(function*() {
      yield* make("auth/M1")
      yield* ProjectFiles.use((files) => files.remove(shopWorktree))
      const [row] = (yield* worktrees()).worktrees
      assert.strictEqual(row?.state, "orphaned")
      assert.include(row?.problems.join("\n"), "slipway done auth-M1")
    }).pipe(Effect.provide(shopLayer())))

  it.effect("tells a stopped sandbox from a running one", () =>
    Effect.gen(function*() {
      yield* make("auth/M1")
      yield* make("billing")
      yield* Sandboxes.use((sandboxes) => sandboxes.stop({ directory: shopWorktree }))
      assert.deepStrictEqual((yield* worktrees()).worktrees.map(({ state }) => state), ["stopped", "running"])
    }).pipe(Effect.provide(shopLayer())))
})
