import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Journal, type JournalEvent } from "../operation/Journal.ts"
import { OperationId } from "../operation/OperationId.ts"
import { memoryGitLayer } from "../testing/MemoryGit.ts"
import { memoryHostLayer } from "../testing/MemoryHost.ts"
import { memoryJournalLayer } from "../testing/MemoryJournal.ts"
import { memoryProjectFilesLayer } from "../testing/MemoryProjectFiles.ts"
import { Audit, type AuditRequest } from "./Audit.ts"

const alive = { pid: 7, startedAt: "1" }
const dead = { pid: 8, startedAt: "1" }
const machine = Layer.mergeAll(
  memoryHostLayer({ alive: [alive] }),
  memoryGitLayer({ "/code/shop": {} })
).pipe(Layer.provideMerge(memoryProjectFilesLayer({ "/code/shop/README.md": "# Shop" })))
const layer = Audit.layer.pipe(Layer.provideMerge(Layer.merge(machine, memoryJournalLayer)))

const idOf = (index: number) => OperationId.make(`20261101T0000${String(index).padStart(5, "0")}Z-${name(index)}`)
const name = (index: number) => `op${String(index).padStart(5, "0")}`

const started = (
  subject: string,
  more: { readonly repository?: string; readonly worktree?: string; readonly process?: typeof alive } = {}
): JournalEvent => {
  const { process = dead, ...details } = more
  return { _tag: "OperationStarted", at: "", kind: "impl", subject, process, plan: [], details }
}
const finished: JournalEvent = { _tag: "OperationFinished", at: "", status: "succeeded", ms: 1 }

const write = (...starts: ReadonlyArray<JournalEvent>) =>
  Journal.use((journal) =>
    Effect.forEach(
      starts,
      (start, index) => Effect.andThen(journal.append(idOf(index), start), journal.append(idOf(index), finished)),
      { discard: true }
    )
  )

const ask = (request: Partial<AuditRequest> = {}) =>
  Audit.use((audit) => audit.entries({ directory: "/code/shop", ...request }))
const subjects = (request: Partial<AuditRequest> = {}) =>
  Effect.map(ask(request), ({ entries }) => entries.map(({ subject }) => subject))

