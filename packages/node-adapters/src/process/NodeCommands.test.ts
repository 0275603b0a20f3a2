import { assert, describe, it } from "@effect/vitest"
import { CommandFailed, Commands } from "@slipway/core"
import { commandsContract, memoryHostLayer } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import { tmpdir } from "node:os"
import { nodeCommandsLayer } from "./NodeCommands.ts"
import { Subprocess } from "./Subprocess.ts"

const layer = nodeCommandsLayer.pipe(
  Layer.provide(Subprocess.layer),
  Layer.provide(memoryHostLayer({
    variables: { PATH: process.env["PATH"] ?? "", FROM_HOST: "host", GIT_DIR: "/elsewhere", GIT_AUTHOR_NAME: "Ada" }
  }))
)

const directory = tmpdir()
const shell = (script: string, ...args: ReadonlyArray<string>) => ["sh", "-c", script, "sh", ...args] as const

commandsContract("node", layer, {
  printing: (stdout, stderr, exitCode) =>
    shell("printf %s \"$1\"; printf %s \"$2\" >&2; exit $3", stdout, stderr, String(exitCode)),
  variable: (name) => shell(`echo "$${name}"`),
  endless: (line) => shell("echo \"$1\"; sleep 600", line),
  missing: ["slipway-no-such-program"]
})

const test = (title: string, body: Effect.Effect<void, unknown, Commands>) =>
  it.live(title, () => Effect.provide(body, layer))

describe("node: Commands on this machine", () => {
  test(
    "run in their folder, with the host's variables, but for those that lead git elsewhere",
    Effect.gen(function*() {
      const command = shell("echo \"$FROM_HOST ${GIT_DIR-none} $GIT_AUTHOR_NAME\"; pwd")
      const output = yield* (yield* Commands).run({ command, directory })
      assert.strictEqual(output, `host none Ada\n${directory}\n`)
    })
  )

  test(
    "tell a folder that is not there",
    Effect.gen(function*() {
      const commands = yield* Commands
      const failure = yield* Effect.flip(commands.run({ command: ["true"], directory: "/nonexistent" }))
      assert.instanceOf(failure, CommandFailed)
      assert.include(failure.message, "/nonexistent")
    })
  )

  test(
    "keep the end of a long output",
    Effect.gen(function*() {
      const commands = yield* Commands
      const failure = yield* Effect.flip(commands.run({ command: shell("seq 1 100000; exit 1"), directory }))
      assert.instanceOf(failure, CommandFailed)
      assert.isAtMost(failure.output.length, 8192)
      assert.match(failure.output, /99999\n100000$/u)
    })
  )
})
