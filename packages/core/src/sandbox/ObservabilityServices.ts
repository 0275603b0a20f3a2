import { type Document, isMap, isScalar, isSeq, visit, type YAMLSeq } from "yaml"
import { type ComposeText, type ServiceText } from "./ComposeText.ts"
import { commentLines, lineEndOf, lineStart, type TextChange } from "./TextChange.ts"
import {
  asMap,
  contentEnd,
  isNode,
  keyOf,
  pairAt,
  resolved,
  scalarText,
  textAt,
  type YamlMap,
  type YamlNode,
  type YamlPair
} from "./YamlNodes.ts"

/** How observability services are commented out of a compose file. */
export interface ObservabilityChanges {
  readonly changes: ReadonlyArray<TextChange>
  readonly commentedOut: ReadonlyArray<string>
  /** The parts of the text that become comments. */
  readonly hidden: ReadonlyArray<{ readonly start: number; readonly end: number }>
  readonly warnings: ReadonlyArray<string>
}

/**
 * Comments out the services that the shared observability stack stands in for, and what others say of them in
 * `depends_on` and `links`. A service that others need in another way stays, with a warning.
 */
export const withoutObservability = (compose: ComposeText): ObservabilityChanges => {
  const { services, text } = compose
  const candidates = services.filter((service) => service.isObservability)
  const kept = candidates.flatMap((service): ReadonlyArray<{ readonly name: string; readonly reason: string }> => {
    const reason = candidates.length === services.length
      ? "the file has no other services"
      : reasonToKeep(compose, service)
    return reason === null ? [] : [{ name: service.name, reason }]
  })
  const going = candidates.filter((service) => !kept.some(({ name }) => name === service.name))
  const names = new Set(going.map((service) => service.name))
  const hidden = going.map((service) => spanOf(text, service))
  const references = services.filter((service) => !names.has(service.name))
    .flatMap((service) => ["depends_on", "links"].map((key) => withoutReferences(text, service, key, names)))
  return {
    changes: [
      ...hidden.flatMap(({ end, start }) => commentLines(text, start, end)),
      ...explanation(text, hidden),
      ...references.flat()
    ],
    commentedOut: [...names],
    hidden,
    warnings: kept.map(({ name, reason }) => `${name} is not commented out: ${reason}`)
  }
}

const spanOf = (text: string, { pair }: ServiceText): { readonly start: number; readonly end: number } => {
  const start = lineStart(text, pair.key.range[0])
  return { start, end: contentEnd(text, pair.value, pair.key.range[1]) }
}

const reasonToKeep = (compose: ComposeText, service: ServiceText): string | null => {
  if (service.parent.flow === true) return "services are written on one line"
  const { end, start } = spanOf(compose.text, service)
  if (hasAnchorUsedElsewhere(service.document, start, end)) return "other parts of the file repeat parts of it"
  const user = compose.services.find((other) => other.name !== service.name && needsOtherwise(other, service.name))
  return user === undefined ? null : `${user.name} needs it`
}

const hasAnchorUsedElsewhere = (document: Document.Parsed, start: number, end: number): boolean => {
  const isInside = (offset: number) => start <= offset && offset < end
  let found = false
  visit(document, {
    Alias: (_, alias) => {
      const target = alias.resolve(document)
      const [at] = alias.range ?? [-1]
      if (isNode(target) && isInside(target.range[0]) && !isInside(at)) found = true
    }
  })
  return found
}

const needsOtherwise = ({ document, map }: ServiceText, name: string): boolean => {
  const namespaces = ["network_mode", "pid", "ipc"].map((key) => textAt(document, map, key))
  if (namespaces.includes(`service:${name}`)) return true
  const extended = pairAt(document, map, "extends")?.pair.value ?? null
  const extendedMap = asMap(document, extended)
  if (extendedMap !== null && textAt(document, extendedMap, "file") === null) {
    if (textAt(document, extendedMap, "service") === name) return true
  }
  const plain = resolved(document, extended)
  if (isScalar(plain) && scalarText(plain) === name) return true
  return referencesIn(resolved(document, pairAt(document, map, "volumes_from")?.pair.value ?? null), document)
    .some(({ name: other }) => other === name)
}

