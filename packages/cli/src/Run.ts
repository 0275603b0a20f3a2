import { exitCodeOf, type Problem } from "@slipway/core"
import { Effect, Result } from "effect"
import { slipwayCommand } from "./Cli.ts"
import { completionScript, type Shell } from "./completions/CompletionScript.ts"
import type { HelpRequest } from "./HelpRequest.ts"
import { Settings } from "./Invocation.ts"
import { failureEnvelope, successEnvelope } from "./output/Envelope.ts"
import { helpText } from "./output/HelpText.ts"
import { problemText } from "./output/Messages.ts"
import { Screen } from "./output/Screen.ts"
import { helpAt, helpTree } from "./parser/CommandHelp.ts"
import { parseCommandLine } from "./parser/CommandLine.ts"
import { didYouMean } from "./parser/Suggestion.ts"
import { UsageError } from "./UsageError.ts"
import { version } from "./Version.ts"

/** Whether a command line asks for JSON, also when the rest of it is a mistake. */
export const wantsJson = (args: ReadonlyArray<string>): boolean => {
  const end = args.indexOf("--")
  return (end === -1 ? args : args.slice(0, end)).includes("--json")
}

/** Runs one command line to its end and gives its exit code. Everything expected has been told by then. */
export const runSlipway = Effect.fnUntraced(function*(args: ReadonlyArray<string>) {
  const json = wantsJson(args)
  const line = parseCommandLine(slipwayCommand, args)
  switch (line._tag) {
    case "Mistake":
      return yield* refuse({ command: line.path.join("-"), json, problem: line.problem })
    case "Help":
      return yield* showHelp(line.path, json)
    case "Version":
      return yield* succeed({ command: "version", json, data: { version }, text: version })
    case "Run": {
      const result = yield* Effect.result(Effect.provideService(line.run, Settings, line.settings))
      if (Result.isSuccess(result)) return 0
      return result.failure._tag === "CommandEnded"
        ? result.failure.exitCode
        : yield* answerFromTree(result.failure, json)
    }
  }
})

const answerFromTree = ({ topic }: HelpRequest, json: boolean) =>
  topic._tag === "Help" ? showHelp(topic.path, json) : showCompletions(topic.shell, json)

const showHelp = Effect.fnUntraced(function*(path: ReadonlyArray<string>, json: boolean) {
  const help = helpAt(slipwayCommand, path)
  if (help === null) return yield* refuse({ command: "help", json, problem: noSuchHelp(path) })
  const { stdout } = yield* Screen
  return yield* succeed({ command: "help", json, data: help, text: helpText(help, stdout.style) })
})

const noSuchHelp = (path: ReadonlyArray<string>): UsageError => {
  const known = helpTree(slipwayCommand).map((command) => command.path.join(" ")).filter((name) => name !== "")
  const [meant] = didYouMean(path.join(" "), known)
  const all = "`slipway help` lists all"
  return new UsageError({
    reason: `there is no command \`slipway ${path.join(" ")}\``,
    hint: meant === undefined ? all : `did you mean \`slipway help ${meant}\`? ${all}`
  })
}

const showCompletions = (shell: Shell, json: boolean) => {
  const script = completionScript(shell, helpTree(slipwayCommand))
  return succeed({ command: "completions", json, data: { shell, script }, text: script.trimEnd() })
}

const succeed = Effect.fnUntraced(function*(
  answer: { readonly command: string; readonly json: boolean; readonly data: unknown; readonly text: string }
) {
  const screen = yield* Screen
  yield* screen.answer(answer.json ? successEnvelope(answer.command, answer.data) : answer.text)
  return 0
})

const refuse = Effect.fnUntraced(function*(
  { command, json, problem }: { readonly command: string; readonly json: boolean; readonly problem: Problem }
) {
  const screen = yield* Screen
  yield* json
    ? screen.answer(failureEnvelope(command === "" ? "slipway" : command, problem))
    : screen.narrate(problemText(problem, screen.stderr.style))
  return exitCodeOf(problem)
})
