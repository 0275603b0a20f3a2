import type { CommandHelp, FlagHelp } from "../parser/CommandHelp.ts"

/** What can stand in place of an argument or a flag's value: live names, paths, or fixed words. */
export type Source =
  | "worktrees"
  | "services"
  | "projects"
  | "features"
  | "runs"
  | "folders"
  | "files"
  | ReadonlyArray<string>

/** What completes an argument or value of this name; no words when nothing does. */
export const sourceOf = (name: string): Source => {
  switch (name) {
    case "NAME":
      return "worktrees"
    case "SERVICE":
      return "services"
    case "PROJECT":
      return "projects"
    case "FEATURE":
      return "features"
    case "RUN":
      return "runs"
    case "DIR":
      return "folders"
    case "FILE":
      return "files"
    case "SHELL":
      return ["bash", "zsh", "fish"]
    case "RUNNER":
      return ["process", "docker"]
    case "PUBLISH":
      return ["never", "branch"]
    case "FORMAT":
      return ["jsonl"]
    default:
      return []
  }
}

/** Commands whose first argument names what does not exist yet, or what only a file names. */
const unnamed: ReadonlySet<string> = new Set([
  "project create",
  "feature create",
  "batch plan",
  "batch run",
  "task run"
])

/** What completes the arguments of a command. */
export const argumentSource = (command: CommandHelp, commands: ReadonlyArray<CommandHelp>): Source => {
  const path = command.path.join(" ")
  if (path === "help") return commands.filter((each) => each.path.length === 1).map((each) => each.path.join(" "))
  return unnamed.has(path) ? [] : sourceOf(command.arguments[0]?.name ?? "")
}

/** Flags of a command, global ones too. */
export const flagsOf = (command: CommandHelp): ReadonlyArray<FlagHelp> => [...command.flags, ...command.globalFlags]

/** All spellings of a flag. */
export const spellingsOf = ({ aliases, name }: FlagHelp): ReadonlyArray<string> => [name, ...aliases]

/** Spellings of all flags that take a value, each once. */
export const valueSpellings = (commands: ReadonlyArray<CommandHelp>): ReadonlyArray<string> => [
  ...new Set(commands.flatMap(flagsOf).filter(({ value }) => value !== undefined).flatMap(spellingsOf))
]

/** The path of a command as one word: `sandbox exec` gives `sandbox_exec`, slipway itself the empty string. */
export const pathWord = (path: ReadonlyArray<string>): string => path.join("_")

/** How each command is entered: from where, by which words, to where. */
export const entries = (
  commands: ReadonlyArray<CommandHelp>
): ReadonlyArray<{ readonly from: string; readonly words: ReadonlyArray<string>; readonly to: string }> =>
  commands.filter(({ path }) => path.length > 0).map(({ aliases, path }) => ({
    from: pathWord(path.slice(0, -1)),
    words: [path.at(-1) ?? "", ...aliases],
    to: pathWord(path)
  }))
