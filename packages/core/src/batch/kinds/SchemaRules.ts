import { Schema, type SchemaAST } from "effect"

/** What arbitraries make texts of, in the place of the rule's own pattern: short ones, as people write them. */
interface Sample {
  readonly sample?: RegExp
}

/**
 * A text must match a pattern. Patterns stand in CustomResourceDefinitions too: only what RE2 knows, no lookahead.
 * `expected` follows on `must be`.
 */
export const matching = (pattern: RegExp, expected: string, { sample }: Sample = {}): SchemaAST.Filter<string> =>
  Schema.isPattern(pattern, {
    expected,
    ...sample === undefined
      ? {}
      : { arbitraryConstraint: { patterns: [{ source: sample.source, flags: sample.flags }] } }
  })

/** The pattern of a map's keys that may be any text. */
export const anyText = "^"

/** Any text. Only arbitraries keep the sample: for keys and values of maps, whose rules the whole map tells. */
export const textLike = (sample: RegExp) =>
  Schema.String.check(
    Schema.makeFilter((_text: string) => true, {
      // Keys that a schema says nothing of make it forget the values.
      toJsonSchema: () => ({ pattern: anyText }),
      arbitraryConstraint: { patterns: [{ source: sample.source, flags: sample.flags }] }
    })
  )

/** A text must not match a pattern. */
export const refusing = (pattern: RegExp, expected: string): SchemaAST.Filter<string> =>
  Schema.makeFilter((text: string) => !pattern.test(text), {
    expected,
    toJsonSchema: () => ({ not: { pattern: pattern.source } })
  })

/** A text of at most so many characters. What is longer is not looked at any further. */
export const atMost = (length: number): SchemaAST.Filter<string> =>
  Schema.isMaxLength(length, { expected: `at most ${length} characters long` }).abort()

/** A whole number within bounds, which are part of it. */
export const wholeNumber = (minimum: number, maximum: number, expected: string) =>
  Schema.Int.annotate({ expected }).check(Schema.isBetween({ minimum, maximum }, { expected }))

/** `schema`, with what is told when the field is missing. */
export const required = <S extends Schema.Top>(expected: string, schema: S) =>
  schema.pipe(Schema.annotateKey({ messageMissingKey: expected }))

/** How many of some fields an object has: exactly one, at least one, at most one. */
export interface Choice {
  readonly names: ReadonlyArray<string>
  readonly count: "exactly one" | "at least one" | "at most one"
}

/** Where a {@link Choice} stands among a schema's annotations. */
export const choiceAnnotation = "choice"

/** Whose values no message shows, among a schema's annotations. */
export const confidentialAnnotation = "confidential"

/** Which field of a union's members tells them apart, among a schema's annotations. */
export const discriminatorAnnotation = "discriminator"

/** What is wrong with an object's choice; null when nothing is. */
export const choiceFault = ({ count, names }: Choice, fields: object): string | null => {
  const given = names.filter((name) => Object.hasOwn(fields, name))
  if (given.length === 0) {
    return count === "at most one"
      ? null
      : `must have ${count === "at least one" ? "one" : count} of ${list(names, "or")}`
  }
  if (given.length === 1 || count === "at least one") return null
  return `must have ${count} of ${list(names, "or")}, found ${list(given, "and")}`
}

/** An object must make a choice. */
export const choosing = <T extends object>(choice: Choice): SchemaAST.Filter<T> =>
  Schema.makeFilter((fields: T) => choiceFault(choice, fields) ?? true, {
    [choiceAnnotation]: choice,
    toJsonSchema: () => choiceJsonSchema(choice),
    // Else the smallest object that an arbitrary makes is always an empty one.
    ...choice.count === "at most one" ? {} : { arbitraryConstraint: { minProperties: 1 } }
  })

const choiceJsonSchema = ({ count, names }: Choice) => {
  const alternatives = names.map((name) => ({ required: [name] }))
  if (count === "exactly one") return { oneOf: alternatives }
  return count === "at least one" ? { anyOf: alternatives } : { not: { required: names } }
}

/** Each key and value of a map must keep its rule; what is wrong is told at the key. */
export const entriesThat = <T>(
  fault: (key: string, value: T) => string | null,
  expected: string
): SchemaAST.Filter<Readonly<Record<string, T>>> =>
  Schema.makeFilter(
    (entries: Readonly<Record<string, T>>) =>
      Object.entries(entries).flatMap(([key, value]) => {
        const issue = fault(key, value)
        return issue === null ? [] : [{ path: [key], issue }]
      }),
    { expected, toJsonSchema: () => [{}, true] }
  )

const list = (names: ReadonlyArray<string>, conjunction: string): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} ${conjunction} ${names.at(-1)}`
