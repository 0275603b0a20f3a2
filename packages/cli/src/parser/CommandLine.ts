import { Result } from "effect"
import type { Settings } from "../Invocation.ts"
import { UsageError } from "../UsageError.ts"
import { type CommandDefinition, type CommandRun, type Given, subcommand, subcommandsOf } from "./CommandDefinition.ts"
import { isProgram, usageOf } from "./CommandHelp.ts"
import { globalFlags, globalSettings } from "./GlobalFlags.ts"
import type { Flag } from "./Parameter.ts"
import { didYouMean } from "./Suggestion.ts"

/** What a command line means. `path` is that of the command, as far as it was understood. */
export type CommandLine =
  & { readonly path: ReadonlyArray<string> }
  & (
    | { readonly _tag: "Run"; readonly run: CommandRun; readonly settings: Settings["Service"] }
    | { readonly _tag: "Help" }
    | { readonly _tag: "Version" }
    | { readonly _tag: "Mistake"; readonly problem: UsageError }
  )

/**
 * Parses a command line, without the name of the program. Total: a mistake is a result.
 *
 * Flags stand anywhere before `--`; `--flag=value`, `--flag value`, `-fvalue` and bunches of one-letter switches are
 * understood. What follows `--` are words.
 */
export const parseCommandLine = (root: CommandDefinition, args: ReadonlyArray<string>): CommandLine => {
  const end = args.indexOf("--")
  const own = end === -1 ? args : args.slice(0, end)
  const read = readTokens(root, own)
  const { definition, flags, path } = read
  const after = end === -1 ? [] : args.slice(end + 1)
  const program = definition.arguments.find(({ isAfterDashes }) => isAfterDashes === true)
  const words = program === undefined ? [...read.words, ...after] : read.words
  const { help, version, ...settings } = globalSettings(flags)
  const mistake = (reason: string, hint: string): CommandLine => ({
    _tag: "Mistake",
    path,
    problem: new UsageError({ reason, hint })
  })
  const name = ["slipway", ...path].join(" ")

  const [unknown] = definition.groups.length > 0 ? words : []
  if (unknown !== undefined) {
    const listed = subcommandsOf(definition).filter(({ isListed }) => isListed)
    const [meant] = didYouMean(unknown, listed.flatMap((below) => [below.name, ...below.aliases]))
    const all = `\`${name} --help\` lists all`
    return mistake(
      `there is no command \`${name} ${unknown}\``,
      meant === undefined ? all : `did you mean \`${name} ${meant}\`? ${all}`
    )
  }
  if (help) return { _tag: "Help", path }
  if (version) return { _tag: "Version", path }
  const [fault] = read.faults
  if (fault !== undefined) return mistake(...explain(fault, name, definition))
  if (definition.interpret === null) return { _tag: "Help", path }

  const assigned = assignWords(definition, words)
  if (Result.isFailure(assigned)) {
    return mistake(`\`${name}\` ${assigned.failure}`, `usage: ${usageOf(path, definition)}`)
  }
  const run = definition.interpret({
    flags,
    words: program === undefined ? assigned.success : new Map([...assigned.success, [program.name, after]])
  })
  return Result.isFailure(run)
    ? mistake(run.failure, `\`${name} --help\` shows how it is used`)
    : { _tag: "Run", path, run: run.success, settings }
}

/** What is wrong with a flag. */
interface FlagFault {
  readonly kind: "unknown" | "needs-value" | "takes-no-value"
  readonly spelling: string
  readonly value: string
}

interface Tokens {
  readonly definition: CommandDefinition
  readonly path: ReadonlyArray<string>
  readonly flags: ReadonlyMap<string, ReadonlyArray<string>>
  readonly words: ReadonlyArray<string>
  readonly faults: ReadonlyArray<FlagFault>
}

