import { CommandFailed, Commands, CommandTimeout } from "@slipway/core"
import { Duration, Effect, Layer } from "effect"
import { isForeignToGit } from "../git/RunGit.ts"
import { Subprocess } from "./Subprocess.ts"

/** The user's own programs, as children of this process. */
export const nodeCommandsLayer: Layer.Layer<Commands, never, Subprocess> = Layer.effect(
  Commands,
  Effect.map(Subprocess, (subprocess) =>
    Commands.of({
      run: Effect.fn("Commands.run")(function*(request) {
        const { command, directory, onLine } = request
        const result = yield* subprocess.run({
          command,
          directory,
          // Started by a git hook, Slipway knows another checkout's folders: a setup command's git must not.
          unset: isForeignToGit,
          ...(request.variables === undefined ? {} : { variables: request.variables }),
          ...(request.timeout === undefined ? {} : { timeout: request.timeout }),
          ...(onLine === undefined ? {} : { onLine: (line: string) => onLine(line) })
        }).pipe(
          Effect.mapError((error) =>
            new CommandFailed({ command: [...command], directory, exitCode: 127, output: error.reason })
          )
        )
        if (result.timedOut) {
          const seconds = Duration.toSeconds(Duration.fromInputUnsafe(request.timeout ?? 0))
          return yield* new CommandTimeout({ command: [...command], directory, seconds, output: result.output })
        }
        if (result.exitCode !== 0) {
          return yield* new CommandFailed({
            command: [...command],
            directory,
            exitCode: result.exitCode,
            output: result.output
          })
        }
        return result.stdout
      })
    }))
)
