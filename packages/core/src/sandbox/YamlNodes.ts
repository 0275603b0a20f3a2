import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  Scalar,
  type YAMLMap
} from "yaml"
import { interpolate } from "./Interpolation.ts"

/** A value of a YAML text. */
export type YamlNode = ParsedNode

/** A key and value of a YAML map. */
export type YamlPair = Pair<YamlNode, YamlNode | null>

/** A map of a YAML text. */
export type YamlMap = YAMLMap.Parsed

/** The key of a pair as text; null when it is no plain key. */
export const keyOf = (pair: YamlPair): string | null =>
  isScalar(pair.key) && typeof pair.key.value !== "symbol" ? String(pair.key.value) : null

/** The pair of a key that stands in the map itself. */
export const ownPair = (map: YamlMap, key: string): YamlPair | null =>
  map.items.find((pair) => keyOf(pair) === key) ?? null

/** The map and pair where a key of a map really stands: in itself, or in a map that is merged into it. */
export const pairAt = (
  document: Document.Parsed,
  map: YamlMap,
  key: string
): { readonly map: YamlMap; readonly pair: YamlPair } | null => {
  const own = ownPair(map, key)
  if (own !== null) return { map, pair: own }
  for (const merged of mergedMaps(document, map)) {
    const found = pairAt(document, merged, key)
    if (found !== null) return found
  }
  return null
}

const mergedMaps = (document: Document.Parsed, map: YamlMap): ReadonlyArray<YamlMap> =>
  map.items
    .filter((pair) => isScalar(pair.key) && (typeof pair.key.value === "symbol" || pair.key.source === "<<"))
    .flatMap((pair) => {
      const value = resolved(document, pair.value)
      const sources: ReadonlyArray<unknown> = isSeq(value) ? value.items : [value]
      return sources.map((source) => isNode(source) ? asMap(document, source) : null).filter((source) =>
        source !== null
      )
    })

/** Follows an alias to what it stands for; null for nothing, and for an alias that leads nowhere. */
export const resolved = (document: Document.Parsed, node: YamlNode | null): Exclude<YamlNode, Alias.Parsed> | null => {
  if (!isAlias(node)) return node
  const target = node.resolve(document)
  return isNode(target) && !isAlias(target) ? target : null
}

/** A named boundary: what `yaml` parsed from a text always has a range. */
export const isNode = (value: unknown): value is YamlNode =>
  (isScalar(value) || isMap(value) || isSeq(value) || isAlias(value)) && Array.isArray(value.range)

/** The map that a node is or leads to. */
export const asMap = (document: Document.Parsed, node: YamlNode | null): YamlMap | null => {
  const value = resolved(document, node)
  return isMap(value) ? value : null
}

/** The text of a scalar as it is meant: `8080` for `8080`, `"8080"` and `'8080'`. */
export const scalarText = (scalar: Scalar.Parsed): string =>
  typeof scalar.value === "string" ? scalar.value : scalar.source

/** The text of a key's value with defaults of variables filled in; null when it is no text. */
export const textAt = (document: Document.Parsed, map: YamlMap, key: string): string | null => {
  const found = pairAt(document, map, key)
  const value = found === null ? null : resolved(document, found.pair.value)
  return isScalar(value) && value.value !== null ? interpolate(scalarText(value)) : null
}

/** The nodes of a list, or of a map's pairs, below a key of a service; empty when there is no list. */
export const itemsAt = (document: Document.Parsed, map: YamlMap, key: string): ReadonlyArray<YamlNode> => {
  const found = pairAt(document, map, key)
  const value = found === null ? null : resolved(document, found.pair.value)
  return isSeq(value) ? value.items.filter((item) => !isPair(item)).filter(isNode) : []
}

/** The text of a scalar in the quotes that another one has; plain ones get double quotes, as ports should have. */
export const quotedLike = (scalar: Scalar.Parsed, text: string): string =>
  scalar.type === Scalar.QUOTE_SINGLE ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text)

/** Whether a scalar stands on one line and can be replaced there. */
export const isReplaceable = (scalar: Scalar.Parsed): boolean =>
  scalar.type === Scalar.PLAIN || scalar.type === Scalar.QUOTE_DOUBLE || scalar.type === Scalar.QUOTE_SINGLE

/** Where the content of a node ends, without the blank lines and comments that follow it. */
export const contentEnd = (text: string, node: YamlNode | null, otherwise: number): number => {
  if (node === null) return otherwise
  if ((isMap(node) || isSeq(node)) && node.flow !== true) {
    const last: unknown = node.items.at(-1)
    if (isPair(last)) {
      const key = isNode(last.key) ? last.key.range[1] : otherwise
      return contentEnd(text, isNode(last.value) ? last.value : null, key)
    }
    return isNode(last) ? contentEnd(text, last, otherwise) : otherwise
  }
  const end = node.range[1]
  return node.range[0] + text.slice(node.range[0], end).trimEnd().length
}
