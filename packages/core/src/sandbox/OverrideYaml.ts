import { Document, type Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml"

/** A value with one of the tags by which Compose replaces instead of merging. */
interface TaggedValue {
  readonly tag: "!override" | "!reset"
  readonly value: YamlValue
}

/** What an override is built of. */
export type YamlValue =
  | string
  | number
  | boolean
  | null
  | ReadonlyArray<YamlValue>
  | TaggedEntry
  | { readonly [key: string]: YamlValue }

const tagged = Symbol("tagged")

/** A {@link TaggedValue} among other values. */
export interface TaggedEntry {
  readonly [tagged]: TaggedValue
}

/** Takes the place of what the compose file has. */
export const overrideWith = (value: YamlValue): TaggedEntry => ({ [tagged]: { tag: "!override", value } })

/** Takes away what the compose file has: a value, or with `[]` a list. */
export const resetTo = (value: null | ReadonlyArray<never>): TaggedEntry => ({ [tagged]: { tag: "!reset", value } })

const isTagged = (value: YamlValue): value is TaggedEntry =>
  typeof value === "object" && value !== null && tagged in value

const isList = (value: YamlValue): value is ReadonlyArray<YamlValue> => Array.isArray(value)

const nodeOf = (value: YamlValue): Node => {
  if (typeof value !== "object" || value === null) return scalarOf(value)
  if (isTagged(value)) {
    const node = nodeOf(value[tagged].value)
    node.tag = value[tagged].tag
    return node
  }
  if (isList(value)) {
    const sequence = new YAMLSeq<Node>()
    sequence.items = value.map(nodeOf)
    return sequence
  }
  const map = new YAMLMap<Node, Node>()
  map.items = Object.entries(value).map(([key, inner]) => new Pair(nodeOf(key), nodeOf(inner)))
  return map
}

/** Characters that YAML readers refuse or lose unless they are escaped. */
const unprintable = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/gu

const scalarOf = (value: string | number | boolean | null): Scalar => {
  const scalar = new Scalar(value)
  if (typeof value === "string" && value.search(unprintable) !== -1) scalar.type = "QUOTE_DOUBLE"
  return scalar
}

/**
 * Serialises a compose file with a comment above it. YAML 1.1 is what quotes most; nothing is folded.
 */
export const renderComposeYaml = (
  comment: ReadonlyArray<string>,
  content: Readonly<Record<string, YamlValue>>
): string => {
  const document = new Document(null, { version: "1.1" })
  document.contents = nodeOf(content)
  const header = comment.map((line) => `# ${line.replaceAll(/\p{Cc}/gu, escaped)}\n`).join("")
  return `${header}\n${document.toString({ lineWidth: 0, directives: false })}`.replaceAll(unprintable, escaped)
}

const escaped = (character: string): string => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`

/** A text that Compose takes as it stands: it expands no variables in it. */
export const composeLiteral = (text: string): string => text.replaceAll("$", "$$$$")
