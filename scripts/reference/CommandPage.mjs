import { code, generatedFrom, page, table } from "./Markdown.mjs"

/** The reference of the command line, from the help of every command, parents first. */
export const commandPage = (commands) =>
  page(
    generatedFrom("the command tree in `packages/cli/src`"),
    "# `slipway`",
    "Answers go to stdout, narration to stderr. Exit codes are in [errors.md](errors.md).",
    globalFlagTable(commands),
    ...commands.map(section)
  )

const section = (command) =>
  page(
    `## ${code(["slipway", ...command.path].join(" "))}`,
    command.summary,
    `\`\`\`text\n${command.usage}\n\`\`\``,
    command.aliases.length === 0 ? "" : `Also: ${command.aliases.map((alias) => code(alias)).join(", ")}`,
    command.commands.length === 0
      ? ""
      : table(["Command", ""], command.commands.map(({ name, summary }) => [code(name), summary])),
    command.arguments.length === 0
      ? ""
      : table(["Argument", ""], command.arguments.map(({ description, name }) => [code(name), description])),
    flagTable(command.flags),
    command.examples.length === 0
      ? ""
      : `\`\`\`sh\n${
        command.examples.map(({ command: line, description }) =>
          description === "" ? line : `${line}  # ${description}`
        )
          .join("\n")
      }\n\`\`\``
  ).trim()

const globalFlagTable = ([first]) =>
  first === undefined || first.globalFlags.length === 0
    ? ""
    : page("## Flags of every command", flagTable(first.globalFlags)).trim()

const flagTable = (flags) =>
  flags.length === 0
    ? ""
    : table(
      ["Flag", ""],
      flags.map(({ aliases, description, name, value }) => [
        [name, ...aliases].map((flag) => code(value === undefined ? flag : `${flag} ${value}`)).join(", "),
        description
      ])
    )
