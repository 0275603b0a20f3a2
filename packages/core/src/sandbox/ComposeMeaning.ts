import { parseAllDocuments } from "yaml"
import { interpolate } from "./Interpolation.ts"
import { parsePortRange, parsePortText } from "./PortText.ts"

/**
 * What a compose file means when no variable is set, as a text to compare: comments, quoting, variables with defaults
 * and short forms of ports make no difference. Services in `without` are left out, also where others refer to them in
 * `depends_on` and `links`. Null when the text cannot be read.
 */
export const composeMeaning = (text: string, without: ReadonlyArray<string> = []): string | null => {
  const documents = parseAllDocuments(text, { merge: true, logLevel: "silent" })
  if (!Array.isArray(documents) || documents.some((document) => document.errors.length > 0)) return null
  const values = documents.map((document): unknown => {
    try {
      return document.toJS({ maxAliasCount: mostAliases })
    } catch {
      return null
    }
  })
  return values.includes(null) ? null : JSON.stringify(values.map((value) => meaningOfDocument(value, without)))
}

/** More uses of one alias than a person writes. */
const mostAliases = 10_000

type Fields = Readonly<Record<string, unknown>>

const meaningOfDocument = (value: unknown, without: ReadonlyArray<string>): unknown => {
  if (!isFields(value)) return interpolated(value)
  // Extension fields mean nothing by themselves; where they are used, the alias has brought them in.
  const kept = Object.entries(value).filter(([key]) => !key.startsWith("x-"))
  return Object.fromEntries(kept.map(([key, inner]) => [
    key,
    key === "services" && isFields(inner)
      ? Object.fromEntries(
        Object.entries(inner)
          .filter(([name]) => !without.includes(name))
          .map(([name, service]) => [name, meaningOfService(service, without)])
      )
      : interpolated(inner)
  ]))
}

const meaningOfService = (service: unknown, without: ReadonlyArray<string>): unknown => {
  if (!isFields(service)) return interpolated(service)
  return Object.fromEntries(
    Object.entries(service)
      .map(([key, value]): readonly [string, unknown] => {
        if (key === "ports" && Array.isArray(value)) return [key, value.flatMap(meaningOfPort)]
        if (key === "depends_on" || key === "links") return [key, interpolated(referencesWithout(value, without))]
        return [key, interpolated(value)]
      })
      .filter(([key, value]) => !(key === "depends_on" || key === "links") || !isEmpty(value))
  )
}

const referencesWithout = (value: unknown, without: ReadonlyArray<string>): unknown => {
  const isKept = (name: unknown) => typeof name !== "string" || !without.includes(name.split(":")[0] ?? "")
  if (Array.isArray(value)) return value.filter(isKept)
  return isFields(value) ? Object.fromEntries(Object.entries(value).filter(([name]) => isKept(name))) : value
}

const meaningOfPort = (port: unknown): ReadonlyArray<unknown> => {
  if (isFields(port)) {
    return [Object.fromEntries(Object.entries(port).map(([key, value]) => [key, String(interpolated(value))]))]
  }
  const text = String(interpolated(String(port)))
  const { after, before, publishedText, target } = parsePortText(text)
  const [host, container] = [parsePortRange(publishedText), parsePortRange(target)]
  if (host === null || container === null || host.last === host.first) return [text]
  if (host.last - host.first !== container.last - container.first) return [text]
  const protocol = after.slice(1 + target.length)
  return Array.from(
    { length: host.last - host.first + 1 },
    (_, index) => `${before}${host.first + index}:${container.first + index}${protocol}`
  )
}

const interpolated = (value: unknown): unknown => {
  if (typeof value === "string") return interpolate(value)
  if (Array.isArray(value)) return value.map(interpolated)
  return isFields(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, interpolated(inner)]))
    : value
}

const isEmpty = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : isFields(value) && Object.keys(value).length === 0

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)
