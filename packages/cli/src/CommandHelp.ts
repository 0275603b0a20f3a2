import { Option } from "effect"
import type { HelpDoc } from "effect/cli/HelpDoc"

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
export interface ArgumentHelp {
  readonly name: string
  readonly description: string
  readonly required: boolean
  readonly many: boolean
}

/** A subcommand as the help of its parent shows it. */
export interface SubcommandHelp {
  readonly name: string
  readonly aliases: ReadonlyArray<string>
  readonly group?: string
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

/** What the parser knows of a command, in the words of {@link CommandHelp}. */
export const commandHelp = (doc: HelpDoc, aliases: ReadonlyArray<string>): CommandHelp => {
  const path = (doc.commandPath ?? []).slice(1)
  const args = (doc.args ?? []).map((arg): ArgumentHelp => ({
    name: arg.type,
    description: Option.getOrElse(arg.description, () => ""),
    required: arg.required,
    many: arg.variadic
  }))
  const commands = (doc.subcommands ?? []).flatMap(({ commands, group }) =>
    commands.map((command): SubcommandHelp => ({
      name: command.name,
      aliases: command.alias === undefined ? [] : [command.alias],
      ...(group === undefined ? {} : { group }),
      summary: command.description
    }))
  )
  return {
    path,
    aliases,
    summary: doc.description,
    usage: usageLine(path, args, commands.length > 0),
    arguments: args,
    flags: doc.flags.map(flagHelp),
    globalFlags: (doc.globalFlags ?? []).map(flagHelp),
    commands,
    examples: (doc.examples ?? []).map(({ command, description }) => ({ command, description: description ?? "" }))
  }
}

const usageLine = (
  path: ReadonlyArray<string>,
  args: ReadonlyArray<ArgumentHelp>,
  isGroup: boolean
): string =>
  [
    "slipway",
    ...path,
    ...(isGroup ? ["COMMAND"] : []),
    "[FLAGS]",
    // What follows a program's name belongs to the program, so it is set off.
    ...args.flatMap(({ many, name, required }) => {
      const shown = many ? `${name}...` : name
      const set = name === "COMMAND" && many && required ? ["--"] : []
      return [...set, required ? shown : `[${shown}]`]
    })
  ].join(" ")

const flagHelp = (flag: HelpDoc["flags"][number]): FlagHelp => ({
  // The parser writes a one-letter flag with two dashes.
  name: typedFlag(flag.name),
  aliases: flag.aliases.map(typedFlag),
  ...(/^\[?=?boolean\]?$/u.test(flag.type) ? {} : { value: flag.type }),
  description: Option.getOrElse(flag.description, () => "")
})

const typedFlag = (name: string): string => name.startsWith("-") ? name : name.length === 1 ? `-${name}` : `--${name}`
