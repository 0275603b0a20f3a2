import { exitCodes } from "@slipway/core"
import { Cause, Effect, Exit } from "effect"
import { statSync } from "node:fs"
import { resolve } from "node:path"
import { Invocation } from "./Invocation.ts"
import { nodeScreen } from "./NodeScreen.ts"
import { failureEnvelope } from "./output/Envelope.ts"
import { problemText } from "./output/Messages.ts"
import { Screen } from "./output/Screen.ts"
import { runSlipway, wantsJson } from "./Run.ts"
import { UsageError } from "./UsageError.ts"

const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

const directory = (path: string | null): Effect.Effect<string, UsageError> => {
  const absolute = resolve(path ?? ".")
  return isFolder(absolute)
    ? Effect.succeed(absolute)
    : Effect.fail(new UsageError({ reason: `there is no folder ${absolute}`, hint: "-C names an existing folder" }))
}

const loadServices = Effect.flatMap(
  Effect.promise(() => import("./Services.ts")),
  ({ machineServices }) => machineServices(process.env)
)

/** Milliseconds after which an interrupted command says what it is still doing. */
const undoNotice = 200

/** Runs the command line of this process, and ends the process. */
export const main = (args: ReadonlyArray<string>): void => {
  const screen = nodeScreen(process)
  const json = wantsJson(args)
  let command = "slipway"
  let signal: "SIGINT" | "SIGTERM" | null = null
  let isReaderGone = false
  const narrate = (text: string): void => Effect.runSync(screen.narrate(text))

  const fiber = Effect.runFork(
    runSlipway(args).pipe(
      Effect.provideService(Screen, screen),
      Effect.provideService(
        Invocation,
        Invocation.of({
          services: loadServices,
          directory,
          begin: (name) =>
            Effect.sync(() => {
              command = name
            })
        })
      )
    )
  )

  const onSignal = (received: "SIGINT" | "SIGTERM"): void => {
    if (signal === null) {
      signal = received
      if (!json) setTimeout(() => narrate("interrupted: undoing what was begun"), undoNotice).unref()
      fiber.interruptUnsafe()
    } else narrate("still undoing what was begun: ended now, it would be left half-made")
  }
  process.on("SIGINT", () => onSignal("SIGINT"))
  process.on("SIGTERM", () => onSignal("SIGTERM"))
  process.on("SIGHUP", () => onSignal("SIGTERM"))
  // Narration that nobody reads is no reason to stop; an answer that nobody reads is.
  process.stderr.on("error", () => {})
  process.stdout.on("error", () => {
    isReaderGone = true
    fiber.interruptUnsafe()
  })

  fiber.addObserver((exit) => {
    if (Exit.isSuccess(exit)) return end(exit.value)
    if (isReaderGone) return end(exitCodes.done)
    if (Cause.hasInterruptsOnly(exit.cause)) {
      const problem = {
        code: "interrupted",
        message: signal === "SIGTERM" ? "ended by a signal" : "interrupted",
        hint: "what was begun has been undone; run the command again when you like"
      }
      if (json) Effect.runSync(screen.answer(failureEnvelope(command, problem)))
      else narrate(problemText({ message: problem.message, hint: "" }, screen.stderr.style))
      return end(signal === "SIGTERM" ? exitCodes.terminated : exitCodes.interrupted)
    }
    const problem = {
      code: "internal-error",
      message: `this is a bug in Slipway: ${summaryOf(exit.cause)}`,
      hint: "please report it to the project, with the lines above and what `slipway doctor` says"
    }
    narrate(Cause.pretty(exit.cause))
    if (json) Effect.runSync(screen.answer(failureEnvelope(command, problem)))
    else narrate(problemText(problem, screen.stderr.style))
    end(exitCodes.failed)
  })
}

const summaryOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : String(error)
}

/** Ends the process once everything is written: a connection that stays open must not keep it alive. */
const end = (exitCode: number): void => {
  process.exitCode = exitCode
  process.stdout.write("", () => process.stderr.write("", () => process.exit(exitCode)))
}
