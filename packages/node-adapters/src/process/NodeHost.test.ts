import { assert, describe, it } from "@effect/vitest"
import { Host } from "@slipway/core"
import { Effect } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { homedir } from "node:os"
import { linuxProcesses } from "./LinuxProcesses.ts"
import { nodeHostLayer, type NodeHostOptions } from "./NodeHost.ts"
import type { ProcessTable } from "./ProcessTable.ts"
import { psProcesses } from "./PsProcesses.ts"

const hostWith = (options: NodeHostOptions) => Effect.provide(Host, nodeHostLayer(options))

/** A process that waits for ever; it is killed with the scope. */
const waitingProcess = Effect.acquireRelease(
  Effect.promise(async () => {
    const child = spawn("sleep", ["1000"], { stdio: "ignore" })
    await once(child, "spawn")
    return { child, pid: child.pid ?? 0 }
  }),
  ({ child }) => Effect.promise(() => killed(child))
)

const killed = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, "exit")
  child.kill("SIGKILL")
  await gone
}

describe("nodeHostLayer", () => {
  it.effect("home: SLIPWAY_HOME, else ~/.devops-ai, always absolute", () =>
    Effect.gen(function*() {
      const homeOf = (variables: Record<string, string>, home?: string) =>
        Effect.map(
          hostWith({ variables, directory: "/code", ...(home === undefined ? {} : { home }) }),
          (host) => host.home
        )
      assert.strictEqual(yield* homeOf({ HOME: "/home/ada" }), "/home/ada/.devops-ai")
      assert.strictEqual(yield* homeOf({}), `${homedir()}/.devops-ai`)
      assert.strictEqual(yield* homeOf({ HOME: "/home/ada", SLIPWAY_HOME: "" }), "/home/ada/.devops-ai")
      assert.strictEqual(yield* homeOf({ SLIPWAY_HOME: "/srv/slots/" }), "/srv/slots")
      assert.strictEqual(yield* homeOf({ SLIPWAY_HOME: "state/../s" }), "/code/s")
      assert.strictEqual(yield* homeOf({ HOME: "/home/ada", SLIPWAY_HOME: "~/s" }), "/home/ada/s")
      assert.strictEqual(yield* homeOf({ HOME: "/home/ada", SLIPWAY_HOME: "~" }), "/home/ada")
      assert.strictEqual(yield* homeOf({ HOME: "/home/ada", SLIPWAY_HOME: "~bob/s" }), "/code/~bob/s")
      assert.strictEqual(yield* homeOf({ SLIPWAY_HOME: "/srv/slots" }, "/given"), "/given")
    }))

  it.effect("variables are the caller's, not those of the process", () =>
    Effect.gen(function*() {
      const { variables } = yield* hostWith({ variables: { A: "1", B: undefined } })
      assert.deepStrictEqual(variables, { A: "1" })
    }))

  it.effect("this process lives, under its own start time alone", () =>
    Effect.gen(function*() {
      const { isAlive, self } = yield* hostWith({ variables: {} })
      assert.strictEqual(self.pid, process.pid)
      assert.isNotEmpty(self.startedAt)
      assert.isTrue(yield* isAlive(self))
      assert.isTrue(yield* isAlive({ pid: self.pid, startedAt: "" }))
      assert.isFalse(yield* isAlive({ pid: self.pid, startedAt: `${self.startedAt}1` }))
    }))
})

const tables: ReadonlyArray<readonly [string, ProcessTable]> = [
  ...(process.platform === "linux" ? [["/proc", linuxProcesses] as const] : []),
  ["ps", psProcesses]
]

for (const [name, table] of tables) {
  describe(`processes by ${name}`, () => {
    it.effect("a start time is the same whenever one asks, and not that of another process", () =>
      Effect.gen(function*() {
        const { pid } = yield* waitingProcess
        const startedAt = table.startedAt(pid)
        assert.isNotEmpty(startedAt)
        assert.strictEqual((yield* table.find(pid))?.startedAt, startedAt)
        assert.notStrictEqual(table.startedAt(1), startedAt)
      }))

    it.effect("a killed process does not run", () =>
      Effect.gen(function*() {
        const { child, pid } = yield* waitingProcess
        yield* Effect.promise(() => killed(child))
        assert.isNull(yield* table.find(pid))
        assert.strictEqual(table.startedAt(pid), "")
      }))

    it.effect("a zombie does not run", () =>
      Effect.gen(function*() {
        const child = spawn("sh", ["-c", "sleep 1000 & echo $!; wait"], { stdio: ["ignore", "pipe", "ignore"] })
        yield* Effect.addFinalizer(() => Effect.promise(() => killed(child)))
        const [line] = yield* Effect.promise(() => once(child.stdout, "data"))
        const pid = Number(String(line).trim())
        assert.isNotNull(yield* table.find(pid))
        // A shell that is stopped never asks how its child ended.
        child.kill("SIGSTOP")
        process.kill(pid, "SIGKILL")
        yield* Effect.repeat(table.find(pid), { until: (found) => found === null })
        assert.isTrue(process.kill(pid, 0))
      }))

    it.effect("a process of another user runs", () =>
      Effect.gen(function*() {
        assert.isNotNull(yield* table.find(1))
      }))

    it.effect("numbers that are no process's", () =>
      Effect.gen(function*() {
        for (const pid of [0, -1, -process.pid, 1.5, Number.NaN, 2 ** 31, 4_194_305]) {
          assert.isNull(yield* table.find(pid), String(pid))
        }
      }))
  })
}

it.effect("names of programs with spaces and parentheses do not confuse /proc", (context) =>
  Effect.gen(function*() {
    if (process.platform !== "linux") return context.skip("there is no /proc here")
    const folder = fs.mkdtempSync("/tmp/slipway-test-")
    yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(folder, { recursive: true })))
    const program = `${folder}/a) Z 1 (b`
    fs.copyFileSync("/bin/sleep", program)
    const child = spawn(program, ["1000"], { stdio: "ignore" })
    yield* Effect.addFinalizer(() => Effect.promise(() => killed(child)))
    yield* Effect.promise(() => once(child, "spawn"))
    const found = yield* linuxProcesses.find(child.pid ?? 0)
    assert.match(found?.startedAt ?? "", /^[0-9a-f-]{36}:\d+$/u)
  }))
