import { assert, describe, it } from "@effect/vitest"
import { BatchRunStore, Host, type StoredRun } from "@slipway/core"
import { sampleRunEvents, sampleRunSnapshot, type ScratchFolder } from "@slipway/core/testing"
import { Effect, Fiber, Layer, type Scope, Stream } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { testHomeLayer } from "../testing/TestHome.ts"
import { runsFolder } from "./BatchRunFolder.ts"
import { fileBatchRunStoreLayer } from "./FileBatchRunStore.ts"

const layer = Layer.provideMerge(fileBatchRunStoreLayer, testHomeLayer)
const program = fileURLToPath(new URL("../testing/BatchRunProcess.ts", import.meta.url))

type Deed = "nothing" | "create" | "churn" | "append" | "log" | "listen"

/** A process that works with the store, and what it has said. */
interface Working {
  readonly name: string
  readonly child: ChildProcess
  /** The next line that it says, or null when it has ended. */
  readonly next: () => Promise<string | null>
  /** Has it begin, or gives it a line. */
  readonly tell: (line?: string) => void
  /** How it ended. */
  readonly ended: Promise<number | NodeJS.Signals>
}

const startProcess = (name: string, deed: Deed) =>
  Effect.acquireRelease(
    Effect.flatMap(Host, ({ home }) =>
      Effect.promise(async (): Promise<Working> => {
        const child = spawn(process.execPath, [program, home, name, deed], {
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
        return { name, child, next, ended, tell: (line = "go") => child.stdin.write(`${line}\n`) }
      })),
    ({ child, ended }) =>
      Effect.promise(() => {
        child.kill("SIGKILL")
        return ended
      })
  )

const startProcesses = (deed: Deed, count: number) =>
  Effect.forEach(
    Array.from({ length: count }, (_, index) => `${deed}-${index}`),
    (name) => startProcess(name, deed),
    { concurrency: 4 }
  )

/** Has Node compile the program once, for all that follow. */
const compile = Effect.scoped(Effect.gen(function*() {
  const { ended, tell } = yield* startProcess("none", "nothing")
  tell()
  assert.strictEqual(yield* Effect.promise(() => ended), 0)
}))

const processTest = (
  name: string,
  test: Effect.Effect<void, unknown, BatchRunStore | Host | ScratchFolder | Scope.Scope>
) => it.live(name, () => Effect.andThen(compile, test).pipe(Effect.scoped, Effect.provide(layer)))

const kill = async ({ child, ended }: Working): Promise<void> => {
  child.kill("SIGKILL")
  assert.strictEqual(await ended, "SIGKILL")
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

const started = Effect.fnUntraced(function*(deed: Deed) {
  const working = yield* startProcess(deed, deed)
  working.tell()
  assert.strictEqual(yield* Effect.promise(() => working.next()), "holding")
  return working
})

const given = Effect.gen(function*() {
  const store = yield* BatchRunStore
  yield* store.create(sampleRunSnapshot("fix"), { configMaps: {}, secrets: {} })
  const read = Effect.map(store.read("fix"), (run): StoredRun => run ?? assert.fail("there is no run"))
  return { store, read, runs: runsFolder((yield* Host).home) }
})

describe("processes that work with the store of runs", () => {
  processTest(
    "of twenty that make one name, one does",
    Effect.gen(function*() {
      const processes = yield* startProcesses("create", 20)
      const said = yield* Effect.promise(() =>
        Promise.all(processes.map(async ({ ended, name, next, tell }) => {
          tell()
          const word = await next()
          assert.strictEqual(await ended, 0)
          return { name, word }
        }))
      )
      const makers = said.filter(({ word }) => word === "made").map(({ name }) => name)
      assert.strictEqual(said.filter(({ word }) => word === "exists").length, 19)
      const store = yield* BatchRunStore
      assert.deepStrictEqual([(yield* store.read("fix"))?.snapshot.uid], makers)
      assert.deepStrictEqual(fs.readdirSync(runsFolder((yield* Host).home)), ["fix"])
    })
  )

  processTest(
    "killed while they make and remove a run: it is there whole or not at all, and what they left is swept",
    Effect.gen(function*() {
      const store = yield* BatchRunStore
      for (let round = 0; round < 4; round++) {
        const processes = yield* startProcesses("churn", 4)
        yield* Effect.promise(() =>
          Promise.all(processes.map(async (one, index) => {
            one.tell()
            for (let words = 0; words <= index; words++) assert.strictEqual(await one.next(), "churned")
            for (let turns = 0; turns < (index * 7 + round) * 3; turns++) await turn()
            await kill(one)
          }))
        )
        const run = yield* store.read("fix")
        if (run !== null) yield* store.remove("fix")
        yield* store.create(sampleRunSnapshot("fix"), { configMaps: {}, secrets: {} })
        assert.deepStrictEqual(fs.readdirSync(runsFolder((yield* Host).home)), ["fix"])
        yield* store.remove("fix")
        assert.deepStrictEqual(fs.readdirSync(runsFolder((yield* Host).home)), [])
      }
    })
  )

  processTest(
    "killed while they append: what was told is there, in order; the lock is taken over, and the next goes on",
    Effect.gen(function*() {
      const { read, store } = yield* given
      let before = 0
      for (let round = 0; round < 12; round++) {
        const one = yield* started("append")
        const busy = yield* Effect.flip(Effect.scoped(store.hold("fix")))
        assert.strictEqual(busy._tag === "RunBusy" ? busy.pid : null, one.child.pid)
        assert.isTrue(yield* store.isHeld("fix"))
        const told = yield* Effect.promise(async () => {
          let last = ""
          for (let words = 0; words < 1 + round; words++) last = await one.next() ?? ""
          for (let turns = 0; turns < round * 5; turns++) await turn()
          await kill(one)
          for (let line = await one.next(); line !== null; line = await one.next()) last = line
          return Number(/^appended (\d+)$/u.exec(last)?.[1])
        })
        assert.isFalse(yield* store.isHeld("fix"))
        const { events } = yield* read
        const added = events.length - before
        // The events of a write come together, but for one that was cut off in the middle.
        assert.include([told, told + 1, told + 2], added)
        assert.deepStrictEqual(
          events.slice(before).map((event) => event._tag === "TaskMarked" ? event.index : null),
          Array.from({ length: added }, (_, index) => index)
        )
        yield* Effect.scoped(Effect.andThen(store.hold("fix"), store.append("fix", sampleRunEvents.slice(0, 1))))
        const after = yield* read
        assert.deepStrictEqual(after.events, [...events, ...sampleRunEvents.slice(0, 1)])
        assert.strictEqual(after.unreadableLines, 0)
        before = after.events.length
      }
    })
  )

  processTest(
    "a log that another process writes is followed as it grows, until that one closes it",
    Effect.gen(function*() {
      const { store } = yield* given
      const writer = yield* started("log")
      const lines = yield* store.log({ name: "fix", index: 0, attempt: 1, follow: true }).pipe(
        Stream.decodeText,
        Stream.tap((text) => Effect.sync(() => writer.tell(text === "one\n" ? "two" : "close"))),
        Stream.runCollect,
        Effect.forkChild({ startImmediately: true })
      )
      writer.tell("one")
      assert.deepStrictEqual(yield* Fiber.join(lines), ["one\n", "two\n"])
    })
  )

  processTest(
    "a log ends when the process that wrote it is killed",
    Effect.gen(function*() {
      const { store } = yield* given
      const writer = yield* started("log")
      const text = yield* store.log({ name: "fix", index: 0, attempt: 1, follow: true }).pipe(
        Stream.decodeText,
        Stream.tap(() => Effect.promise(() => kill(writer))),
        Stream.mkString,
        Effect.forkChild({ startImmediately: true })
      )
      writer.tell("one")
      assert.strictEqual(yield* Fiber.join(text), "one\n")
    })
  )

  processTest(
    "requests reach the process that holds the run, older ones too",
    Effect.gen(function*() {
      const { runs, store } = yield* given
      yield* store.request("fix", { _tag: "Suspend", suspend: true })
      const listener = yield* started("listen")
      const next = Effect.promise(() => listener.next())
      assert.strictEqual(yield* next, "{\"_tag\":\"Suspend\",\"suspend\":true}")
      const before = performance.now()
      yield* store.request("fix", { _tag: "Cancel" })
      assert.strictEqual(yield* next, "{\"_tag\":\"Cancel\"}")
      assert.isBelow(performance.now() - before, 1000)
      assert.strictEqual(yield* Effect.promise(() => listener.ended), 0)
      assert.deepStrictEqual(fs.readdirSync(join(runs, "fix/requests")), [])
    })
  )
})
