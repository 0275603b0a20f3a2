import { Result } from "effect"

/** A flag and how its values are read. */
export interface Flag<out A> {
  readonly _tag: "Flag"
  /** As they are typed, such as `--yes` and `-y`; the first one names it. */
  readonly spellings: readonly [name: string, ...others: ReadonlyArray<string>]
  /** Name of its value; null for a switch. */
  readonly value: string | null
  readonly description: string
  /** Reads the values in the order in which they were given; the reason when they cannot be taken. */
  readonly read: (values: ReadonlyArray<string>) => Result.Result<A, string>
}

/** An argument and how the words in its place are read. */
export interface Argument<out A> {
  readonly _tag: "Argument"
  /** In capitals, as usage shows it. */
  readonly name: string
  readonly description: string
  readonly isRequired: boolean
  /** Whether it takes all words that are left. */
  readonly takesMany: boolean
  /** Whether it takes the words after `--`, and those alone; other arguments take none of them then. */
  readonly isAfterDashes?: boolean
  /** Reads its words: at least one when it is required, at most one unless it takes many. */
  readonly read: (words: ReadonlyArray<string>) => Result.Result<A, string>
}

/** What a command can be given. */
export type Parameter<A> = Flag<A> | Argument<A>

/** The type that a parameter reads. */
export type ValueOf<P> = P extends Parameter<infer A> ? A : never

/** Another, one-letter spelling. */
export interface FlagOptions {
  readonly short?: string
}

const spellings = (name: string, { short }: FlagOptions): Flag<unknown>["spellings"] =>
  short === undefined ? [name] : [name, short]

/** A flag without a value: on or off. */
export const switchFlag = (name: string, description: string, options: FlagOptions = {}): Flag<boolean> => ({
  _tag: "Flag",
  spellings: spellings(name, options),
  value: null,
  description,
  read: (values) => Result.succeed(values.length > 0)
})

/** A flag with a text; null when it was not given. The last one counts. */
export const textFlag = (
  name: string,
  value: string,
  description: string,
  options: FlagOptions = {}
): Flag<string | null> => ({
  _tag: "Flag",
  spellings: spellings(name, options),
  value,
  description,
  read: (values) => Result.succeed(values.at(-1) ?? null)
})

/** A flag that can be repeated, each time with a text. */
export const textsFlag = (
  name: string,
  value: string,
  description: string,
  options: FlagOptions = {}
): Flag<ReadonlyArray<string>> => ({
  _tag: "Flag",
  spellings: spellings(name, options),
  value,
  description,
  read: (values) => Result.succeed(values)
})

/** A flag whose value must be one of some words; null when it was not given. The last one counts. */
export const choiceFlag = <const Choices extends ReadonlyArray<string>>(
  name: string,
  value: string,
  description: string,
  choices: Choices
): Flag<Choices[number] | null> => ({
  _tag: "Flag",
  spellings: [name],
  value,
  description: `${description}: ${choices.join(", ")}`,
  read: (values) => {
    const text = values.at(-1)
    if (text === undefined) return Result.succeed(null)
    const chosen: Choices[number] | undefined = choices.find((choice) => choice === text)
    return chosen === undefined
      ? Result.fail(`${name} cannot be "${text}": it is one of ${choices.join(", ")}`)
      : Result.succeed(chosen)
  }
})

/** A flag with a whole number that is not below a minimum; null when it was not given. The last one counts. */
export const integerFlag = (
  name: string,
  value: string,
  description: string,
  { minimum, ...options }: FlagOptions & { readonly minimum: number }
): Flag<number | null> => ({
  _tag: "Flag",
  spellings: spellings(name, options),
  value,
  description,
  read: (values) => {
    const text = values.at(-1)
    if (text === undefined) return Result.succeed(null)
    const number = /^-?\d{1,15}$/u.test(text) ? Number(text) : Number.NaN
    return number >= minimum
      ? Result.succeed(number)
      : Result.fail(`${name} cannot be "${text}": it is a whole number, ${minimum} or more`)
  }
})

/** A flag that can be repeated, each time with `KEY=VALUE`. */
export const pairsFlag = (
  name: string,
  value: string,
  description: string
): Flag<Readonly<Record<string, string>>> => ({
  _tag: "Flag",
  spellings: [name],
  value,
  description,
  read: (values) => {
    const wrong = values.find((text) => text.indexOf("=") < 1)
    return wrong === undefined
      ? Result.succeed(
        Object.fromEntries(values.map((text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)]))
      )
      : Result.fail(`${name} cannot be "${wrong}": it is ${value}`)
  }
})

/** An argument that must be given. */
export const requiredArgument = (name: string, description: string): Argument<string> => ({
  _tag: "Argument",
  name,
  description,
  isRequired: true,
  takesMany: false,
  read: ([word = ""]) => Result.succeed(word)
})

/** An argument that can be left out: null then. */
export const optionalArgument = (name: string, description: string): Argument<string | null> => ({
  _tag: "Argument",
  name,
  description,
  isRequired: false,
  takesMany: false,
  read: ([word]) => Result.succeed(word ?? null)
})

/** All words that are left. */
export const wordsArgument = (
  name: string,
  description: string,
  isRequired: boolean
): Argument<ReadonlyArray<string>> => ({
  _tag: "Argument",
  name,
  description,
  isRequired,
  takesMany: true,
  read: (words) => Result.succeed(words)
})

/** A program and its arguments: all that follows `--`; null when nothing does. */
export const programArgument = (name: string, description: string): Argument<ReadonlyArray<string> | null> => ({
  _tag: "Argument",
  name,
  description,
  isRequired: false,
  takesMany: true,
  isAfterDashes: true,
  read: (words) => Result.succeed(words.length === 0 ? null : words)
})

/** An argument that must be one of some words. */
export const choiceArgument = <const Choices extends ReadonlyArray<string>>(
  name: string,
  description: string,
  choices: Choices
): Argument<Choices[number]> => ({
  _tag: "Argument",
  name,
  description,
  isRequired: true,
  takesMany: false,
  read: ([word]) => {
    const chosen: Choices[number] | undefined = choices.find((choice) => choice === word)
    return chosen === undefined
      ? Result.fail(`${name} cannot be "${word}": it is one of ${choices.join(", ")}`)
      : Result.succeed(chosen)
  }
})
