import { assert, describe, it } from "@effect/vitest"
import { CommandFailed, Commands, CommandTimeout } from "@slipway/core"
import { memoryHostLayer } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import { tmpdir } from "node:os"
import { nodeCommandsLayer } from "./NodeCommands.ts"
import { Subprocess } from "./Subprocess.ts"

const layer = nodeCommandsLayer.pipe(
  Layer.provide(Subprocess.layer),
  Layer.provide(memoryHostLayer({ variables: { PATH: process.env["PATH"] ?? "", FROM_HOST: "host" } }))
)

const directory = tmpdir()
const shell = (script: string) => ["sh", "-c", script] as const

const test = (title: string, body: Effect.Effect<void, unknown, Commands>) =>
  it.live(title, () => Effect.provide(body, layer))

describe("node: Commands", () => {
  test(
    "gives what a program prints, with the host's variables and its own, and tells each line",
    Effect.gen(function*() {
      const lines: Array<string> = []
      const output = yield* (yield* Commands).run({
        command: shell("echo \"$FROM_HOST $OWN\"; pwd; echo aside >&2"),
        directory,
        variables: { OWN: "own" },
        onLine: (line) => Effect.sync(() => lines.push(line))
      })
      assert.strictEqual(output, `host own\n${directory}\n`)
      assert.sameMembers(lines, ["host own", directory, "aside"])
    })
  )

  test(
    "fails with the exit code and the end of both streams",
    Effect.gen(function*() {
      const commands = yield* Commands
      const failure = yield* Effect.flip(commands.run({ command: shell("echo one; echo two >&2; exit 7"), directory }))
      assert.instanceOf(failure, CommandFailed)
      assert.strictEqual(failure.exitCode, 7)
      assert.include(failure.output, "one")
      assert.include(failure.output, "two")
      const long = yield* Effect.flip(commands.run({ command: shell("seq 1 100000; exit 1"), directory }))
      assert.isAtMost(long.output.length, 8192)
      assert.match(long.output, /99999\n100000$/u)
    })
  )

  test(
    "tells a program, or a folder, that is not there",
    Effect.gen(function*() {
      const commands = yield* Commands
      for (
        const request of [
          { command: ["slipway-no-such-program"] as const, directory },
          { command: shell("true"), directory: "/nonexistent" }
        ]
      ) {
        const failure = yield* Effect.flip(commands.run(request))
        assert.instanceOf(failure, CommandFailed)
        assert.strictEqual(failure.exitCode, 127)
        assert.include(failure.message, "was not found")
      }
    })
  )

  test(
    "stops a program that does not end in time",
    Effect.gen(function*() {
      const failure = yield* Effect.flip(
        (yield* Commands).run({ command: shell("sleep 600"), directory, timeout: "200 millis" })
      )
      assert.instanceOf(failure, CommandTimeout)
      assert.strictEqual(failure.seconds, 0.2)
    })
  )
})
