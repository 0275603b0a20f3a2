import { assert, describe, it } from "@effect/vitest"
import { FeatureLog } from "@slipway/core"
import { noteEntry, notesOf, ScratchFolder } from "@slipway/core/testing"
import { Effect, Fiber, Layer, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { testHomeLayer } from "../testing/TestHome.ts"
import { fileFeatureLogLayer } from "./FileFeatureLog.ts"

const layer = Layer.provideMerge(fileFeatureLogLayer, testHomeLayer)
const program = fileURLToPath(new URL("../testing/AppendingProcess.ts", import.meta.url))

type Deed = "nothing" | "append" | "hold" | "churn"

/** An appending process and what it has said. */
interface Appending {
  readonly name: string
  readonly child: ChildProcess
  /** The next line that it says, or null when it has ended. */
  readonly next: () => Promise<string | null>
  /** Has it begin. */
  readonly begin: () => void
  /** How it ended. */
  readonly ended: Promise<number | NodeJS.Signals>
}

const startProcess = (name: string, deed: Deed) =>
  Effect.acquireRelease(
    Effect.flatMap(ScratchFolder, ({ path: main }) =>
      Effect.promise(async (): Promise<Appending> => {
        const child = spawn(process.execPath, [program, main, name, deed], {
          stdio: ["pipe", "pipe", "inherit"],
          env: { NODE_COMPILE_CACHE: join(main, "compiled") }
        })
        const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
        const ended = once(child, "exit").then(([code, signal]) => signal ?? code)
        const next = async () => {
          const { done, value } = await lines.next()
          return done === true ? null : value
        }
        assert.strictEqual(await next(), "ready")
        return { name, child, next, ended, begin: () => child.stdin.write("go\n") }
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
  const { begin, ended } = yield* startProcess("none", "nothing")
  begin()
  assert.strictEqual(yield* Effect.promise(() => ended), 0)
}))

const given = Effect.gen(function*() {
  const { path: main } = yield* ScratchFolder
  const log = yield* FeatureLog
  const projects = join(main, ".ai/projects")
  return {
    projects,
    read: Effect.map(log.read({ main, feature: "auth" }), (history) => notesOf(history)),
    append: (text: string) => log.append({ main, feature: "auth" }, () => Effect.succeed(noteEntry(text)))
  }
})

const processTest = (
  name: string,
  test: Effect.Effect<void, unknown, FeatureLog | ScratchFolder | Scope.Scope>
) => it.live(name, () => Effect.andThen(compile, test).pipe(Effect.scoped, Effect.provide(layer)))

const kill = async ({ child, ended }: Appending): Promise<void> => {
  child.kill("SIGKILL")
  assert.strictEqual(await ended, "SIGKILL")
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe("processes that append to a log", () => {
  processTest(
    "forty at once: none of 120 entries lost, each process's in its order, the log sound at every moment",
    Effect.gen(function*() {
      const { projects, read } = yield* given
      const processes = yield* startProcesses("append", 40)
      const work = yield* Effect.forkChild(
        Effect.promise(() =>
          Promise.all(processes.map(async ({ begin, ended, next }) => {
            begin()
            const said = [await next(), await next(), await next()]
            assert.strictEqual(await ended, 0)
            return said.map((line) => Number(/^appended (\d+)$/u.exec(line ?? "")?.[1]))
          }))
        )
      )
      let looks = 0
      let most = 0
      while (work.pollUnsafe() === undefined) {
        const { length } = yield* read
        assert.isAtLeast(length, most)
        most = length
        looks += 1
        yield* Effect.promise(turn)
      }
      assert.isAbove(looks, 40)
      const revisions = yield* Fiber.join(work)
      const notes = yield* read
      assert.strictEqual(notes.length, 120)
      for (const [index, { name }] of processes.entries()) {
        const own = [`${name} 1`, `${name} 2`, `${name} 3`]
        assert.deepStrictEqual(notes.filter((note) => note.startsWith(`${name} `)), own)
        assert.deepStrictEqual(revisions[index], own.map((note) => notes.indexOf(note) + 1))
      }
      assert.deepStrictEqual(fs.readdirSync(projects), ["auth"])
    })
  )

  processTest(
    "processes killed at thirty moments: the log is as before or as after, and whoever comes next goes on",
    Effect.gen(function*() {
      const { append, projects, read } = yield* given
      for (let round = 0; round < 5; round++) {
        const before = yield* read
        const processes = yield* startProcesses("churn", 6)
        const told = yield* Effect.promise(() =>
          Promise.all(processes.map(async (one, index) => {
            one.begin()
            // Some die right after a word of theirs, some in the middle of what follows it.
            for (let words = 0; words < 1 + index; words++) assert.match(await one.next() ?? "", /^appended \d+$/u)
            for (let turns = 0; turns < (index * 7 + round) * 3; turns++) await turn()
            await kill(one)
            let rest = 0
            while (await one.next() !== null) rest += 1
            return 1 + index + rest
          }))
        )
        const after = yield* read
        assert.deepStrictEqual(after.slice(0, before.length), before)
        for (const [index, { name }] of processes.entries()) {
          const count = after.slice(before.length).filter((note) => note.startsWith(`${name} `)).length
          // What was told is in the log; of what was not, at most one was written to its end.
          assert.include([told[index], (told[index] ?? 0) + 1], count)
        }
        const gone = yield* append(`after round ${round}`)
        assert.deepStrictEqual(notesOf(gone), [...after, `after round ${round}`])
        assert.deepStrictEqual(fs.readdirSync(projects), ["auth"])
      }
    })
  )

  processTest(
    "a process that is killed while it decides leaves nothing, and its lock is taken over",
    Effect.gen(function*() {
      const { append, projects, read } = yield* given
      const [holder] = yield* startProcesses("hold", 1)
      assert.isDefined(holder)
      yield* Effect.promise(async () => {
        holder.begin()
        assert.strictEqual(await holder.next(), "holding")
        await kill(holder)
      })
      assert.deepStrictEqual(yield* read, [])
      assert.deepStrictEqual(notesOf(yield* append("one")), ["one"])
      assert.deepStrictEqual(fs.readdirSync(projects), ["auth"])
    })
  )
})
