import { type CommandDefinition, subcommand, subcommandsOf } from "./CommandDefinition.ts"
import { globalFlags } from "./GlobalFlags.ts"
import type { Argument, Flag } from "./Parameter.ts"

/** A flag as help shows it. */
export interface FlagHelp {
  /** As it is typed: `--json`, `-C`. */
  readonly name: string
  readonly aliases: ReadonlyArray<string>
  /** Name of its value; absent for a switch. */
  readonly value?: string
  readonly description: string
}

/** An argument as help shows it. */
interface ArgumentHelp {
  readonly name: string
  readonly description: string
  readonly required: boolean
  readonly many: boolean
}

/** A subcommand as the help of its parent shows it. */
interface SubcommandHelp {
  readonly name: string
  readonly aliases: ReadonlyArray<string>
  readonly group: string
  readonly summary: string
}

/** All that help says of one command. */
export interface CommandHelp {
  /** Words after `slipway`; empty for slipway itself. */
  readonly path: ReadonlyArray<string>
  readonly aliases: ReadonlyArray<string>
  readonly summary: string
  readonly usage: string
  readonly arguments: ReadonlyArray<ArgumentHelp>
  readonly flags: ReadonlyArray<FlagHelp>
  readonly globalFlags: ReadonlyArray<FlagHelp>
  readonly commands: ReadonlyArray<SubcommandHelp>
  readonly examples: ReadonlyArray<{ readonly command: string; readonly description: string }>
}

/** Help of a command that is found at a path. */
const commandHelp = (path: ReadonlyArray<string>, definition: CommandDefinition): CommandHelp => ({
  path,
  aliases: definition.aliases,
  summary: definition.summary,
  usage: usageOf(path, definition),
  arguments: definition.arguments.map(({ description, isRequired, name, takesMany }) => ({
    name,
    description,
    required: isRequired,
    many: takesMany
  })),
  flags: definition.flags.map(flagHelp),
  globalFlags: globalFlags.map(flagHelp),
  commands: definition.groups.flatMap(({ commands, title }) =>
    commands.filter(({ isListed }) => isListed).map(({ aliases, name, summary }) => ({
      name,
      aliases,
      group: title,
      summary
    }))
  ),
  examples: definition.examples
})

/** Help of the command that words name, or null when there is none. Aliases are understood. */
export const helpAt = (root: CommandDefinition, words: ReadonlyArray<string>): CommandHelp | null => {
  let found = root
  const path: Array<string> = []
  for (const word of words) {
    const next = subcommand(found, word)
    if (next === undefined) return null
    found = next
    path.push(next.name)
  }
  return commandHelp(path, found)
}

/** Help of every listed command of a tree, parents first. */
export const helpTree = (
  definition: CommandDefinition,
  path: ReadonlyArray<string> = []
): ReadonlyArray<CommandHelp> => [
  commandHelp(path, definition),
  ...subcommandsOf(definition).filter(({ isListed }) => isListed).flatMap((below) =>
    helpTree(below, [...path, below.name])
  )
]

/** How a command is typed: `slipway done [FLAGS] NAME`. */
export const usageOf = (path: ReadonlyArray<string>, definition: CommandDefinition): string =>
  [
    "slipway",
    ...path,
    ...(definition.groups.length > 0 ? ["COMMAND"] : []),
    "[FLAGS]",
    ...definition.arguments.flatMap(argumentUsage)
  ].join(" ")

const argumentUsage = (argument: Argument<unknown>): ReadonlyArray<string> => {
  const shown = argument.takesMany ? `${argument.name}...` : argument.name
  if (argument.isAfterDashes === true) return [`[-- ${shown}]`]
  return [...(isProgram(argument) ? ["--"] : []), argument.isRequired ? shown : `[${shown}]`]
}

/** What follows the name of a program belongs to the program, so it is set off. */
export const isProgram = ({ isRequired, takesMany }: Argument<unknown>): boolean => isRequired && takesMany

const flagHelp = ({ description, spellings: [name, ...aliases], value }: Flag<unknown>): FlagHelp => ({
  name,
  aliases,
  ...(value === null ? {} : { value }),
  description
})
