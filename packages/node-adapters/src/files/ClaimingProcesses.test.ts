import { assert, describe, it } from "@effect/vitest"
import { decodeRegistryFile, Host, SlotRegistry } from "@slipway/core"
import { Effect, Fiber, Layer, Result, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { testHomeLayer } from "../testing/TestHome.ts"
import { fileSlotRegistryLayer } from "./FileSlotRegistry.ts"

const layer = Layer.provideMerge(fileSlotRegistryLayer, testHomeLayer)
const program = fileURLToPath(new URL("../testing/ClaimingProcess.ts", import.meta.url))

type Deed = "nothing" | "claim" | "hold" | "churn"

/** A claiming process and what it has said. */
interface Claiming {
  readonly child: ChildProcess
  /** The next line that it says, or null when it has ended. */
  readonly next: () => Promise<string | null>
  /** Has it begin. */
  readonly begin: () => void
  /** How it ended. */
  readonly ended: Promise<number | NodeJS.Signals>
}

const startProcess = (home: string, worktree: string, deed: Deed) =>
  Effect.acquireRelease(
    Effect.promise(async (): Promise<Claiming> => {
      const child = spawn(process.execPath, [program, home, worktree, deed], {
        stdio: ["pipe", "pipe", "inherit"],
        env: { NODE_COMPILE_CACHE: join(home, "../compiled") }
      })
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      const ended = once(child, "exit").then(([code, signal]) => signal ?? code)
      const next = async () => {
        const { done, value } = await lines.next()
        return done === true ? null : value
      }
      assert.strictEqual(await next(), "ready")
      return { child, next, ended, begin: () => child.stdin.write("go\n") }
    }),
    ({ child, ended }) => Effect.promise(() => killed(child, ended))
  )

const killed = (child: ChildProcess, ended: Promise<unknown>): Promise<unknown> => {
  child.kill("SIGKILL")
  return ended
}

const startProcesses = (home: string, deed: Deed, count: number) =>
  Effect.forEach(
    Array.from({ length: count }, (_, index) => `/code/${deed}-${index}`),
    (worktree) => startProcess(home, worktree, deed),
    { concurrency: 4 }
  )

/** Has Node compile the program once, for all that follow. */
const compile = Effect.flatMap(Host, ({ home }) =>
  Effect.scoped(Effect.gen(function*() {
    const { begin, ended } = yield* startProcess(home, "/code/none", "nothing")
    begin()
    assert.strictEqual(yield* Effect.promise(() => ended), 0)
  })))

const processTest = (
  name: string,
  test: Effect.Effect<void, unknown, Host | SlotRegistry | Scope.Scope>
) => it.live(name, () => Effect.andThen(compile, test).pipe(Effect.scoped, Effect.provide(layer)))

const slotOf = (line: string | null): number => Number(/^claimed (\d+)$/u.exec(line ?? "")?.[1])

/** Reads the registry again and again until the fiber ends: it is sound each time, and so is its text. */
const watch = Effect.fnUntraced(function*(home: string, work: Fiber.Fiber<unknown, unknown>) {
  const registry = yield* SlotRegistry
  const path = join(home, "registry.json")
  let looks = 0
  let most = 0
  while (work.pollUnsafe() === undefined) {
    const { recovery, slots } = yield* registry.read
    assert.isNull(recovery)
    const ports = slots.flatMap((slot) => Object.values(slot.ports))
    assert.strictEqual(new Set(ports).size, ports.length)
    most = Math.max(most, slots.length)
    if (fs.existsSync(path)) assert.isTrue(Result.isSuccess(decodeRegistryFile(fs.readFileSync(path, "utf8"))))
    looks += 1
    yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
  }
  yield* Fiber.join(work)
  return { looks, most }
})

describe("processes that claim slots", () => {
  processTest(
    "fifty at once: fifty distinct slots, none lost, the registry sound at every moment",
    Effect.gen(function*() {
      const { home } = yield* Host
      const processes = yield* startProcesses(home, "claim", 50)
      const claiming = yield* Effect.forkChild(
        Effect.promise(() =>
          Promise.all(processes.map(async ({ begin, ended, next }) => {
            begin()
            const slot = slotOf(await next())
            assert.strictEqual(await ended, 0)
            return slot
          }))
        )
      )
      const { looks } = yield* watch(home, claiming)
      assert.isAbove(looks, 50)
      const numbers = yield* Fiber.join(claiming)
      assert.strictEqual(new Set(numbers).size, 50)
      const { slots } = yield* (yield* SlotRegistry).read
      assert.deepStrictEqual(slots.map((slot) => slot.slot_id), numbers.toSorted((one, other) => one - other))
      assert.deepStrictEqual(
        new Map(slots.map((slot) => [slot.worktree_path, slot.slot_id])),
        new Map(numbers.map((number, index) => [`/code/claim-${index}`, number]))
      )
      assert.deepStrictEqual(fs.readdirSync(home).sort(), ["registry.json", "registry.json.bak"])
    })
  )

  processTest(
    "the lock of a killed process is taken over",
    Effect.gen(function*() {
      const { home } = yield* Host
      const [holders, claimers] = yield* Effect.all([
        startProcesses(home, "hold", 6),
        startProcesses(home, "claim", 6)
      ])
      const work = Effect.promise(async () => {
        for (const { begin } of [...holders, ...claimers]) begin()
        const claimed = Promise.all(claimers.map(async ({ next }) => slotOf(await next())))
        // Each gets the lock at some time, and dies with it.
        await Promise.all(holders.map(async ({ child, ended, next }) => {
          assert.strictEqual(await next(), "holding")
          child.kill("SIGKILL")
          assert.strictEqual(await ended, "SIGKILL")
        }))
        return claimed
      })
      const numbers = yield* work
      assert.strictEqual(new Set(numbers).size, 6)
      const { slots } = yield* (yield* SlotRegistry).read
      assert.sameMembers(slots.map((slot) => slot.slot_id), numbers)
    })
  )

  processTest(
    "processes killed at any moment leave a sound registry that works on",
    Effect.gen(function*() {
      const { home } = yield* Host
      const registry = yield* SlotRegistry
      const processes = yield* startProcesses(home, "churn", 8)
      const churning = yield* Effect.forkChild(
        Effect.promise(() =>
          Promise.all(processes.map(async ({ begin, child, ended, next }, index) => {
            begin()
            // Some die right after a word of theirs, some in the middle of what follows it.
            for (let words = 0; words < 4 + index * 3; words++) {
              assert.match(await next() ?? "", /^(claimed|released) \d+$/u)
            }
            for (let turns = 0; turns < index * 20; turns++) await new Promise((resolve) => setImmediate(resolve))
            child.kill("SIGKILL")
            assert.strictEqual(await ended, "SIGKILL")
          }))
        )
      )
      const { most } = yield* watch(home, churning)
      assert.isAbove(most, 0)
      const left = yield* registry.read
      assert.isNull(left.recovery)
      // Whoever was killed between claim and release keeps the claim, at most one each.
      assert.isAtMost(left.slots.length, processes.length)
      yield* registry.modify(() => Effect.succeed([null, []] as const))
      assert.isEmpty((yield* registry.read).slots)
      assert.deepStrictEqual(fs.readdirSync(home).sort(), ["registry.json", "registry.json.bak"])
    })
  )
})
