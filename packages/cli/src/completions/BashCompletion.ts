import type { CommandHelp } from "../parser/CommandHelp.ts"
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

/** Completion for bash 3.2 and newer. */
export const bashCompletion = (commands: ReadonlyArray<CommandHelp>): string =>
  `# bash completion for slipway
_slipway() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD - 1]}" at="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      --) compopt -o default 2>/dev/null; return ;;
      ${valueSpellings(commands).join(" | ")}) ((i++)); continue ;;
    esac
    case "$at/\${COMP_WORDS[i]}" in
${
    entries(commands).map(({ from, to, words }) =>
      `      ${words.map((word) => `${from}/${word}`).join(" | ")}) at="${to}" ;;`
    ).join("\n")
  }
    esac
  done
  case "$at:$prev" in
${commands.flatMap(valueCases).join("\n")}
  esac
  if [[ $cur == -* ]]; then
    case "$at" in
${
    commands.map((command) =>
      `      "${pathWord(command.path)}") COMPREPLY=($(compgen -W "${
        flagsOf(command).flatMap(spellingsOf).join(" ")
      }" -- "$cur")) ;;`
    ).join("\n")
  }
    esac
    return
  fi
  case "$at" in
${
    commands.map((command) =>
      `    "${pathWord(command.path)}") ${
        command.commands.length > 0
          ? compgen(command.commands.flatMap(({ aliases, name }) => [name, ...aliases]))
          : compgen(argumentSource(command, commands))
      } ;;`
    ).join("\n")
  }
  esac
}
complete -F _slipway slipway
`

const valueCases = (command: CommandHelp): ReadonlyArray<string> =>
  flagsOf(command).flatMap((flag) =>
    flag.value === undefined
      ? []
      : [
        `    ${spellingsOf(flag).map((spelling) => `"${pathWord(command.path)}:${spelling}"`).join(" | ")}) ${
          compgen(sourceOf(flag.value))
        }; return ;;`
      ]
  )

const compgen = (source: Source): string => {
  switch (source) {
    case "worktrees":
    case "services":
    case "projects":
    case "features":
    case "runs":
      return `COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" __names ${source} 2>/dev/null)" -- "$cur"))`
    case "folders":
      return `COMPREPLY=($(compgen -d -- "$cur"))`
    case "files":
      return `COMPREPLY=($(compgen -f -- "$cur"))`
    default:
      return source.length === 0 ? ":" : `COMPREPLY=($(compgen -W "${source.join(" ")}" -- "$cur"))`
  }
}
