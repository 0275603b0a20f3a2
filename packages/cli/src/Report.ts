import { exitCodeOf, type Problem } from "@slipway/core"
import { Effect, Logger, References, Result } from "effect"
import { CommandEnded, Invocation, type Services, Settings } from "./Invocation.ts"
import { failureEnvelope, successEnvelope } from "./output/Envelope.ts"
import { problemText, warningText } from "./output/Messages.ts"
import { narrating } from "./output/Narration.ts"
import { type OutputStream, Screen } from "./output/Screen.ts"
import { screenLogger } from "./output/ScreenLogger.ts"

/** What a command is told beside its own flags. */
export interface Call {
  /** The absolute path of the folder that the command is meant for. */
  readonly directory: string
  /** Whether the answer is for a program. */
  readonly json: boolean
}

/** A command: what it does, and how its result is shown. */
export interface Report<A> {
  /** The command's name in schemas: `impl`, `sandbox-start`. */
  readonly command: string
  /** What is going on while no step runs, such as `listing worktrees`. */
  readonly label: string
  /** Calls one service. */
  readonly work: (services: Services, call: Call) => Effect.Effect<A, Problem, Invocation | Screen>
  /** The result as `--json` gives it. */
  readonly data: (result: A) => unknown
  /** The result for people; the empty string prints nothing. */
  readonly text: (result: A, stream: OutputStream) => string
  /** What should be known beside the answer. */
  readonly warnings?: (result: A) => ReadonlyArray<string>
  /** Whether the command writes while it works, so that no spinner may be drawn. */
  readonly writesItself?: boolean
  /** Whether interrupting it is its usual end, so that nothing is told of it. */
  readonly isEndless?: boolean
  /** Exit code of a result that is no failure of Slipway; 0 when absent. */
  readonly exitCode?: (result: A) => number
}

/** Runs a command to its end and shows what came of it. Fails with the exit code when it is not 0. */
export const perform = Effect.fn("Cli.perform")(
  function*<A>(report: Report<A>) {
    const { directory, json, verbose } = yield* Settings
    const invocation = yield* Invocation
    const screen = yield* Screen
    yield* invocation.begin(report.command, { isEndless: report.isEndless === true })

    const { result, told } = yield* narrating(
      {
        label: report.label,
        mode: json && !verbose ? "silent" : verbose ? "verbose" : "usual",
        spinner: report.writesItself !== true
      },
      Effect.result(Effect.scoped(Effect.gen(function*() {
        const call: Call = { directory: yield* invocation.directory(directory), json }
        return yield* report.work(yield* invocation.services, call)
      })))
    ).pipe(
      Effect.provide(Logger.layer([screenLogger(screen)])),
      Effect.provideService(References.MinimumLogLevel, verbose ? "Debug" : "Warn")
    )

    if (Result.isFailure(result)) {
      const problem = result.failure
      yield* json
        ? screen.answer(failureEnvelope(report.command, problem))
        : screen.narrate(problemText(problem, screen.stderr.style))
      return yield* new CommandEnded({ exitCode: exitCodeOf(problem) })
    }

    const answer = result.success
    if (json) {
      yield* screen.answer(successEnvelope(report.command, report.data(answer)))
    } else {
      const untold = (report.warnings?.(answer) ?? []).filter((warning) => !told.has(warning))
      yield* Effect.forEach(new Set(untold), (warning) => screen.narrate(warningText(warning, screen.stderr.style)), {
        discard: true
      })
      const text = report.text(answer, screen.stdout)
      if (text !== "") yield* screen.answer(text)
    }
    const exitCode = report.exitCode?.(answer) ?? 0
    if (exitCode !== 0) return yield* new CommandEnded({ exitCode })
  }
)
