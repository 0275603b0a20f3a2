import { Clock, DateTime, Effect } from "effect"
import { Commands } from "../operation/Commands.ts"
import { sha256 } from "../operation/Sha256.ts"
import type { CommandLine } from "../project/CommandLine.ts"
import { concealing } from "../project/Concealment.ts"
import { parseEnvFile, secretsFileName } from "../project/EnvFile.ts"
import { ProjectFiles } from "../project/ProjectFiles.ts"

/** A command of the project whose output is kept. */
export interface KeptRunRequest {
  readonly command: CommandLine
  /** Absolute path of the folder that it runs in. */
  readonly directory: string
  readonly variables: Readonly<Record<string, string>>
  /** Seconds. */
  readonly timeout: number
  /** Absolute path of the main checkout, and where the output goes below it, without the time and `.log`. */
  readonly main: string
  readonly output: string
  readonly onLine: (line: string) => Effect.Effect<void>
}

/** What came of a command. */
interface KeptRun {
  readonly passed: boolean
  /** Null when it did not end in time. */
  readonly exitCode: number | null
  readonly ms: number
  /** Relative to the main checkout. */
  readonly output: { readonly path: string; readonly sha256: string }
}

/** The longest output that is kept, in characters: the end of it, where the failure stands. */
const longestOutput = 1_000_000

/**
 * Runs a command to its end, and keeps what it printed, without the values of the worktree's secrets. A command that
 * fails, does not end in time or cannot be started is a run that did not pass, not an error.
 */
export const keptRun = Effect.fn("keptRun")(function*(request: KeptRunRequest) {
  const commands = yield* Commands
  const files = yield* ProjectFiles
  const conceal = concealing(parseEnvFile((yield* files.read(`${request.directory}/${secretsFileName}`)) ?? ""))
  const kept = keepEnd(longestOutput)
  const began = yield* Clock.monotonicTimeNanos
  const exitCode = yield* commands.run({
    command: request.command,
    directory: request.directory,
    variables: request.variables,
    timeout: `${request.timeout} seconds`,
    onLine: (line) => {
      const shown = conceal(line)
      kept.add(shown)
      return request.onLine(shown)
    }
  }).pipe(
    Effect.as<number | null>(0),
    Effect.catchTags({
      CommandFailed: (error) => {
        if (error.exitCode === 127 && kept.isEmpty()) kept.add(conceal(error.message))
        return Effect.succeed<number | null>(error.exitCode)
      },
      CommandTimeout: (error) => {
        kept.add(conceal(error.message))
        return Effect.succeed<number | null>(null)
      }
    })
  )
  const ms = Math.round(Number((yield* Clock.monotonicTimeNanos) - began) / 1e6)
  const time = DateTime.formatIso(yield* DateTime.now).replaceAll(/[-:.]/gu, "")
  const path = `${request.output}-${time}.log`
  const text = kept.text()
  yield* files.write(`${request.main}/${path}`, text)
  const run: KeptRun = { passed: exitCode === 0, exitCode, ms, output: { path, sha256: sha256(text) } }
  return run
})

/** Gathers lines, of which the last ones are kept when there are too many. */
const keepEnd = (longest: number) => {
  let lines: Array<string> = []
  let length = 0
  const cut = () => {
    const text = lines.join("")
    lines = [text.slice(-longest)]
    length = longest
  }
  return {
    add: (line: string) => {
      lines.push(`${line}\n`)
      length += line.length + 1
      if (length > 2 * longest) cut()
    },
    isEmpty: () => length === 0,
    text: () => lines.join("").slice(-longest)
  }
}
