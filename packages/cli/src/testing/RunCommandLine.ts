import { Effect } from "effect"
import { Invocation, type Services, type StopSignal } from "../Invocation.ts"
import { Screen } from "../output/Screen.ts"
import { runSlipway } from "../Run.ts"
import { UsageError } from "../UsageError.ts"
import { memoryScreen, type MemoryScreenOptions } from "./MemoryScreen.ts"

/** The folder that a command line runs in when it names none. */
export const here = "/code/shop"

/** What a command line did. */
export interface Outcome {
  readonly exitCode: number
  readonly stdout: string
  /** What was written as it is. */
  readonly bytes: Uint8Array
  readonly stderr: string
  /** Each passing text, in order. */
  readonly statuses: ReadonlyArray<string | null>
  readonly questions: ReadonlyArray<string>
  /** The command that had begun, if any. */
  readonly command: string | null
}

/** As much of the services as a test needs. */
export type FakeServices = { readonly [K in keyof Services]?: Partial<Services[K]> }

/** Runs a command line on services of the test's own. Services that it did not give may not be used. */
export const runCommandLine = Effect.fnUntraced(function*(
  args: ReadonlyArray<string>,
  options: MemoryScreenOptions & {
    readonly services?: FakeServices
    /** Ends when the command is asked to stop. */
    readonly stopSignal?: Effect.Effect<StopSignal>
  } = {}
) {
  const { questions, screen, statuses, stderr, stdout, written } = memoryScreen(options)
  let command: string | null = null
  const exitCode = yield* runSlipway(args).pipe(
    Effect.provideService(Screen, screen),
    Effect.provideService(
      Invocation,
      Invocation.of({
        // A command takes from it what it needs, and dies when that is missing.
        services: Effect.succeed((options.services ?? {}) as Services),
        directory: (path) =>
          path === "/missing"
            ? Effect.fail(new UsageError({ reason: "there is no folder /missing", hint: "name another one" }))
            : Effect.succeed(path ?? here),
        begin: (name) =>
          Effect.sync(() => {
            command = name
          }),
        stopSignal: Effect.succeed(options.stopSignal ?? Effect.never)
      })
    )
  )
  const outcome: Outcome = {
    exitCode,
    stdout: stdout.join("\n"),
    bytes: new Uint8Array(Buffer.concat(written)),
    stderr: stderr.join("\n"),
    statuses,
    questions,
    command
  }
  return outcome
})
