import { exitCodeOf, type Problem } from "@slipway/core"
import { Effect } from "effect"
import type { CliOutput } from "effect/cli"
import { completionScript } from "./completions/CompletionScript.ts"
import { HelpRequest } from "./HelpRequest.ts"
import { CommandEnded } from "./Invocation.ts"
import { failureEnvelope, successEnvelope } from "./output/Envelope.ts"
import { helpText } from "./output/HelpText.ts"
import { problemText } from "./output/Messages.ts"
import { Screen } from "./output/Screen.ts"
import { commandTree, helpOf, parseAndRun } from "./Parser.ts"
import { didYouMean } from "./Suggestion.ts"
import { UsageError } from "./UsageError.ts"
import { usageProblem } from "./UsageProblem.ts"
import { version } from "./Version.ts"

/** Whether a command line asks for JSON, also when the rest of it is a mistake. */
export const wantsJson = (args: ReadonlyArray<string>): boolean => {
  const end = args.indexOf("--")
  return (end === -1 ? args : args.slice(0, end)).includes("--json")
}

/** Runs one command line to its end and gives its exit code. Everything expected has been told by then. */
export const runSlipway = Effect.fnUntraced(function*(args: ReadonlyArray<string>) {
  const json = wantsJson(args)
  const { event, failure } = yield* parseAndRun(args)
  if (failure instanceof CommandEnded) return failure.exitCode
  if (failure instanceof HelpRequest) {
    return failure.topic._tag === "Help"
      ? yield* showHelp(failure.topic.path, json)
      : yield* showCompletions(failure.topic.shell, json)
  }
  if (event === null) return 0
  switch (event._tag) {
    case "Version":
      return yield* succeed({ command: "version", json, data: { version }, text: version })
    case "Help":
      return yield* (yield* mistypedCommand(args, event)) ?? showHelp(event.commandPath.slice(1), json)
    case "InvalidInvocation":
      return yield* refuse({
        command: event.commandPath.slice(1).join("-"),
        json,
        problem: usageProblem(event.errors, event.helpDoc)
      })
  }
})

const showHelp = Effect.fnUntraced(function*(path: ReadonlyArray<string>, json: boolean) {
  const help = yield* helpOf(path)
  if (help === null) {
    const known = (yield* commandTree()).map((command) => command.path.join(" "))
    const [meant] = didYouMean(path.join(" "), known.filter((name) => name !== ""))
    const all = "`slipway help` lists all"
    return yield* refuse({
      command: "help",
      json,
      problem: new UsageError({
        reason: `there is no command \`slipway ${path.join(" ")}\``,
        hint: meant === undefined ? all : `did you mean \`slipway help ${meant}\`? ${all}`
      })
    })
  }
  const { stdout } = yield* Screen
  return yield* succeed({ command: "help", json, data: help, text: helpText(help, stdout.style) })
})

/** `slipway wortrees --help` is a mistake, though the parser answers it with the help of what it understood. */
const mistypedCommand = Effect.fnUntraced(function*(
  args: ReadonlyArray<string>,
  { commandPath, helpDoc, reason }: CliOutput.Presenter.Help
) {
  if (reason !== "Requested" || (helpDoc.subcommands ?? []).length === 0) return null
  const { event } = yield* parseAndRun(args.filter((arg) => arg !== "--help" && arg !== "-h"))
  if (event?._tag !== "InvalidInvocation" || !event.errors.some(({ _tag }) => _tag === "UnknownSubcommand")) return null
  return refuse({
    command: commandPath.slice(1).join("-"),
    json: wantsJson(args),
    problem: usageProblem(event.errors, event.helpDoc)
  })
})

const showCompletions = Effect.fnUntraced(function*(shell: "bash" | "zsh" | "fish", json: boolean) {
  const script = completionScript(shell, yield* commandTree())
  return yield* succeed({ command: "completions", json, data: { shell, script }, text: script.trimEnd() })
})

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
