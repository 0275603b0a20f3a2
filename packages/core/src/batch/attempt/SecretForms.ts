import { utf8ToBytes } from "@noble/hashes/utils.js"
import { base64OfBytes, textOfBase64 } from "../plan/Base64Text.ts"

/** One way in which a secret may stand in a text. */
export interface SecretForm {
  readonly bytes: Uint8Array
  /** Whether line breaks may stand in it, with blanks after them, as in wrapped base64. */
  readonly isWrapped: boolean
}

/** Shorter ones are in every text, and no secret. */
const shortest = 4
const shortestInside = 6

/**
 * The ways in which a secret may stand in a text: as it is, each of its lines, the values of a JSON object and of settings
 * such as `KEY=value`; each of them also as JSON and URLs escape it, and in base64, plain or URL-safe, wherever it begins.
 * What is shorter than four bytes has none.
 */
export const secretForms = (bytes: Uint8Array): ReadonlyArray<SecretForm> => {
  const text = textOf(bytes)
  const values = text === null ? [] : [...new Set(valuesIn(text))]
  const plain = [
    bytes,
    ...values.flatMap((value) => [value, ...escapedForms(value)]).map(utf8ToBytes)
  ]
  const encoded = [bytes, ...values.map(utf8ToBytes)].flatMap(base64Forms).map(utf8ToBytes)
  return [
    ...plain.map((form) => ({ bytes: form, isWrapped: false })),
    ...encoded.map((form) => ({ bytes: form, isWrapped: true }))
  ].filter((form) => form.bytes.length >= shortest)
}

/** The text that bytes are in UTF-8; null when they are none. */
const textOf = (bytes: Uint8Array): string | null => {
  const text = textOfBase64(base64OfBytes(bytes))
  if (text === null) return null
  const again = utf8ToBytes(text)
  return again.length === bytes.length && again.every((byte, index) => byte === bytes[index]) ? text : null
}

const valuesIn = (text: string): ReadonlyArray<string> => {
  const whole = text.trim()
  const lines = whole.split(/[\r\n]+/u).map((line) => line.trim())
  const settings = lines.flatMap((line) => settingIn(line) ?? [])
  return [
    whole,
    ...(lines.length > 1 ? lines.filter(tellsSomething) : []),
    ...[...settings, ...jsonStrings(whole)].flatMap((
      value
    ) => [value, ...value.split(/[\r\n]+/u).filter(tellsSomething)])
      .map((value) => value.trim())
      .filter((value) => value.length >= shortestInside)
  ].filter((value) => utf8ToBytes(value).length >= shortest)
}

/** Whether a line is more than brackets, a word or two of syntax, or the frame of a key. */
const tellsSomething = (line: string): boolean =>
  (line.match(/[\p{L}\p{N}]/gu)?.length ?? 0) >= shortest && !/^-----(?:BEGIN|END) [A-Z0-9 ]+-----$/u.test(line)

const settingIn = (line: string): string | null => {
  const value = /^(?:export\s+)?[-\w.]+(?:\s*=\s*|:\s+)(.+)$/u.exec(line)?.[1]
  return value === undefined ? null : value.replace(/^(["'])(.*)\1[,;]?$/u, "$2")
}

const jsonStrings = (text: string): ReadonlyArray<string> => {
  if (!/^[[{"]/u.test(text)) return []
  try {
    return stringsIn(JSON.parse(text))
  } catch {
    return []
  }
}

const stringsIn = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
    ? Object.values(value).flatMap(stringsIn)
    : []

const escapedForms = (value: string): ReadonlyArray<string> => {
  const json = JSON.stringify(value).slice(1, -1)
  const url = encodeURIComponent(value.toWellFormed())
  const strict = url.replaceAll(/[!'()*]/gu, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
  const urls = [url, strict, strict.replaceAll("%20", "+")]
  return [
    json,
    json.replaceAll("/", "\\/"),
    JSON.stringify(json).slice(1, -1),
    ...urls,
    ...urls.map((one) => one.replaceAll(/%[0-9A-F]{2}/gu, (code) => code.toLowerCase()))
  ]
}

/** What stands in the base64 of any bytes that these are part of, by where they begin; and their own, to its end. */
const base64Forms = (bytes: Uint8Array): ReadonlyArray<string> => {
  const own = base64OfBytes(bytes)
  const forms = [
    own,
    own.replace(/=+$/u, ""),
    ...[0, 1, 2].map((before) => {
      const padded = new Uint8Array(before + bytes.length)
      padded.set(bytes, before)
      // Six bits a character: the first ones that hold bits of others, and the last, are not theirs alone.
      const whole = Math.floor(padded.length * 8 / 6)
      return base64OfBytes(padded).slice(Math.ceil(before * 8 / 6), whole)
    })
  ]
  return [...forms, ...forms.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"))]
}