const readTokens = (root: CommandDefinition, args: ReadonlyArray<string>): Tokens => {
  let definition = root
  const path: Array<string> = []
  const flags = new Map<string, Array<string>>()
  const words: Array<string> = []
  const faults: Array<FlagFault> = []
  const find = (spelling: string): Flag<unknown> | undefined =>
    [...definition.flags, ...globalFlags].find(({ spellings }) => spellings.includes(spelling))
  const give = (flag: Flag<unknown>, value: string): void => {
    const [name] = flag.spellings
    flags.set(name, [...(flags.get(name) ?? []), value])
  }

  for (let index = 0; index < args.length; index++) {
    const token = args[index] ?? ""
    if (!token.startsWith("-") || token === "-" || /^-\d/u.test(token)) {
      const next = words.length === 0 ? subcommand(definition, token) : undefined
      if (next === undefined) words.push(token)
      else {
        definition = next
        path.push(next.name)
      }
      continue
    }
    for (const { inline, spelling } of spellingsIn(token, find)) {
      const flag = find(spelling)
      if (flag === undefined) faults.push({ kind: "unknown", spelling, value: "" })
      else if (flag.value === null) {
        if (inline === null) give(flag, "")
        else faults.push({ kind: "takes-no-value", spelling, value: inline })
      } else {
        const value = inline ?? args[index + 1]
        if (value === undefined) faults.push({ kind: "needs-value", spelling, value: flag.value })
        else {
          if (inline === null) index++
          give(flag, value)
        }
      }
    }
  }
  return { definition, path, flags, words, faults }
}

/** The flags that one token holds: `--a`, `--a=b`, or `-abc`, where a value may follow its letter at once. */
const spellingsIn = (
  token: string,
  find: (spelling: string) => Flag<unknown> | undefined
): ReadonlyArray<{ readonly spelling: string; readonly inline: string | null }> => {
  if (token.startsWith("--")) {
    const equals = token.indexOf("=")
    return [
      equals === -1
        ? { spelling: token, inline: null }
        : { spelling: token.slice(0, equals), inline: token.slice(equals + 1) }
    ]
  }
  const found: Array<{ readonly spelling: string; readonly inline: string | null }> = []
  for (let index = 1; index < token.length; index++) {
    const spelling = `-${token[index]}`
    const rest = token.slice(index + 1)
    if (rest !== "" && (rest.startsWith("=") || (find(spelling)?.value ?? null) !== null)) {
      return [...found, { spelling, inline: rest.replace(/^=/u, "") }]
    }
    found.push({ spelling, inline: null })
  }
  return found
}

const explain = (
  { kind, spelling, value }: FlagFault,
  name: string,
  definition: CommandDefinition
): readonly [reason: string, hint: string] => {
  const seeHelp = `\`${name} --help\` shows how it is used`
  switch (kind) {
    case "needs-value":
      return [`${spelling} needs a value: ${value}`, seeHelp]
    case "takes-no-value":
      return [`${spelling} takes no value, so it cannot be "${value}"`, seeHelp]
    case "unknown": {
      const known = [...definition.flags, ...globalFlags].flatMap(({ spellings }) => spellings)
      const [meant] = didYouMean(spelling, known.filter((flag) => flag.startsWith("--")))
      const hint = meant !== undefined
        ? `did you mean \`${meant}\`? ${seeHelp}`
        : definition.arguments.some(isProgram)
        ? "put -- before the program: what follows is its own"
        : seeHelp
      return [`\`${name}\` has no flag ${spelling}`, hint]
    }
  }
}

/** Gives each argument its words, in order; the reason when there are too few or too many. */
const assignWords = (
  definition: CommandDefinition,
  words: ReadonlyArray<string>
): Result.Result<Given["words"], string> => {
  const assigned = new Map<string, ReadonlyArray<string>>()
  let left = words
  for (const { isAfterDashes, isRequired, name, takesMany } of definition.arguments) {
    if (isAfterDashes === true) continue
    const taken = takesMany ? left : left.slice(0, 1)
    if (isRequired && taken.length === 0) return Result.fail(`needs ${name}`)
    assigned.set(name, taken)
    left = left.slice(taken.length)
  }
  return left.length === 0
    ? Result.succeed(assigned)
    : Result.fail(`does not take ${left.map((word) => `"${word}"`).join(", ")}`)
}
