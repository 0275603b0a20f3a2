import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, type Layer } from "effect"
import { CommandFailed, type CommandRequest, Commands, CommandTimeout } from "../operation/Commands.ts"

/** Programs of known behaviour, as an implementation of {@link Commands} has them. */
export interface ContractPrograms {
  /** Prints a text on stdout, then one on stderr, and ends with an exit code. Texts hold neither quotes nor `%`. */
  readonly printing: (stdout: string, stderr: string, exitCode: number) => CommandRequest["command"]
  /** Prints the value of a variable, and a line end. */
  readonly variable: (name: string) => CommandRequest["command"]
  /** Prints a line on stdout and then does not end. */
  readonly endless: (line: string) => CommandRequest["command"]
  /** There is no such program. */
  readonly missing: CommandRequest["command"]
}

/** What every implementation of {@link Commands} does. */
export const commandsContract = (name: string, layer: Layer.Layer<Commands>, programs: ContractPrograms): void => {
  const directory = "/"
  // Real programs need real time.
  const test = (title: string, body: Effect.Effect<void, unknown, Commands>) =>
    it.live(title, () => Effect.provide(body, layer))

  describe(`${name}: Commands`, () => {
    test(
      "gives what a program prints on stdout, as it stands",
      Effect.gen(function*() {
        const commands = yield* Commands
        const run = (stdout: string) => commands.run({ command: programs.printing(stdout, "aside\n", 0), directory })
        for (const text of ["", "one", " one\n\ntwo \n", "ü 🛠\n"]) assert.strictEqual(yield* run(text), text)
      })
    )

    test(
      "tells each line of both streams without its end, all before the run is done",
      Effect.gen(function*() {
        const lines: Array<string> = []
        yield* (yield* Commands).run({
          command: programs.printing("one\n\ntwo", "aside\n", 0),
          directory,
          onLine: (line) => Effect.sync(() => lines.push(line)).pipe(Effect.delay(line === "one" ? "20 millis" : 0))
        })
        assert.deepStrictEqual(lines.filter((line) => line !== "aside"), ["one", "", "two"])
        assert.strictEqual(lines.length, 4)
      })
    )

    test(
      "fails with the exit code and what was printed last on both streams",
      Effect.gen(function*() {
        const command = programs.printing("out\n", "aside\n", 7)
        const failure = yield* Effect.flip((yield* Commands).run({ command, directory }))
        assert.instanceOf(failure, CommandFailed)
        assert.deepInclude(failure, { directory, exitCode: 7 })
        assert.deepStrictEqual(failure.command, command)
        assert.sameMembers(failure.output.split("\n"), ["out", "aside"])
      })
    )

    test(
      "fails with 127 for a program that there is not",
      Effect.gen(function*() {
        const failure = yield* Effect.flip((yield* Commands).run({ command: programs.missing, directory }))
        assert.instanceOf(failure, CommandFailed)
        assert.strictEqual(failure.exitCode, 127)
        assert.include(failure.message, "was not found")
      })
    )

    test(
      "sets variables for the one run",
      Effect.gen(function*() {
        const commands = yield* Commands
        const command = programs.variable("SLIPWAY_CONTRACT")
        const variables = { SLIPWAY_CONTRACT: "a $b 'c'" }
        assert.strictEqual(yield* commands.run({ command, directory, variables }), "a $b 'c'\n")
        assert.strictEqual(yield* commands.run({ command, directory }), "\n")
      })
    )

    test(
      "stops a program that does not end in time, and keeps what it printed",
      Effect.gen(function*() {
        const commands = yield* Commands
        const failure = yield* Effect.flip(
          commands.run({ command: programs.endless("begun"), directory, timeout: "2 seconds" })
        )
        assert.instanceOf(failure, CommandTimeout)
        assert.deepInclude(failure, { directory, seconds: 2, output: "begun" })
        const ended = programs.printing("in time", "", 0)
        assert.strictEqual(yield* commands.run({ command: ended, directory, timeout: "1 minute" }), "in time")
      })
    )

    test(
      "can be interrupted",
      Effect.gen(function*() {
        const commands = yield* Commands
        const fiber = yield* Effect.forkChild(commands.run({ command: programs.endless("begun"), directory }))
        yield* Effect.yieldNow
        yield* Fiber.interrupt(fiber)
      })
    )
  })
}
