import { assert, describe, it } from "@effect/vitest"
import { exitCodeOf, type ProblemCode, problemCodes } from "@slipway/core"
import { Effect } from "effect"
import { dataOf, envelopeOf, errorOf } from "./testing/Envelopes.ts"
import { recordingImpl } from "./testing/RecordingImpl.ts"
import { runCommandLine } from "./testing/RunCommandLine.ts"
import * as Samples from "./testing/Samples.ts"
import { version } from "./Version.ts"

describe("failures", () => {
  it.effect("have the exit code of the one table, text on stderr and nothing on stdout", () =>
    Effect.forEach(Object.keys(problemCodes) as Array<ProblemCode>, (code) =>
      Effect.gen(function*() {
        const problem = Samples.problem(code)
        const { services } = recordingImpl(() => Effect.fail(problem as never))
        const outcome = yield* runCommandLine(["impl", "x", "--yes"], { services })
        assert.strictEqual(outcome.exitCode, exitCodeOf(problem))
        assert.strictEqual(outcome.stdout, "")
        assert.strictEqual(outcome.stderr, `✗ this is ${code}\n↳ try something else`)
      }), { discard: true }))

  it.effect("are an envelope for programs", () =>
    Effect.gen(function*() {
      const { services } = recordingImpl(() => Effect.fail(Samples.problem("branch-exists") as never))
      const outcome = yield* runCommandLine(["impl", "x", "--json"], { services })
      assert.strictEqual(outcome.exitCode, 5)
      assert.deepStrictEqual(envelopeOf(outcome, "impl"), {
        schema: "slipway/impl/v1",
        ok: false,
        error: { code: "branch-exists", message: "this is branch-exists", hint: "try something else" }
      })
    }))

  it.effect("tell of a folder that is not there", () =>
    Effect.gen(function*() {
      const outcome = yield* runCommandLine(["-C", "/missing", "impl", "x"], { services: recordingImpl().services })
      assert.strictEqual(outcome.exitCode, 2)
      assert.include(outcome.stderr, "/missing")
    }))
})

describe("usage errors", () => {
  it.effect.each([
    { args: ["wortrees"], message: "there is no command `slipway wortrees`", hint: "`slipway worktrees`" },
    {
      args: ["sandbox", "strat"],
      message: "there is no command `slipway sandbox strat`",
      hint: "`slipway sandbox start`"
    },
    { args: ["impl", "x", "--reues"], message: "`slipway impl` has no flag --reues", hint: "`--reuse`" },
    { args: ["impl", "x", "--jsno"], message: "`slipway impl` has no flag --jsno", hint: "`--json`" },
    { args: ["done"], message: "`slipway done` needs NAME", hint: "slipway done [FLAGS] NAME" },
    { args: ["done", "a", "b"], message: "`slipway done` does not take \"b\"", hint: "slipway done [FLAGS] NAME" },
    { args: ["status", "-C"], message: "-C needs a value: DIR", hint: "--help" },
    { args: ["sandbox", "logs", "--tail", "x"], message: "--tail cannot be \"x\"", hint: "--help" },
    { args: ["sandbox", "logs", "--tail", "-1"], message: "--tail cannot be \"-1\"", hint: "--help" },
    { args: ["sandbox", "exec", "web", "ls", "-la"], message: "`slipway sandbox exec` has no flag -l", hint: "put --" },
    { args: ["completions", "tcsh"], message: "SHELL cannot be \"tcsh\"", hint: "--help" },
    { args: ["help", "sadbox"], message: "there is no command `slipway sadbox`", hint: "`slipway help sandbox`" },
    { args: ["wortrees", "--help"], message: "there is no command `slipway wortrees`", hint: "`slipway worktrees`" }
  ])("$args", ({ args, hint, message }) =>
    Effect.gen(function*() {
      const text = yield* runCommandLine(args)
      assert.strictEqual(text.exitCode, 2)
      assert.strictEqual(text.stdout, "")
      assert.include(text.stderr, message)
      assert.include(text.stderr, hint)
      assert.isBelow(text.stderr.split("\n").length, 4)

      const json = yield* runCommandLine([...args.slice(0, 1), "--json", ...args.slice(1)])
      assert.strictEqual(json.exitCode, 2)
      assert.strictEqual(json.stderr, "")
      assert.strictEqual(errorOf(json).code, "usage-error")
      assert.include(errorOf(json).message, message)
    }))

  it.effect("leave the words of a program alone", () =>
    Effect.gen(function*() {
      const outcome = yield* runCommandLine(["sandbox", "exec", "web", "--", "ls", "--json"], {
        services: { sandboxes: { exec: () => Effect.succeed(0) } }
      })
      assert.strictEqual(outcome.exitCode, 0)
      assert.strictEqual(outcome.stdout, "")
    }))
})

describe("help and version", () => {
  it.effect("are answers", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* runCommandLine(["--version"])).stdout, version)
      assert.deepStrictEqual(dataOf(yield* runCommandLine(["--version", "--json"]), "version"), { version })
      for (const args of [[], ["--help"], ["help"], ["-h"]]) {
        const outcome = yield* runCommandLine(args)
        assert.strictEqual(outcome.exitCode, 0)
        assert.include(outcome.stdout, "Usage: slipway COMMAND")
      }
      const exec = yield* runCommandLine(["help", "sandbox", "exec"])
      assert.include(exec.stdout, "Usage: slipway sandbox exec [FLAGS] SERVICE -- COMMAND...")
      assert.include((yield* runCommandLine(["ls", "--help"])).stdout, "Alias: ls")
      assert.include((yield* runCommandLine(["sandbox"])).stdout, "Usage: slipway sandbox COMMAND")
      assert.deepInclude(dataOf(yield* runCommandLine(["impl", "--help", "--json"]), "help"), { path: ["impl"] })
    }))

  it.effect("complete a shell", () =>
    Effect.gen(function*() {
      const { stdout } = yield* runCommandLine(["completions", "bash"])
      assert.include(stdout, "complete -F _slipway slipway")
      assert.strictEqual(
        dataOf(yield* runCommandLine(["completions", "fish", "--json"]), "completions")["shell"],
        "fish"
      )
    }))
})
