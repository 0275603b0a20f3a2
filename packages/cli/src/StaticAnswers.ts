import type { Shell } from "./completions/CompletionScript.ts"
import { successEnvelope } from "./output/Envelope.ts"
import type { CommandHelp } from "./parser/CommandHelp.ts"

/** What is the same at every call, rendered when the package is built. */
export interface StaticAnswers {
  /** Each command with its help text in colours. */
  readonly commands: ReadonlyArray<{ readonly help: CommandHelp; readonly text: string }>
  readonly completions: Readonly<Record<Shell, string>>
  /** What `slipway crd` prints: for people and kubectl, and for programs. */
  readonly crd: { readonly text: string; readonly json: string }
}

/** A command line that {@link StaticAnswers} may answer. */
export type StaticRequest =
  | { readonly _tag: "Version"; readonly json: boolean }
  | { readonly _tag: "Help"; readonly json: boolean; readonly words: ReadonlyArray<string> }
  | { readonly _tag: "Completions"; readonly json: boolean; readonly shell: string }
  | { readonly _tag: "Crd"; readonly json: boolean }

/** What a command line asks for when it is so simple that no parser is needed; null otherwise. */
export const staticRequest = (args: ReadonlyArray<string>): StaticRequest | null => {
  const words = args.filter((arg) => !arg.startsWith("-"))
  const flags = new Set(args.filter((arg) => arg.startsWith("-")))
  const json = flags.delete("--json")
  const asksHelp = [flags.delete("--help"), flags.delete("-h")].includes(true)
  const asksVersion = flags.delete("--version")
  if (flags.size > 0) return null
  if (asksHelp) return { _tag: "Help", json, words }
  if (asksVersion) return { _tag: "Version", json }
  if (words.length === 0) return { _tag: "Help", json, words }
  if (words[0] === "help") return { _tag: "Help", json, words: words.slice(1) }
  const [command, shell, ...rest] = words
  if (command === "crd" && words.length === 1) return { _tag: "Crd", json }
  return command === "completions" && shell !== undefined && rest.length === 0
    ? { _tag: "Completions", json, shell }
    : null
}

/** The answer to a request, in colours; null when it takes the parser to say what is wrong with it. */
export const staticAnswer = (
  request: Exclude<StaticRequest, { _tag: "Version" }>,
  answers: StaticAnswers
): string | null => {
  if (request._tag === "Completions") {
    const { json, shell } = request
    if (shell !== "bash" && shell !== "zsh" && shell !== "fish") return null
    const script = answers.completions[shell]
    return json ? successEnvelope("completions", { shell, script }) : script.trimEnd()
  }
  if (request._tag === "Crd") return request.json ? answers.crd.json : answers.crd.text
  const found = commandAt(request.words, answers)
  return found === null ? null : request.json ? successEnvelope("help", found.help) : found.text
}

/** The command that words name; words behind a command without subcommands are its arguments. */
const commandAt = (words: ReadonlyArray<string>, { commands }: StaticAnswers) => {
  let found = commands.find(({ help }) => help.path.length === 0) ?? null
  for (const word of words) {
    if (found === null || found.help.commands.length === 0) return found
    const { path } = found.help
    found = commands.find(({ help }) =>
      help.path.length === path.length + 1 && path.every((part, index) =>
        help.path[index] === part
      ) &&
      (help.path.at(-1) === word || help.aliases.includes(word))
    ) ?? null
  }
  return found
}
