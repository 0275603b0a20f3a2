import type { CommandHelp, FlagHelp } from "../parser/CommandHelp.ts"
import type { Style } from "./Style.ts"

const width = 80

/** Help of one command, for people. */
export const helpText = (help: CommandHelp, style: Style): string => {
  const groups = new Map<string, ReadonlyArray<readonly [string, string]>>()
  for (const { aliases, group, name, summary } of help.commands) {
    groups.set(group, [...(groups.get(group) ?? []), [[name, ...aliases].join(", "), summary]])
  }
  return [
    wrapped(help.summary, "", width),
    `${style.bold("Usage:")} ${help.usage}`,
    ...(help.aliases.length === 0 ? [] : [`${style.bold("Alias:")} ${help.aliases.join(", ")}`]),
    ...[...groups].map(([title, rows]) => section(title, rows, style)),
    section("Arguments", help.arguments.map(({ description, name }) => [name, description]), style),
    section("Flags", help.flags.map(flagRow), style),
    section("Global flags", help.globalFlags.map(flagRow), style),
    ...(help.examples.length === 0
      ? []
      : [[
        style.bold("Examples:"),
        ...help.examples.flatMap(({ command, description }) => [`  ${style.cyan(command)}`, `      ${description}`])
      ].join("\n")])
  ].filter((part) => part !== "").join("\n\n")
}

const flagRow = ({ aliases, description, name, value }: FlagHelp): readonly [string, string] => {
  const short = [name, ...aliases].find((spelling) => !spelling.startsWith("--"))
  const long = [name, ...aliases].find((spelling) => spelling.startsWith("--"))
  const spelling = [short ?? "  ", ...(long === undefined ? [] : [long])].join(short === undefined ? "  " : ", ")
  return [value === undefined ? spelling : `${spelling} ${value}`, description]
}

const section = (title: string, rows: ReadonlyArray<readonly [string, string]>, style: Style): string => {
  if (rows.length === 0) return ""
  const label = Math.max(...rows.map(([name]) => name.length))
  const indent = " ".repeat(label + 4)
  return [
    style.bold(`${title}:`),
    ...rows.map(([name, text]) =>
      `  ${style.cyan(name)}${" ".repeat(label - name.length + 2)}${wrapped(text, indent, width)}`
    )
  ].join("\n")
}

/** Breaks a text into lines of at most `columns`; all but the first begin with the indent, which counts for all. */
const wrapped = (text: string, indent: string, columns: number): string => {
  const rows: Array<string> = []
  let row = ""
  for (const word of text.split(" ")) {
    const longer = row === "" ? word : `${row} ${word}`
    if (row !== "" && indent.length + longer.length > columns) {
      rows.push(row)
      row = word
    } else row = longer
  }
  return [...rows, row].join(`\n${indent}`)
}
