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

/** Completion for zsh, sourced or found in `fpath`. */
export const zshCompletion = (commands: ReadonlyArray<CommandHelp>): string =>
  `#compdef slipway
# zsh completion for slipway
_slipway() {
  local at="" previous="\${words[CURRENT - 1]}" i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    case "\${words[i]}" in
      (--) _default; return ;;
      (${valueSpellings(commands).join("|")}) ((i++)); continue ;;
    esac
    case "$at/\${words[i]}" in
${
    entries(commands).map(({ from, to, words }) =>
      `      (${words.map((word) => `${from}/${word}`).join("|")}) at="${to}" ;;`
    ).join("\n")
  }
    esac
  done
  case "$at:$previous" in
${commands.flatMap(valueCases).join("\n")}
  esac
  if [[ $PREFIX == -* ]]; then
    case "$at" in
${
    commands.map((command) =>
      `      ("${pathWord(command.path)}") found=(${
        flagsOf(command).flatMap((flag) => spellingsOf(flag).map((spelling) => described(spelling, flag.description)))
          .join(" ")
      }) ;;`
    ).join("\n")
  }
    esac
    _describe -o flag found
    return
  fi
  case "$at" in
${
    commands.map((command) =>
      `    ("${pathWord(command.path)}") ${
        command.commands.length > 0
          ? `found=(${
            command.commands.flatMap(({ aliases, name, summary }) =>
              [name, ...aliases].map((word) => described(word, summary))
            ).join(" ")
          }); _describe command found`
          : complete(argumentSource(command, commands))
      } ;;`
    ).join("\n")
  }
  esac
}
if [[ \${zsh_eval_context[-1]} == loadautofunc ]]; then _slipway "$@"; else compdef _slipway slipway; fi
`

const valueCases = (command: CommandHelp): ReadonlyArray<string> =>
  flagsOf(command).flatMap((flag) =>
    flag.value === undefined
      ? []
      : [
        `    (${spellingsOf(flag).map((spelling) => `"${pathWord(command.path)}:${spelling}"`).join("|")}) ${
          complete(sourceOf(flag.value))
        }; return ;;`
      ]
  )

const complete = (source: Source): string => {
  switch (source) {
    case "worktrees":
    case "services":
    case "projects":
    case "features":
    case "runs":
      return `found=(\${(f)"$("\${words[1]}" __names ${source} 2>/dev/null)"}); compadd -a found`
    case "folders":
      return "_files -/"
    case "files":
      return "_files"
    default:
      return source.length === 0 ? ":" : `compadd ${source.join(" ")}`
  }
}

const described = (word: string, description: string): string =>
  `'${word.replaceAll(":", "\\:")}:${description.replaceAll("'", "'\\''")}'`
