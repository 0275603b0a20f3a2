import { Context, Duration, Effect, Layer, Ref } from "effect"
import { CommandFailed, type CommandRequest, Commands, CommandTimeout } from "../operation/Commands.ts"

/** What a program in memory prints, and how and when it ends. */
export interface MemoryRun {
  readonly stdout?: string
  readonly stderr?: string
  /** 0 when absent. */
  readonly exitCode?: number
  /** How long it runs on after it has printed; not at all when absent. */
  readonly duration?: Duration.Input
}

/** A program in memory. */
export type MemoryProgram = (request: CommandRequest) => MemoryRun

/** What {@link memoryCommandsLayer} was asked to run, in order, for a test to look at. */
export class MemoryCommandRequests
  extends Context.Service<MemoryCommandRequests, Ref.Ref<ReadonlyArray<CommandRequest>>>()(
    "@slipway/core/testing/MemoryCommands/MemoryCommandRequests"
  )
{}

/**
 * Programs by their names; there are no others.
 *
 * @example
 * memoryCommandsLayer({ op: ({ command }) => ({ stdout: `value of ${command.at(-1)}` }) })
 */
export const memoryCommandsLayer = (
  programs: Readonly<Record<string, MemoryProgram>> = {}
): Layer.Layer<Commands | MemoryCommandRequests> =>
  Layer.effect(Commands, memoryCommands(programs)).pipe(
    Layer.provideMerge(Layer.effect(MemoryCommandRequests, Ref.make<ReadonlyArray<CommandRequest>>([])))
  )

const memoryCommands = (programs: Readonly<Record<string, MemoryProgram>>) =>
  Effect.map(MemoryCommandRequests, (requests) =>
    Commands.of({
      run: Effect.fn("Commands.run")(function*(request: CommandRequest) {
        yield* Ref.update(requests, (all) => [...all, request])
        const { directory, onLine, timeout } = request
        const [name] = request.command
        const command = [...request.command]
        const program = Object.hasOwn(programs, name) ? programs[name] : undefined
        if (program === undefined) {
          return yield* new CommandFailed({ command, directory, exitCode: 127, output: "not found" })
        }
        const { duration = 0, exitCode = 0, stderr = "", stdout = "" } = program(request)
        const output = (stdout + stderr).trimEnd()
        const running = Effect.andThen(
          onLine === undefined
            ? Effect.void
            : Effect.forEach([...linesOf(stdout), ...linesOf(stderr)], onLine, { discard: true }),
          Effect.sleep(duration)
        )
        yield* timeout === undefined ? running : Effect.timeoutOrElse(running, {
          duration: timeout,
          orElse: () =>
            new CommandTimeout({
              command,
              directory,
              output,
              seconds: Duration.toSeconds(Duration.fromInputUnsafe(timeout))
            })
        })
        return exitCode === 0 ? stdout : yield* new CommandFailed({ command, directory, exitCode, output })
      })
    }))

const linesOf = (text: string): ReadonlyArray<string> => {
  const lines = text.split("\n")
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines
}