interface Reference {
  readonly name: string
  readonly start: number
  readonly end: number
}

/** The services that a list, or a map by its keys, names. */
const referencesIn = (value: YamlNode | null, document: Document.Parsed): ReadonlyArray<Reference> => {
  if (isSeq(value)) {
    return value.items.filter(isNode).flatMap((item) => {
      const scalar = resolved(document, item)
      return isScalar(scalar)
        ? [{ name: scalarText(scalar).split(":")[0] ?? "", start: item.range[0], end: item.range[1] }]
        : []
    })
  }
  if (!isMap(value)) return []
  return value.items.flatMap((pair: YamlPair) => {
    const name = keyOf(pair)
    const [start, keyEnd] = pair.key.range
    return name === null ? [] : [{ name, start, end: pair.value?.range[1] ?? keyEnd }]
  })
}

const withoutReferences = (
  text: string,
  { document, map }: ServiceText,
  key: string,
  names: ReadonlySet<string>
): ReadonlyArray<TextChange> => {
  const found = pairAt(document, map, key)
  const value = found === null ? null : resolved(document, found.pair.value)
  if (found === null || !(isSeq(value) || isMap(value))) return []
  const all = referencesIn(value, document)
  const going = all.filter(({ name }) => names.has(name))
  if (going.length === 0) return []
  if (going.length === all.length) return emptied(text, found.map, found.pair, value)
  return value.flow === true
    ? flowChanges(all, names)
    : going.flatMap(({ end, start }) => blockChanges(text, value, start, end))
}

/** All are going: the whole key becomes a comment; where that cannot be, its value becomes empty. */
const emptied = (
  text: string,
  parent: YamlMap,
  pair: YamlPair,
  value: YamlMap | YAMLSeq.Parsed
): ReadonlyArray<TextChange> => {
  const isInPlace = pair.value === value && value.anchor === undefined
  if (isInPlace && parent.flow !== true && parent.items.length > 1) {
    const [start, keyEnd] = pair.key.range
    return commentLines(text, start, contentEnd(text, value, keyEnd))
  }
  if (value.flow !== true) return []
  return [{ start: value.range[0], end: value.range[1], text: isSeq(value) ? "[]" : "{}" }]
}

const blockChanges = (text: string, value: YamlNode, start: number, end: number): ReadonlyArray<TextChange> => {
  const content = isMap(value)
    ? value.items.find((pair: YamlPair) => pair.key.range[0] === start)
    : undefined
  const last = content === undefined ? end : contentEnd(text, content.value, end)
  return commentLines(text, start, last)
}

/** Items before a kept one go up to the next item; those after the last kept one go with the comma before them. */
const flowChanges = (all: ReadonlyArray<Reference>, names: ReadonlySet<string>): ReadonlyArray<TextChange> => {
  const lastKept = all.findLastIndex(({ name }) => !names.has(name))
  const inner = all.slice(0, lastKept).flatMap((reference, index): ReadonlyArray<TextChange> => {
    const next = all[index + 1]
    return names.has(reference.name) && next !== undefined
      ? [{ start: reference.start, end: next.start, text: "" }]
      : []
  })
  const [kept, last] = [all[lastKept], all.at(-1)]
  return kept === undefined || last === undefined || kept === last
    ? inner
    : [...inner, { start: kept.end, end: last.end, text: "" }]
}

const explanationLines = [
  "# -------------------------------------------------------------------------",
  "# Observability services below are commented out because slipway provides a",
  "# shared observability stack, which sandboxes join by themselves. To use them",
  "# without slipway, uncomment them and what depends on them.",
  "# -------------------------------------------------------------------------"
]

const explanation = (
  text: string,
  hidden: ReadonlyArray<{ readonly start: number; readonly end: number }>
): ReadonlyArray<TextChange> => {
  const [first] = hidden.toSorted((one, other) => one.start - other.start)
  if (first === undefined) return []
  const indent = /^ */u.exec(text.slice(first.start))?.[0] ?? ""
  const lines = explanationLines.map((line) => `${indent}${line}${lineEndOf(text)}`).join("")
  return [{ start: first.start, end: first.start, text: lines }]
}
