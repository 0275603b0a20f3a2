import { assert, describe, it } from "@effect/vitest"
import { Impatience } from "@slipway/core"
import { memoryHostLayer, ScratchFolder } from "@slipway/core/testing"
import { Deferred, Effect, Fiber, Layer, Logger, References, Schedule } from "effect"
import * as fs from "node:fs"
import { temporaryFolderLayer } from "../testing/TemporaryFolder.ts"
import { Subprocess, type SubprocessRequest } from "./Subprocess.ts"

const layer = Subprocess.layer.pipe(
  Layer.provide(memoryHostLayer({ variables: { PATH: process.env["PATH"] ?? "", FROM_HOST: "host", HIDDEN: "x" } })),
  Layer.merge(temporaryFolderLayer)
)

const test = (title: string, body: Effect.Effect<void, unknown, Subprocess | ScratchFolder>) =>
  it.live(title, () => Effect.provide(body, layer))

const shell = (script: string, ...args: ReadonlyArray<string>) => ["sh", "-c", script, "sh", ...args] as const
const node = (script: string) => [process.execPath, "-e", script] as const

const run = (request: Omit<SubprocessRequest, "directory">) =>
  Effect.gen(function*() {
    return yield* (yield* Subprocess).run({ directory: (yield* ScratchFolder).path, ...request })
  })

/** The number in a file, as soon as it is there. */
const numberIn = (path: string): Effect.Effect<number, unknown> =>
  Effect.sync(() => fs.existsSync(path) ? Number(fs.readFileSync(path, "utf8")) : 0).pipe(
    Effect.filterOrFail((pid) => pid > 0),
    Effect.retry({ schedule: Schedule.spaced("10 millis"), times: 500 })
  )

/** Whether a process runs; one that has ended and was not noticed yet does not. */
const isRunning = (pid: number): boolean => {
  const stat = fs.existsSync(`/proc/${pid}/stat`) ? fs.readFileSync(`/proc/${pid}/stat`, "latin1") : ""
  if (stat !== "") return !/^[ZX]/u.test(stat.slice(stat.lastIndexOf(")") + 2))
  try {
    return process.platform !== "linux" && process.kill(pid, 0)
  } catch {
    return false
  }
}

describe("subprocess: what a program gets", () => {
  test(
    "its arguments as they are, the host's variables without the unwanted ones, and its own on top",
    Effect.gen(function*() {
      const { exitCode, stdout } = yield* run({
        command: shell(
          "printf '%s|' \"$@\" \"$FROM_HOST\" \"${HIDDEN-none}\" \"$OWN\"",
          "a b",
          "$HOME; `id`",
          "",
          "ü\n"
        ),
        unset: (name) => name === "HIDDEN",
        variables: { OWN: "own", FROM_HOST: "changed" }
      })
      assert.strictEqual(stdout, "a b|$HOME; `id`||ü\n|changed|none|own|")
      assert.strictEqual(exitCode, 0)
    })
  )

  test(
    "its input, read or not; without any, the end of the file",
    Effect.gen(function*() {
      assert.strictEqual((yield* run({ command: ["cat"], stdin: "ünd\n" })).stdout, "ünd\n")
      assert.strictEqual((yield* run({ command: ["true"], stdin: "x".repeat(1_000_000) })).exitCode, 0)
      assert.strictEqual((yield* run({ command: ["cat"] })).stdout, "")
    })
  )
})

describe("subprocess: what it tells", () => {
  test(
    "both streams apart, their end together, and the exit code",
    Effect.gen(function*() {
      const result = yield* run({ command: shell("echo out; echo aside >&2; exit 7") })
      assert.deepInclude(result, { exitCode: 7, stdout: "out\n", stderr: "aside\n", timedOut: false })
      assert.sameMembers(result.output.split("\n"), ["out", "aside"])
      const long = yield* run({ command: shell("seq 1 20000") })
      assert.strictEqual(long.stdout.length, 108894)
      assert.strictEqual(long.output.length, 8191)
      assert.isTrue(long.output.endsWith("\n19999\n20000"))
    })
  )

  test(
    "128 + n after signal n",
    Effect.gen(function*() {
      assert.strictEqual((yield* run({ command: shell("kill -9 $$") })).exitCode, 137)
      assert.strictEqual((yield* run({ command: shell("kill -15 $$") })).exitCode, 143)
    })
  )

  test(
    "characters whole that come in pieces",
    Effect.gen(function*() {
      const lines: Array<string> = []
      const { stdout } = yield* run({
        command: node(`
          const { writeSync } = require("node:fs")
          for (const byte of Buffer.from("aü🛠\\r\\nb")) writeSync(1, Buffer.of(byte))`),
        onLine: (line) => Effect.sync(() => lines.push(line))
      })
      assert.strictEqual(stdout, "aü🛠\r\nb")
      assert.deepStrictEqual(lines, ["aü🛠", "b"])
    })
  )

  test(
    "each line in its turn, with its stream, and all before it is done",
    Effect.gen(function*() {
      const lines: Array<string> = []
      yield* run({
        command: shell("echo 1; echo; echo 2; printf 3; echo e >&2"),
        onLine: (line, stream) =>
          Effect.sync(() => lines.push(`${stream}:${line}`)).pipe(Effect.delay(line === "1" ? "20 millis" : 0))
      })
      assert.deepStrictEqual(lines.filter((line) => line.startsWith("stdout")), [
        "stdout:1",
        "stdout:",
        "stdout:2",
        "stdout:3"
      ])
      assert.include(lines, "stderr:e")
    })
  )

  test(
    "at debug level, the command with its result and time",
    Effect.gen(function*() {
      const logged: Array<unknown> = []
      const logger = Logger.make(({ message }) => logged.push(message))
      yield* run({ command: ["false"] }).pipe(
        Effect.provide(Logger.layer([logger])),
        Effect.provideService(References.MinimumLogLevel, "Debug")
      )
      assert.match(String(logged), /^false → 1 in \d+ ms$/u)
    })
  )

  test(
    "why a program could not be started",
    Effect.gen(function*() {
      const { path } = yield* ScratchFolder
      fs.writeFileSync(`${path}/plain`, "")
      const reason = (request: Omit<SubprocessRequest, "directory"> & { readonly directory?: string }) =>
        Effect.map(Effect.flip(run(request)), (failure) => failure.message)
      assert.strictEqual(yield* reason({ command: ["slipway-nonesuch"] }), "slipway-nonesuch: not found")
      assert.include(yield* reason({ command: [`${path}/plain`] }), "permission denied")
      assert.include(yield* reason({ command: ["true"], directory: `${path}/gone` }), `${path}/gone`)
      assert.include(yield* reason({ command: ["echo", "a\0b"] }), "null bytes")
      assert.include(yield* reason({ command: ["echo", "a".repeat(4_000_000)] }), "E2BIG")
    })
  )
})

