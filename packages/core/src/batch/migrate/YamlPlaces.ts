import { isAlias, isMap, isNode, isScalar, isSeq, type Pair, type ParsedNode, type YAMLMap, type YAMLSeq } from "yaml"
import { nextLine } from "./TextEdits.ts"

/** A map of a parsed text. */
export type ParsedMap = YAMLMap.Parsed

/** A list of a parsed text. */
export type ParsedSeq = YAMLSeq.Parsed

/** A key and its value in a parsed text. */
export type ParsedPair = Pair<ParsedNode, ParsedNode | null>

/** The name of a key; null when it is no plain one. */
export const keyName = ({ key }: ParsedPair): string | null =>
  isScalar(key) && typeof key.value === "string" ? key.value : null

/** The pair of a key that stands in the map itself, not in one that is merged into it. */
export const pairOf = (map: ParsedMap, name: string): ParsedPair | null =>
  map.items.find((pair) => keyName(pair) === name) ?? null

/** The value of a key when it is a map that stands there itself, not an alias of one. */
export const mapOf = (map: ParsedMap, name: string): ParsedMap | null => {
  const value = pairOf(map, name)?.value
  return isMap(value) ? value : null
}

/** The value of a key when it is a list that stands there itself. */
export const seqOf = (map: ParsedMap, name: string): ParsedSeq | null => {
  const value = pairOf(map, name)?.value
  return isSeq(value) ? value : null
}

/** The value of a key when it is a text that stands there itself. */
export const textOf = (map: ParsedMap, name: string): string | null => {
  const value = pairOf(map, name)?.value
  return isScalar(value) && typeof value.value === "string" ? value.value : null
}

/** Whether a value is absent: `key:`, `key: ~`, `key: null`. */
export const isNothing = (node: ParsedNode | null): boolean => node === null || isScalar(node) && node.value === null

/** Where the colon after a key stands; null when something else is between. */
export const colonOf = (text: string, { key }: ParsedPair): number | null => {
  const between = /^[ \t]*:/u.exec(text.slice(key.range[1], key.range[1] + 1_000))
  return between === null ? null : key.range[1] + between[0].length - 1
}

/** Where a value begins, its anchor and tag included. */
export const startWithProperties = (text: string, node: ParsedNode): number => {
  const start = node.range[0]
  if (isAlias(node) || node.anchor === undefined && node.tag === undefined) return start
  const before = text.slice(Math.max(0, start - 2_000), start)
  return start - (/(?:[&!][^\s,[\]{}]*(?:\s|#[^\n]*\n)+)+$/u.exec(before)?.[0].length ?? 0)
}

/** Whether a map is written in braces with its keys in double quotes, as JSON is. */
export const isQuoted = (node: ParsedNode): boolean => {
  if (!isMap(node) || node.flow !== true) return false
  const key: unknown = node.items[0]?.key
  return isNode(key) && isScalar(key) && key.type === "QUOTE_DOUBLE"
}

/**
 * Where a value in block style ends, with the comments below it that are indented like it or more: they are its own.
 */
export const endWithComments = (text: string, node: ParsedNode, column: number): number => {
  const own = node.range[1]
  let end = own
  let at = own === 0 || text[own - 1] === "\n" ? own : nextLine(text, own)
  while (at < text.length) {
    const next = nextLine(text, at)
    const line = text.slice(at, next)
    const comment = /^ *(?=#)/u.exec(line)?.[0].length
    if (comment !== undefined && comment >= column) end = next
    else if (line.trim() !== "") break
    at = next
  }
  return end
}
