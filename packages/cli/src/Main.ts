import { exitCodes, Impatience, OperationListener, type Problem } from "@slipway/core"
import { Cause, Deferred, Effect, Exit } from "effect"
import { statSync } from "node:fs"
import { resolve } from "node:path"
import { Invocation, type StopSignal } from "./Invocation.ts"
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

/** Why a command was stopped from outside. */
type Stop =
  | { readonly _tag: "Signal" } & StopSignal
  /** Nobody reads the answer any more: no error. */
  | { readonly _tag: "ReaderGone" }
  | { readonly _tag: "Unwritable"; readonly reason: string }
  | { readonly _tag: "Crash"; readonly error: unknown }

const signals = {
  SIGINT: { _tag: "Signal", exitCode: exitCodes.interrupted, message: "interrupted" },
  SIGTERM: { _tag: "Signal", exitCode: exitCodes.terminated, message: "ended by SIGTERM" },
  SIGHUP: { _tag: "Signal", exitCode: exitCodes.terminated, message: "ended by SIGHUP" }
} as const satisfies Readonly<Record<string, Stop>>

/** What a command that takes signals over is told when nobody reads its answer any more. */
const readerGone = { _tag: "Signal", exitCode: exitCodes.interrupted, message: "nobody reads the answer" } as const

/** What is told when the interruption came too late. */
const whenDone = "all was done already, and is kept"

/** What a program is told after an interruption. */
const afterwards = (isDone: boolean, kept: ReadonlyArray<string>): string => {
  if (isDone) return whenDone
  return kept.length === 0
    ? "what was begun is undone; run the command again"
    : `not all could be undone: ${kept.join("; ")}`
}

/** Runs the command line of this process, and ends the process. */
export const main = (args: ReadonlyArray<string>): void => {
  // What libraries do in an old way is nothing that a user of the command could mend.
  process.noDeprecation = true
  const screen = nodeScreen(process)
  const json = wantsJson(args)
  let command = "slipway"
  let isEndless = false
  let takenOver: Deferred.Deferred<StopSignal> | null = null
  const impatience = Deferred.makeUnsafe<void>()
  let stopped: Stop | null = null
  const kept: Array<string> = []
  let isDone = false
  const narrate = (text: string): void => Effect.runSync(screen.narrate(text))
  const tell = (problem: Pick<Problem, "message" | "hint"> & { readonly code: string }): void =>
    json
      ? Effect.runSync(screen.answer(failureEnvelope(command, problem)))
      : narrate(problemText(problem, screen.stderr.style))

  const fiber = Effect.runFork(
    runSlipway(args).pipe(
      Effect.provideService(Screen, screen),
      Effect.provideService(Impatience, Deferred.await(impatience)),
      Effect.provideService(OperationListener, ({ event }) =>
        Effect.sync(() => {
          if (event._tag === "StepUndoFailed") kept.push(event.message)
          if (event._tag === "OperationFinished") isDone = event.status === "succeeded"
        })),
      Effect.provideService(
        Invocation,
        Invocation.of({
          services: loadServices,
          directory,
          begin: (name, traits) =>
            Effect.sync(() => {
              command = name
              isEndless = traits?.isEndless === true
            }),
          stopSignal: Effect.map(
            Effect.acquireRelease(
              Effect.sync(() => (takenOver = Deferred.makeUnsafe())),
              () => Effect.sync(() => void (takenOver = null))
            ),
            Deferred.await
          )
        })
      )
    )
  )

  /** Interrupts the command, which undoes what it has begun. The first reason stands. */
  const stop = (reason: Stop): void => {
    stopped ??= reason
    fiber.interruptUnsafe()
  }
  /** Lets the command stop by itself, or at once when it was asked before; false when it does not do that. */
  const handOver = (signal: { readonly _tag: "Signal" } & StopSignal): boolean => {
    if (takenOver === null) return false
    if (stopped === null) {
      stopped = signal
      Deferred.doneUnsafe(takenOver, Exit.succeed(signal))
    } else if (signal !== readerGone) {
      Deferred.doneUnsafe(impatience, Exit.void)
    }
    return true
  }
  for (const [name, reason] of Object.entries(signals)) {
    process.on(name, () => {
      if (handOver(reason)) return
      if (stopped !== null) return narrate("still undoing what was begun: ended now, it would be left half-made")
      if (!json) setTimeout(() => narrate("interrupted: undoing what was begun"), undoNotice).unref()
      stop(reason)
    })
  }
  process.on("uncaughtException", (error) => stop({ _tag: "Crash", error }))
  // Narration that nobody reads is no reason to stop; an answer that nobody reads is.
  process.stderr.on("error", () => {})
  process.stdout.on(
    "error",
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") stop({ _tag: "Unwritable", reason: error.message })
      else if (!handOver(readerGone)) stop({ _tag: "ReaderGone" })
    }
  )

  fiber.addObserver((exit) =>
    afterOutput(() => {
      if (stopped?._tag === "ReaderGone") return exitCodes.done
      if (stopped?._tag === "Unwritable") {
        narrate(problemText({ message: `cannot write the answer: ${stopped.reason}`, hint: "" }, screen.stderr.style))
        return exitCodes.failed
      }
      if (Exit.isSuccess(exit)) return exit.value
      if (stopped?._tag !== "Crash" && Cause.hasInterruptsOnly(exit.cause)) {
        const { exitCode, message } = stopped ?? signals.SIGINT
        if (json) tell({ code: "interrupted", message, hint: afterwards(isDone, kept) })
        // It has no other end.
        else if (!isEndless) tell({ code: "interrupted", message, hint: isDone ? whenDone : "" })
        return exitCode
      }
      narrate(
        stopped?._tag === "Crash"
          ? process.getBuiltinModule("node:util").inspect(stopped.error)
          : Cause.pretty(exit.cause)
      )
      tell({
        code: "internal-error",
        message: "this is a bug in Slipway",
        hint: "please report it in the project's issue tracker, with the lines above"
      })
      return exitCodes.failed
    })
  )
}

/**
 * Ends the process, with the exit code that is decided once everything is written: by then it is known whether it could
 * be written. A connection that stays open must not keep the process alive.
 */
const afterOutput = (decide: () => number): void => {
  const flush = (next: () => void): void => {
    process.stdout.write("", () => process.stderr.write("", () => setImmediate(next)))
  }
  flush(() => {
    const exitCode = decide()
    process.exitCode = exitCode
    flush(() => process.exit(exitCode))
  })
}