describe("subprocess: stopping", () => {
  test(
    "a timeout ends the program and what it started, and keeps what it said",
    Effect.gen(function*() {
      const { path } = yield* ScratchFolder
      const result = yield* run({
        command: shell("echo said; echo aside >&2; sleep 600 & echo $! > pid; wait"),
        timeout: "2 seconds"
      })
      assert.deepInclude(result, { exitCode: 124, timedOut: true, stdout: "said\n" })
      assert.strictEqual(result.stderr, "aside\ndid not end within 2s and was stopped")
      assert.isFalse(isRunning(yield* numberIn(`${path}/pid`)))
    })
  )

  test(
    "an interrupted program is told to end, and may tidy up",
    Effect.gen(function*() {
      const { path } = yield* ScratchFolder
      const script = "trap 'echo tidied > tidy; exit' TERM; echo $$ > pid; while :; do sleep 0.01; done"
      const fiber = yield* Effect.forkChild(run({ command: shell(script) }))
      const pid = yield* numberIn(`${path}/pid`)
      yield* Fiber.interrupt(fiber)
      assert.isFalse(isRunning(pid))
      assert.strictEqual(fs.readFileSync(`${path}/tidy`, "utf8"), "tidied\n")
    })
  )

  test(
    "who does not listen is killed, also when the program itself has gone and nobody holds its streams",
    Effect.gen(function*() {
      const { path } = yield* ScratchFolder
      const deaf = "trap '' TERM; exec >/dev/null 2>&1; echo $$ > \"$1\"; while :; do sleep 0.1; done"
      const fibers = yield* Effect.forEach(["one", "two"], (file) =>
        Effect.forkChild(
          run({
            command: file === "one"
              ? shell(deaf, file)
              : shell(`sh -c '${deaf.replaceAll("'", "'\\''")}' sh two & wait`)
          })
        ))
      const pids = yield* Effect.forEach(["one", "two"], (file) => numberIn(`${path}/${file}`))
      yield* Effect.forEach(fibers, Fiber.interrupt, { concurrency: "unbounded" })
      assert.deepStrictEqual(pids.map(isRunning), [false, false])
    })
  )

  test(
    "who does not listen is killed at once when the caller grows impatient, and a listener that hangs is given up",
    Effect.gen(function*() {
      const { path } = yield* ScratchFolder
      const isImpatient = yield* Deferred.make<void>()
      const deaf = shell("trap '' TERM; echo said; echo $$ > pid; while :; do sleep 0.05; done")
      const listener = { onStarted: Effect.void, onOutput: () => Effect.never }
      for (const request of [{ command: deaf }, { command: deaf, listener }]) {
        fs.rmSync(`${path}/pid`, { force: true })
        const fiber = yield* Effect.forkChild(
          Effect.provideService(run({ ...request, grace: "1 hour" }), Impatience, Deferred.await(isImpatient))
        )
        const pid = yield* numberIn(`${path}/pid`)
        const stopping = yield* Effect.forkChild(Fiber.interrupt(fiber))
        yield* Deferred.succeed(isImpatient, undefined)
        yield* Fiber.join(stopping)
        assert.isFalse(isRunning(pid))
      }
    })
  )

  test(
    "one that ends by itself is not held up by what it leaves running, and that goes on",
    Effect.gen(function*() {
      const { path } = yield* ScratchFolder
      const result = yield* run({ command: shell("sleep 600 & echo $! > pid; echo done"), timeout: "1 minute" })
      assert.deepInclude(result, { exitCode: 0, stdout: "done\n", timedOut: false })
      const pid = yield* numberIn(`${path}/pid`)
      assert.isTrue(isRunning(pid))
      process.kill(pid)
    })
  )

  test(
    "one that prints more than it may is killed at once",
    Effect.gen(function*() {
      const result = yield* run({ command: ["yes"], outputLimit: 100_000 })
      assert.deepInclude(result, { exitCode: 137, overflowed: true })
      assert.isBelow(result.stdout.length, 10_000_000)
      assert.isFalse((yield* run({ command: shell("printf 12345"), outputLimit: 5 })).overflowed)
    })
  )

  test(
    "a program is not held up by a slow listener",
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const { path } = yield* ScratchFolder
      const fiber = yield* Effect.forkChild(
        run({ command: shell("seq 1 50000; echo $$ > ended"), onLine: () => Deferred.await(gate) })
      )
      yield* numberIn(`${path}/ended`)
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual((yield* Fiber.join(fiber)).exitCode, 0)
    })
  )
})
