import { interpolationParts } from "./Interpolation.ts"

/**
 * What a port entry publishes on the host: nothing (an ephemeral port), a port, a range of ports, a variable, or
 * something that cannot be told from the text.
 */
export type PublishedText =
  | { readonly _tag: "Ephemeral" }
  | { readonly _tag: "Port"; readonly port: number }
  | { readonly _tag: "Range"; readonly first: number; readonly last: number }
  | {
    readonly _tag: "Variable"
    readonly variable: string
    /** The port, or the first of the range, that it stands for by default; null without one. */
    readonly base: number | null
  }
  | { readonly _tag: "Unclear" }

/** A port entry in Compose's short form, taken apart at the published part. */
export interface PortText {
  /** Before the published part, such as `127.0.0.1:`. */
  readonly before: string
  /** As it is written. */
  readonly publishedText: string
  readonly published: PublishedText
  /** After the published part, such as `:80/udp`. */
  readonly after: string
  /** Container port or range as it is written, without the protocol. */
  readonly target: string
  /** `tcp` unless the entry says otherwise. */
  readonly protocol: string
}

/**
 * Takes a port entry in the short form apart: `80`, `8080:80`, `127.0.0.1:8080:80`, `[::1]:8080:80`,
 * `3000-3005:3000-3005`, `53:53/udp`, with variables at any place.
 *
 * @example
 * parsePortText("127.0.0.1:8080:80/udp") // { before: "127.0.0.1:", publishedText: "8080", after: ":80/udp", … }
 */
export const parsePortText = (text: string): PortText => {
  const colons = colonsOf(text)
  const last = colons.at(-1)
  const [target = "", protocol = "tcp"] = text.slice(last === undefined ? 0 : last + 1).split("/")
  if (last === undefined) {
    return { before: "", publishedText: "", published: { _tag: "Ephemeral" }, after: text, target, protocol }
  }
  const start = (colons.at(-2) ?? -1) + 1
  const publishedText = text.slice(start, last)
  return {
    before: text.slice(0, start),
    publishedText,
    published: parsePublished(publishedText),
    after: text.slice(last),
    target,
    protocol
  }
}

/** Reads the published part of a port entry, or `published` of the long form. */
export const parsePublished = (text: string): PublishedText => {
  const fixed = parseFixed(text)
  if (fixed !== null) return fixed
  const parts = interpolationParts(text)
  const [part] = parts
  if (parts.length !== 1 || part?._tag !== "Reference") return { _tag: "Unclear" }
  const { default: fallback, name } = part.reference
  const base = fallback === null ? null : parsePublished(fallback)
  return { _tag: "Variable", variable: name, base: base === null ? null : baseOf(base) }
}

/** The first port that is published; null when that is unknown or left to the engine. */
export const baseOf = (published: PublishedText): number | null => {
  switch (published._tag) {
    case "Port":
      return published.port
    case "Range":
      return published.first
    case "Variable":
      return published.base
    default:
      return null
  }
}

/** Port or range in digits; null when it is neither. */
export const parsePortRange = (text: string): { readonly first: number; readonly last: number } | null => {
  const found = /^(\d{1,5})(?:-(\d{1,5}))?$/u.exec(text.trim())
  if (found === null) return null
  const first = Number(found[1])
  const last = found[2] === undefined ? first : Number(found[2])
  return first <= last && last <= 65535 ? { first, last } : null
}

const parseFixed = (text: string): PublishedText | null => {
  if (text.trim() === "" || text.trim() === "0") return { _tag: "Ephemeral" }
  const range = parsePortRange(text)
  if (range === null) return null
  return range.first === range.last ? { _tag: "Port", port: range.first } : { _tag: "Range", ...range }
}

/** Where the colons are that separate parts: not those in `${…}` or `[…]`. */
const colonsOf = (text: string): ReadonlyArray<number> => {
  const colons: Array<number> = []
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at]
    if (letter === "[" || letter === "{") depth += 1
    else if (letter === "]" || letter === "}") depth -= 1
    else if (letter === ":" && depth === 0) colons.push(at)
  }
  return colons
}