describe("Audit", () => {
  it.effect("is empty where nothing was done", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* ask(), { entries: [], more: false, warnings: [] })
    }).pipe(Effect.provide(layer)))

  it.effect("lists the project's operations, all of them on demand and outside of a repository", () =>
    Effect.gen(function*() {
      yield* write(
        started("auth/M1", { repository: "/code/shop" }),
        started("pay/M1", { repository: "/code/pay" }),
        started("fix")
      )
      assert.deepStrictEqual(yield* subjects(), ["auth/M1", "fix"])
      assert.deepStrictEqual(yield* subjects({ all: true }), ["auth/M1", "pay/M1", "fix"])
      assert.deepStrictEqual(yield* subjects({ directory: "/elsewhere" }), ["auth/M1", "pay/M1", "fix"])
    }).pipe(Effect.provide(layer)))

  it.effect("gives the newest, and says whether older ones are left out", () =>
    Effect.gen(function*() {
      yield* write(started("a"), started("b"), started("x", { repository: "/code/pay" }), started("c"))
      const limited = yield* ask({ limit: 2 })
      assert.deepStrictEqual([limited.entries.map(({ subject }) => subject), limited.more], [["b", "c"], true])
      assert.isFalse((yield* ask({ limit: 3 })).more)
      assert.deepStrictEqual(yield* subjects({ limit: 3 }), ["a", "b", "c"])
    }).pipe(Effect.provide(layer)))

  it.effect("limits to what began since a time or a while ago", () =>
    Effect.gen(function*() {
      yield* write(...["a", "b", "c"].map((subject) => started(subject)))
      assert.deepStrictEqual(yield* subjects({ since: "2026-11-01T00:00:00.001Z" }), ["b", "c"])
      yield* TestClock.setTime(Date.parse("2026-11-01T02:00:00.002Z"))
      assert.deepStrictEqual(yield* subjects({ since: "2h" }), ["c"])
      assert.deepStrictEqual(yield* subjects({ since: "1d", limit: 1 }), ["c"])
      const refused = yield* Effect.flip(ask({ since: "yesterday" }))
      assert.strictEqual(refused.code, "time-invalid")
    }).pipe(Effect.provide(layer)))

  it.effect("finds a feature's operations by worktrees that older ones have told", () =>
    Effect.gen(function*() {
      const worktree = "/code/shop-impl-auth-M1"
      yield* write(
        started("auth/M1", { repository: "/code/shop", worktree }),
        started("pay/M1", { repository: "/code/shop" }),
        started("auth-M1", { repository: "/code/shop", worktree }),
        started("auth/M1", { repository: "/code/other", worktree: "/code/other-impl-auth-M1" })
      )
      assert.deepStrictEqual(yield* subjects({ feature: "auth" }), ["auth/M1", "auth-M1"])
      assert.deepStrictEqual(yield* subjects({ feature: "auth", all: true }), ["auth/M1", "auth-M1", "auth/M1"])
      assert.deepStrictEqual(yield* subjects({ feature: "auth", since: "2026-11-01T00:00:00.002Z" }), ["auth-M1"])
      const limited = yield* ask({ feature: "auth", limit: 1 })
      assert.deepStrictEqual([limited.entries.length, limited.more], [1, true])
    }).pipe(Effect.provide(layer)))

  it.effect("finds one operation of any project by enough of its id, or refuses", () =>
    Effect.gen(function*() {
      yield* write(started("a", { repository: "/code/pay" }), started("b"))
      assert.deepStrictEqual(yield* subjects({ operation: name(0) }), ["a"])
      assert.deepStrictEqual(yield* subjects({ operation: idOf(1) }), ["b"])
      assert.strictEqual((yield* Effect.flip(ask({ operation: "op" }))).code, "name-ambiguous")
      assert.strictEqual((yield* Effect.flip(ask({ operation: "nothing" }))).code, "operation-missing")
    }).pipe(Effect.provide(layer)))

  it.effect("asks the host only for operations without an end", () =>
    Effect.gen(function*() {
      const journal = yield* Journal
      yield* write(started("a", { process: alive }))
      yield* journal.append(idOf(1), started("b", { process: alive }))
      yield* journal.append(idOf(2), started("c"))
      const { entries } = yield* ask()
      assert.deepStrictEqual(entries.map(({ status }) => status), ["succeeded", "running", "dead"])
    }).pipe(Effect.provide(layer)))

  it.effect("warns of lines that cannot be read", () => {
    const torn = { id: idOf(0), events: [started("a")], unreadableLines: 2 }
    const journal = Journal.of({
      append: () => Effect.void,
      list: () => Effect.succeed([torn]),
      ids: Effect.succeed([torn.id]),
      read: () => Effect.succeed(torn)
    })
    return Effect.gen(function*() {
      const { warnings } = yield* ask()
      assert.strictEqual(warnings.length, 1)
      assert.include(warnings[0], `2 lines of the record of ${torn.id}`)
    }).pipe(
      Effect.provide(Audit.layer.pipe(Layer.provideMerge(machine), Layer.provide(Layer.succeed(Journal, journal))))
    )
  })

  it.effect("reads few of ten thousand records for the last twenty", () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => idOf(index))
    const read = new Set<OperationId>()
    const journal = Journal.of({
      append: () => Effect.void,
      list: () => Effect.die("reads all"),
      ids: Effect.succeed(ids),
      read: (id) =>
        Effect.sync(() => {
          assert.isFalse(read.has(id), "read twice")
          read.add(id)
          return { id, events: [started(id, { repository: "/code/shop" }), finished], unreadableLines: 0 }
        })
    })
    return Effect.gen(function*() {
      const { entries, more } = yield* ask({ limit: 20 })
      assert.deepStrictEqual(entries.map(({ operation_id }) => operation_id), ids.slice(-20))
      assert.isTrue(more)
      assert.isAtMost(read.size, 32)
      read.clear()
      yield* ask({ operation: name(5) })
      assert.deepStrictEqual([...read], [ids[5]])
      read.clear()
      assert.lengthOf((yield* ask({ since: "2026-11-01T00:00:09.000Z" })).entries, 1000)
      assert.strictEqual(read.size, 1000)
    }).pipe(
      Effect.provide(Audit.layer.pipe(Layer.provideMerge(machine), Layer.provide(Layer.succeed(Journal, journal))))
    )
  })
})
