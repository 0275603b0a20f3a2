import { utf8ToBytes } from "@noble/hashes/utils.js"
import { base64OfBytes, textOfBase64 } from "../plan/Base64Text.ts"
import { type SecretForm, secretForms } from "./SecretForms.ts"

/** A value that must not be told. */
export interface RedactedSecret {
  /** What stands in its place, such as `private-credentials/token`. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** Takes secrets out of a stream of bytes. */
export interface Redactor {
  /** What can be told so far: at most what may be the beginning of a secret is held back. */
  readonly push: (bytes: Uint8Array) => Uint8Array
  /** The rest, when nothing more comes. */
  readonly end: () => Uint8Array
}

const nothing = new Uint8Array(0)

/**
 * Takes secrets out of bytes that come in pieces, and puts `<secret:NAME>` in their place: the same, wherever the pieces are
 * cut. Found are a secret of at least four bytes as it is, its lines and the values in it, also as JSON or URLs escape
 * them, and their base64, wrapped or not, also in the midst of other base64. All else goes through as it is, text or not.
 *
 * @example
 * const redactor = makeRedactor([{ name: "registry/token", bytes }])
 * log(redactor.push(chunk))
 * log(redactor.end())
 */
export const makeRedactor = (secrets: ReadonlyArray<RedactedSecret>): Redactor => {
  const search = searchOf(secrets)
  if (search === null) return { push: (bytes) => bytes, end: () => nothing }
  let held = nothing
  const take = (bytes: Uint8Array, isLast: boolean): Uint8Array => {
    const all = held.length === 0 ? bytes : joined([held, bytes])
    const { rest, told } = redact(search, all, isLast)
    // A copy, so that a few bytes do not keep a large piece.
    held = rest === all.length ? nothing : all.slice(rest)
    return told
  }
  return { push: (bytes) => take(bytes, false), end: () => take(nothing, true) }
}

/** Takes secrets out of a text. */
export const redactText = (secrets: ReadonlyArray<RedactedSecret>, text: string): string => {
  const search = searchOf(secrets)
  if (search === null) return text
  const bytes = utf8ToBytes(text)
  const { told } = redact(search, bytes, true)
  return told === bytes ? text : textOfBase64(base64OfBytes(told)) ?? ""
}

/** All forms of all secrets, by their first two bytes. */
interface SecretSearch {
  /** By first byte: whether a form begins with it. */
  readonly first: Uint8Array
  /** By the first two bytes: the place in `forms`; 0 for none. */
  readonly pairs: Uint16Array
  readonly forms: ReadonlyArray<ReadonlyArray<MarkedForm>>
}

interface MarkedForm extends SecretForm {
  readonly mark: Uint8Array
}

/** Secrets are the same for all tasks of a run. */
const searches = new WeakMap<ReadonlyArray<RedactedSecret>, SecretSearch | "none">()

const searchOf = (secrets: ReadonlyArray<RedactedSecret>): SecretSearch | null => {
  const known = searches.get(secrets) ?? makeSearch(secrets) ?? "none"
  searches.set(secrets, known)
  return known === "none" ? null : known
}

const [lineFeed, carriageReturn, backslash, blank, tab] = [0x0a, 0x0d, 0x5c, 0x20, 0x09]

const makeSearch = (secrets: ReadonlyArray<RedactedSecret>): SecretSearch | null => {
  const all = new Map<string, Omit<MarkedForm, "mark"> & { readonly name: string }>()
  for (const { bytes, name } of secrets) {
    for (const form of secretForms(bytes)) {
      const key = base64OfBytes(form.bytes)
      const known = all.get(key)
      if (known === undefined) all.set(key, { ...form, name })
      else if (form.isWrapped && !known.isWrapped) all.set(key, { ...known, isWrapped: true })
    }
  }
  if (all.size === 0) return null
  const values = [...all.values()]
  const marks = new Map<string, Uint8Array>()
  const markOf = (name: string): Uint8Array => {
    const mark = marks.get(name) ?? safeMark(name, values.map(({ bytes }) => bytes))
    marks.set(name, mark)
    return mark
  }
  const first = new Uint8Array(256)
  const pairs = new Uint16Array(65_536)
  const forms: Array<Array<MarkedForm>> = [[]]
  for (const { bytes, isWrapped, name } of values) {
    const form = { bytes, isWrapped, mark: markOf(name) }
    const [one = 0, two = 0] = bytes
    first[one] = 1
    for (const second of isWrapped ? new Set([two, lineFeed, carriageReturn, backslash]) : [two]) {
      const pair = one << 8 | second
      const place = pairs[pair] ?? 0
      if (place === 0) pairs[pair] = forms.push([form]) - 1
      else forms[place]?.push(form)
    }
  }
  return { first, pairs, forms }
}

/** A mark must not tell a secret itself. */
const safeMark = (name: string, secrets: ReadonlyArray<Uint8Array>): Uint8Array =>
  [`<secret:${name}>`, "***", "<>"].map(utf8ToBytes).find((mark) => !secrets.some((secret) => holds(mark, secret))) ??
    nothing

const holds = (bytes: Uint8Array, part: Uint8Array): boolean =>
  bytes.some((_, start) => part.every((byte, index) => bytes[start + index] === byte))

/** What is told of bytes, and from where on they must be looked at again with what follows them. */
const redact = (
  { first, forms, pairs }: SecretSearch,
  bytes: Uint8Array,
  isLast: boolean
): { readonly told: Uint8Array; readonly rest: number } => {
  const pieces: Array<Uint8Array> = []
  const { length } = bytes
  let start = 0
  let at = 0
  while (at < length) {
    const one = bytes[at] ?? 0
    if (first[one] === 0) {
      at++
      continue
    }
    if (at + 1 === length && !isLast) break
    const place = pairs[one << 8 | (bytes[at + 1] ?? 0)] ?? 0
    if (place === 0) {
      at++
      continue
    }
    const found = longest(forms[place] ?? [], bytes, at, isLast)
    if (found === "unknown") break
    if (found === null) {
      at++
      continue
    }
    pieces.push(bytes.subarray(start, at), found.mark)
    at = found.end
    start = at
  }
  if (pieces.length === 0) return { told: at === length ? bytes : bytes.subarray(0, at), rest: at }
  pieces.push(bytes.subarray(start, at))
  return { told: joined(pieces), rest: at }
}

/** The longest form that begins at a place; `unknown` when the end of the bytes leaves it open. */
const longest = (
  forms: ReadonlyArray<MarkedForm>,
  bytes: Uint8Array,
  start: number,
  isLast: boolean
): { readonly end: number; readonly mark: Uint8Array } | "unknown" | null => {
  let found: { readonly end: number; readonly mark: Uint8Array } | null = null
  for (const form of forms) {
    const end = form.isWrapped ? endOfWrapped(form.bytes, bytes, start) : endOf(form.bytes, bytes, start)
    if (end === openEnd && !isLast) return "unknown"
    if (end > (found?.end ?? 0)) found = { end, mark: form.mark }
  }
  return found
}

/** In the place of an end: it is another text, or the bytes end before that is clear. */
const noEnd = -1
const openEnd = -2

const endOf = (form: Uint8Array, bytes: Uint8Array, start: number): number => {
  const here = Math.min(form.length, bytes.length - start)
  for (let index = 2; index < here; index++) {
    if (form[index] !== bytes[start + index]) return noEnd
  }
  // The first two are known to be the same, unless there is but one.
  return here === form.length ? start + here : openEnd
}

/** The most blanks after a line break, as a block of YAML has them. */
const mostBlanks = 64

const endOfWrapped = (form: Uint8Array, bytes: Uint8Array, start: number): number => {
  let at = start
  for (let index = 0; index < form.length; index++) {
    if (at < bytes.length && form[index] === bytes[at]) {
      at++
      continue
    }
    if (index === 0) return noEnd
    const next = afterBreak(bytes, at)
    if (next >= bytes.length) return openEnd
    if (next === at || form[index] !== bytes[next]) return noEnd
    at = next + 1
  }
  return at
}

/** Where a line goes on after its break, be it a real one or an escaped one; the same place when there is none. */
const afterBreak = (bytes: Uint8Array, start: number): number => {
  let at = start
  for (let breaks = 0; breaks < 2; breaks++) {
    if (bytes[at] === lineFeed || bytes[at] === carriageReturn) at++
    else if (bytes[at] === backslash) {
      if (at + 1 === bytes.length) return bytes.length
      // `n` or `r`.
      if (bytes[at + 1] !== 0x6e && bytes[at + 1] !== 0x72) break
      at += 2
    }
  }
  if (at === start) return at
  const most = at + mostBlanks
  while (at < most && (bytes[at] === blank || bytes[at] === tab)) at++
  return at
}

const joined = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => {
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
