import { Result } from "effect"
import { type Document, isMap, isScalar, parseAllDocuments, type Scalar } from "yaml"
import { isObservabilityImage } from "./ObservabilityImage.ts"
import { parsePortText, parsePublished, type PortText, type PublishedText } from "./PortText.ts"
import {
  asMap,
  itemsAt,
  keyOf,
  ownPair,
  pairAt,
  resolved,
  scalarText,
  textAt,
  type YamlMap,
  type YamlPair
} from "./YamlNodes.ts"

/** A compose file as text, read but not resolved: positions of everything in it are known. */
export interface ComposeText {
  readonly text: string
  readonly documents: ReadonlyArray<Document.Parsed>
  readonly services: ReadonlyArray<ServiceText>
}

/** A service as it stands in a compose file. */
export interface ServiceText {
  readonly name: string
  readonly document: Document.Parsed
  /** Its key and value in `services`. */
  readonly pair: YamlPair
  /** The map that `services` is. */
  readonly parent: YamlMap
  /** Its own map, or the one that its alias leads to. */
  readonly map: YamlMap
  /** With default values of variables; null without an image. */
  readonly image: string | null
  readonly isObservability: boolean
  readonly ports: ReadonlyArray<ServicePort>
}

/** A published port of a service as it stands in a compose file. */
export interface ServicePort {
  readonly service: string
  /** Container port or range. */
  readonly target: string
  readonly protocol: string
  readonly published: PublishedText
  /** The scalar with the published part: the whole entry in the short form, `published` in the long form. */
  readonly scalar: Scalar.Parsed
  /** The entry taken apart; null in the long form. */
  readonly short: PortText | null
  /** Whether the entry stands in the list itself, not behind an alias or with an anchor or tag. */
  readonly isPlainItem: boolean
}

/**
 * Reads the text of a compose file; gives the reason when it cannot be read as YAML or has no services.
 */
export const readComposeText = (text: string): Result.Result<ComposeText, string> => {
  const documents = parseDocuments(text)
  const fault = documents.flatMap((document) => document.errors)[0]
  if (fault !== undefined) return Result.fail((fault.message.split("\n")[0] ?? fault.message).replace(/:$/u, ""))
  const services = documents.flatMap(servicesOf)
  return services.length === 0 ? Result.fail("it has no services") : Result.succeed({ text, documents, services })
}

const parseDocuments = (text: string): ReadonlyArray<Document.Parsed> => {
  const documents = parseAllDocuments(text, { merge: true, logLevel: "silent", uniqueKeys: true })
  return Array.isArray(documents) ? documents : []
}

const servicesOf = (document: Document.Parsed): ReadonlyArray<ServiceText> => {
  const parent = isMap(document.contents)
    ? asMap(document, ownPair(document.contents, "services")?.value ?? null)
    : null
  if (parent === null) return []
  return parent.items.flatMap((pair): ReadonlyArray<ServiceText> => {
    const name = keyOf(pair)
    const map = asMap(document, pair.value)
    if (name === null || map === null) return []
    const image = textAt(document, map, "image")
    return [{
      name,
      document,
      pair,
      parent,
      map,
      image,
      isObservability: image !== null && isObservabilityImage(image),
      ports: portsOf(document, map, name)
    }]
  })
}

const portsOf = (document: Document.Parsed, map: YamlMap, service: string): ReadonlyArray<ServicePort> =>
  itemsAt(document, map, "ports").flatMap((item): ReadonlyArray<ServicePort> => {
    const entry = resolved(document, item)
    if (isScalar(entry)) {
      const short = parsePortText(scalarText(entry))
      const { protocol, published, target } = short
      const isPlainItem = entry === item && entry.anchor === undefined && entry.tag === undefined
      return [{ service, target, protocol, published, scalar: entry, short, isPlainItem }]
    }
    if (!isMap(entry)) return []
    const found = pairAt(document, entry, "published")
    const scalar = found === null ? null : resolved(document, found.pair.value)
    if (!isScalar(scalar)) return []
    return [{
      service,
      target: textAt(document, entry, "target") ?? "",
      protocol: textAt(document, entry, "protocol") ?? "tcp",
      published: parsePublished(scalarText(scalar)),
      scalar,
      short: null,
      isPlainItem: false
    }]
  })
