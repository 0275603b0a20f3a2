import { type Effect, Result } from "effect"
import type { HelpRequest } from "../HelpRequest.ts"
import type { CommandEnded, Invocation, Settings } from "../Invocation.ts"
import type { Screen } from "../output/Screen.ts"
import type { Argument, Flag, Parameter, ValueOf } from "./Parameter.ts"

/** What a command does. Its failures have been told by then, and are exit codes. */
export type CommandRun = Effect.Effect<void, CommandEnded | HelpRequest, Invocation | Screen | Settings>

/** What was given to a command: the values of flags by name, and the words of each argument by name. */
export interface Given {
  readonly flags: ReadonlyMap<string, ReadonlyArray<string>>
  readonly words: ReadonlyMap<string, ReadonlyArray<string>>
}

/** A command of the tree. */
export interface CommandDefinition {
  readonly name: string
  readonly aliases: ReadonlyArray<string>
  /** One sentence. */
  readonly summary: string
  readonly examples: ReadonlyArray<{ readonly command: string; readonly description: string }>
  readonly flags: ReadonlyArray<Flag<unknown>>
  readonly arguments: ReadonlyArray<Argument<unknown>>
  readonly groups: ReadonlyArray<CommandGroup>
  /** Whether help and completions tell of it. */
  readonly isListed: boolean
  /** What it does with what it was given, or why that cannot be taken; null when it only has subcommands. */
  readonly interpret: ((given: Given) => Result.Result<CommandRun, string>) | null
}

/** Commands that help shows together. */
export interface CommandGroup {
  readonly title: string
  readonly commands: ReadonlyArray<CommandDefinition>
}

interface Description {
  readonly name: string
  readonly aliases?: ReadonlyArray<string>
  readonly summary: string
  readonly examples: CommandDefinition["examples"]
}

/**
 * Defines a command that does something. Arguments are taken in the order of their keys.
 *
 * @example
 * command({ name: "done", summary: "…", examples: [], parameters: { name: requiredArgument("NAME", "…") }, run: ({ name }) => … })
 */
export const command = <P extends Readonly<Record<string, Parameter<unknown>>>>(
  description: Description & {
    readonly isListed?: boolean
    readonly parameters: P
    readonly run: (input: { readonly [K in keyof P]: ValueOf<P[K]> }) => CommandRun
  }
): CommandDefinition => {
  const parameters = Object.entries(description.parameters)
  return {
    name: description.name,
    aliases: description.aliases ?? [],
    summary: description.summary,
    examples: description.examples,
    flags: parameters.flatMap(([, parameter]) => parameter._tag === "Flag" ? [parameter] : []),
    arguments: parameters.flatMap(([, parameter]) => parameter._tag === "Argument" ? [parameter] : []),
    groups: [],
    isListed: description.isListed ?? true,
    interpret: (given) =>
      Result.map(
        Result.all(Object.fromEntries(parameters.map(([key, parameter]) => [key, valueOf(parameter, given)]))),
        // Each value was read by the parameter of its key.
        (input) => description.run(input as { readonly [K in keyof P]: ValueOf<P[K]> })
      )
  }
}

/** Defines a command that only has subcommands. */
export const commandGroup = (
  description: Description & { readonly groups: ReadonlyArray<CommandGroup> }
): CommandDefinition => ({
  name: description.name,
  aliases: description.aliases ?? [],
  summary: description.summary,
  examples: description.examples,
  flags: [],
  arguments: [],
  groups: description.groups,
  isListed: true,
  interpret: null
})

const valueOf = (parameter: Parameter<unknown>, given: Given): Result.Result<unknown, string> =>
  parameter._tag === "Flag"
    ? parameter.read(given.flags.get(parameter.spellings[0]) ?? [])
    : parameter.read(given.words.get(parameter.name) ?? [])

/** The commands below a command, listed or not. */
export const subcommandsOf = ({ groups }: CommandDefinition): ReadonlyArray<CommandDefinition> =>
  groups.flatMap(({ commands }) => commands)

/** The command below a command that goes by a word. */
export const subcommand = (parent: CommandDefinition, word: string): CommandDefinition | undefined =>
  subcommandsOf(parent).find(({ aliases, name }) => name === word || aliases.includes(word))
