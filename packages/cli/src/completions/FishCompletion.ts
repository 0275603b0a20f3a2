import type { CommandHelp, FlagHelp } from "../parser/CommandHelp.ts"
import {
  argumentSource,
  entries,
  flagsOf,
  pathWord,
  type Source,
  sourceOf,
  spellingsOf,
  valueSpellings
} from "./Completable.ts"

/** Completion for fish. */
export const fishCompletion = (commands: ReadonlyArray<CommandHelp>): string =>
  `# fish completion for slipway
function __slipway_at
  set -l at ''
  set -l skip 0
  for word in (commandline -opc)[2..-1]
    if test $skip = 1
      set skip 0
      continue
    end
    switch $word
      case --
        return 1
      case ${valueSpellings(commands).join(" ")}
        set skip 1
        continue
    end
    switch "$at/$word"
${
    entries(commands).map(({ from, to, words }) =>
      `      case ${words.map((word) => `${from}/${word}`).join(" ")}\n        set at ${to}`
    ).join("\n")
  }
    end
  end
  test "$at" = "$argv[1]"
end
complete -c slipway -n 'not contains -- -- (commandline -opc)' -f
${
    commands.flatMap((command) => [
      ...command.commands.flatMap(({ aliases, name, summary }) =>
        [name, ...aliases].map((word) => line(command, `-a ${word} -d ${quoted(summary)}`))
      ),
      ...argumentLines(command, commands),
      ...flagsOf(command).map((flag) => line(command, flagWords(flag)))
    ]).join("\n")
  }
`

const line = (command: CommandHelp, rest: string): string =>
  `complete -c slipway -n '__slipway_at "${pathWord(command.path)}"' ${rest}`

const argumentLines = (command: CommandHelp, commands: ReadonlyArray<CommandHelp>): ReadonlyArray<string> => {
  const words = sourceWords(argumentSource(command, commands))
  return command.commands.length > 0 || words === "" ? [] : [line(command, words)]
}

const flagWords = (flag: FlagHelp): string =>
  [
    ...spellingsOf(flag).map((spelling) =>
      spelling.startsWith("--") ? `-l ${spelling.slice(2)}` : `-s ${spelling.slice(1)}`
    ),
    ...(flag.value === undefined ? [] : ["-x", sourceWords(sourceOf(flag.value))]),
    `-d ${quoted(flag.description)}`
  ].filter((word) => word !== "").join(" ")

const sourceWords = (source: Source): string => {
  switch (source) {
    case "worktrees":
    case "services":
    case "projects":
    case "features":
    case "runs":
      return `-a '(slipway __names ${source} 2>/dev/null)'`
    case "folders":
      return "-a '(__fish_complete_directories)'"
    case "files":
      return "-F"
    default:
      return source.length === 0 ? "" : `-a '${source.join(" ")}'`
  }
}

const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`
