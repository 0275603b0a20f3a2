import { Result } from "effect"
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseAllDocuments,
  type ParsedNode,
  type YAMLMap
} from "yaml"
import { isAliasBomb } from "../../project/AliasBomb.ts"

/** A step from a value to one in it. */
export type FieldPath = ReadonlyArray<string | number>

/** A document of a YAML text. */
export interface YamlDocument {
  /** What it holds, as JSON would. */
  readonly value: unknown
  /** Line of its first value, from 1. */
  readonly line: number
  /** Line of the deepest part of a path that there is; with a mark, that of the mark in the text of its value. */
  readonly lineOf: (path: FieldPath, mark?: TextMark) => number
}

/** A place in a text. */
export interface TextMark {
  /** What stands there; without white space, so that no way to write a text takes it apart. */
  readonly sign: string
  /** How often it stands in the text before. */
  readonly before: number
}

/** What makes a text no YAML. */
export interface YamlFault {
  readonly line: number | null
  readonly message: string
}

/**
 * The documents of a YAML 1.2 or JSON text, without empty ones; or everything for which it is none: syntax, keys given
 * twice, aliases that grow without end.
 */
export const yamlDocuments = (text: string): Result.Result<ReadonlyArray<YamlDocument>, ReadonlyArray<YamlFault>> => {
  // Recursion in the reader: what is nested deeper than any file of a person overflows the stack.
  const read = Result.try({ try: () => readDocuments(text), catch: (cause) => cause })
  if (Result.isSuccess(read)) return read.success
  if (read.failure instanceof RangeError) {
    return Result.fail([{ line: null, message: tooDeep }])
  }
  throw read.failure
}

const tooDeep = "nested too deeply to be read"

const readDocuments = (text: string): Result.Result<ReadonlyArray<YamlDocument>, ReadonlyArray<YamlFault>> => {
  if (isAliasBomb(text)) return Result.fail([{ line: null, message: "its aliases (*) repeat each other without end" }])
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    logLevel: "silent",
    prettyErrors: false,
    // As kubectl reads them.
    merge: true,
    // Looks at each key for each other one; see `structureFaults`.
    uniqueKeys: false
  })
  const documents: ReadonlyArray<Document.Parsed> = Array.isArray(parsed) ? parsed : []
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line)
  const faults = documents.flatMap((document) => [
    ...[...document.errors, ...document.warnings].map((error): YamlFault => ({
      line: lineAt(error.pos[0]),
      message: `no YAML: ${sentence(error.message)}`
    })),
    ...structureFaults(document.contents, lineAt)
  ])
  // The reader tells an overflow of its stack as faults, one for each level that it leaves.
  const overflow = faults.find(({ message }) => message.includes("call stack"))
  if (overflow !== undefined) return Result.fail([{ line: overflow.line, message: tooDeep }])
  if (faults.length > 0) return Result.fail(faults)
  return Result.succeed(
    documents.filter(({ contents }) => contents !== null && !(isScalar(contents) && contents.value === null)).map(
      (document): YamlDocument => ({
        // Bombs are refused above; a file of many harmless aliases is not one.
        value: document.toJS({ maxAliasCount: -1 }),
        line: lineAt(document.contents?.range[0] ?? 0),
        lineOf: linesIn(document, text, lineAt)
      })
    )
  )
}

/** What follows on a colon is of the text itself, and may be a secret. */
const sentence = (message: string): string =>
  message.slice(0, 1).toLowerCase() + message.slice(1).replace(/:\s[^]*$/u, "")

/** What the reader does not look for by itself: keys given twice, aliases of nothing, merges of what is no map. */
const structureFaults = (
  contents: ParsedNode | null,
  lineAt: (offset: number) => number
): ReadonlyArray<YamlFault> => {
  const faults: Array<YamlFault> = []
  const anchors = new Map<string, unknown>()
  const refuse = (node: unknown, message: string) => {
    faults.push({ line: lineAt(startOf(node) ?? 0), message })
  }
  const visitMap = (map: YAMLMap) => {
    const keys = new Set<string>()
    for (const { key, value } of map.items) {
      visit(key)
      if (isScalar(key)) {
        const name = typeof key.value === "symbol" ? "<<" : String(key.value)
        if (keys.has(name)) refuse(key, `the key ${JSON.stringify(name)} is given twice`)
        keys.add(name)
        if (name === "<<" && !isMerged(value, anchors)) refuse(key, "<< merges a map, or a list of maps")
      }
      visit(value)
    }
  }
  const visit = (node: unknown): void => {
    if (isAlias(node)) {
      if (!anchors.has(node.source)) {
        refuse(node, "an alias (*) stands for no anchor (&) before it; quotes make it a text")
      }
      return
    }
    if (isMap(node)) visitMap(node)
    else if (isSeq(node)) node.items.forEach(visit)
    // Its own parts cannot stand for the whole.
    if (isNode(node) && !isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, node)
  }
  visit(contents)
  return faults
}

const isMerged = (node: unknown, anchors: ReadonlyMap<string, unknown>): boolean => {
  const source = isAlias(node) ? anchors.get(node.source) : node
  return isMap(source) ||
    isSeq(source) && source.items.every((item) => isMap(isAlias(item) ? anchors.get(item.source) : item))
}

const linesIn = (
  document: Document.Parsed,
  text: string,
  lineAt: (offset: number) => number
): YamlDocument["lineOf"] => {
  const placeOf = placesIn(document)
  return (path, mark) => {
    const { offset, value } = placeOf(path)
    const at = mark === undefined ? null : markIn(text, isAlias(value) ? value.resolve(document) : value, mark)
    return lineAt(at ?? offset)
  }
}

/** Where a mark stands in the source of a text; null when it is written there in another way. */
const markIn = (text: string, value: unknown, { before, sign }: TextMark): number | null => {
  if (!isScalar(value)) return null
  const [start = 0, end = 0] = value.range ?? []
  let at = text.indexOf(sign, start)
  for (let index = 0; index < before && at !== -1; index += 1) at = text.indexOf(sign, at + sign.length)
  return at === -1 || at >= end ? null : at
}

/** Finds where the key or item of a path stands, and its value; the deepest part of it that there is. */
const placesIn = (
  document: Document.Parsed
): (path: FieldPath) => { readonly offset: number; readonly value: unknown } => {
  const indices = new Map<unknown, ReadonlyMap<string, Pair>>()
  const pairsOf = (map: YAMLMap): ReadonlyMap<string, Pair> => {
    const known = indices.get(map)
    if (known !== undefined) return known
    const index = new Map(
      map.items.flatMap((pair) => isScalar(pair.key) ? [[String(pair.key.value), pair] as const] : [])
    )
    indices.set(map, index)
    return index
  }
  return (path) => {
    let value: unknown = document.contents
    let offset = document.contents?.range[0] ?? 0
    for (const part of path) {
      // The fields of what an alias stands for are elsewhere in the file; that is where they are mended.
      const collection = isAlias(value) ? value.resolve(document) : value
      const pair = isMap(collection) ? pairsOf(collection).get(String(part)) : undefined
      const item: unknown = isSeq(collection) && typeof part === "number" ? collection.items[part] : undefined
      if (pair === undefined && item === undefined) return { offset, value: null }
      offset = startOf(pair === undefined ? item : pair.key) ?? offset
      value = pair === undefined ? item : pair.value
    }
    return { offset, value }
  }
}

const startOf = (node: unknown): number | null => isNode(node) ? node.range?.[0] ?? null : null
