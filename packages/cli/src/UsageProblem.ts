import type { CliError, HelpDoc } from "effect/cli"
import { commandHelp } from "./CommandHelp.ts"
import { didYouMean } from "./Suggestion.ts"
import { UsageError } from "./UsageError.ts"

/** What was wrong with the command line, in one sentence, and what was probably meant. */
export const usageProblem = (
  errors: ReadonlyArray<CliError.NonShowHelpErrors>,
  doc: HelpDoc.HelpDoc
): UsageError => {
  const help = commandHelp(doc, [])
  const command = ["slipway", ...help.path].join(" ")
  const seeHelp = `\`${command} --help\` shows how it is used`
  const hinted = (suggestion: string | undefined, more: string): string =>
    suggestion === undefined ? more : `did you mean \`${suggestion}\`? ${more}`
  const first = errors.find(({ _tag }) => _tag === "UnknownSubcommand") ?? errors[0]
  if (first === undefined) return new UsageError({ reason: `${command} needs a command`, hint: seeHelp })

  switch (first._tag) {
    case "UnknownSubcommand": {
      const known = help.commands.flatMap(({ aliases, name }) => [name, ...aliases])
      const [meant] = didYouMean(first.subcommand, known)
      return new UsageError({
        reason: `there is no command \`${command} ${first.subcommand}\``,
        hint: hinted(meant === undefined ? undefined : `${command} ${meant}`, `\`${command} --help\` lists all`)
      })
    }
    case "UnrecognizedOption": {
      const flags = [...help.flags, ...help.globalFlags].flatMap(({ aliases, name }) => [name, ...aliases])
      const [meant] = didYouMean(first.option, flags.filter((flag) => flag.startsWith("--")))
      const isForProgram = help.arguments.some(({ name, required }) => required && name === "COMMAND")
      return new UsageError({
        reason: `\`${command}\` has no flag ${first.option}`,
        hint: isForProgram && meant === undefined
          ? "put -- before the program: what follows is its own"
          : hinted(meant, seeHelp)
      })
    }
    case "MissingArgument": {
      const missing = help.arguments.find(({ required }) => required)?.name ?? first.argument.toUpperCase()
      const position = help.arguments.findIndex(({ name }) => name.toLowerCase() === first.argument.toLowerCase())
      return new UsageError({
        reason: `\`${command}\` needs ${help.arguments[position]?.name ?? missing}`,
        hint: `usage: ${help.usage}`
      })
    }
    case "MissingOption":
      return new UsageError({ reason: `\`${command}\` needs --${first.option}`, hint: seeHelp })
    case "UnexpectedArgument":
      return new UsageError({
        reason: `\`${command}\` does not take ${first.arguments.map((word) => `"${word}"`).join(", ")}`,
        hint: `usage: ${help.usage}`
      })
    case "InvalidValue": {
      const flag = first.option.length === 1 ? `-${first.option}` : `--${first.option}`
      const what = first.kind === "argument" ? first.option.toUpperCase() : flag
      return new UsageError({
        reason: first.value === ""
          ? `${what} needs a value: ${first.expected}`
          : `${what} cannot be "${first.value}": ${lowerFirst(first.expected)}`,
        hint: seeHelp
      })
    }
    case "DuplicateOption":
    case "ValidationError":
    case "UserError":
      return new UsageError({ reason: first.message, hint: seeHelp })
  }
}

const lowerFirst = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1)
