import { parse } from "smol-toml"

/** A part of a text: offsets in UTF-16 code units, `end` exclusive. */
export interface TextSpan {
  readonly start: number
  readonly end: number
}

/** Keys and indices from the root of a document to a value. */
export type TomlPath = ReadonlyArray<string | number>

/** A path as messages show it: `lifecycle.gates[0].name`. */
export const tomlPathText = (path: TomlPath): string =>
  path.map((part, index) => {
    if (typeof part === "number") return `[${part}]`
    const name = /^[A-Za-z0-9_-]+$/u.test(part) ? part : JSON.stringify(part)
    return index === 0 ? name : `.${name}`
  }).join("")

/**
 * Where something stands in a TOML text.
 *
 * `header`: a `[table]` or `[[table]]` line. `value`: a key and its value in a section. `inline`: a key and its value
 * in an inline table. `element`: an item of an array.
 */
export interface TomlEntry {
  readonly kind: "header" | "value" | "inline" | "element"
  readonly path: TomlPath
  /** The table that the last header before it opened; the empty path above the first header. */
  readonly section: TomlPath
  /** The key as it is written; for an element the same as `value`. */
  readonly key: TextSpan
  /** The value as it is written; for a header the whole header. */
  readonly value: TextSpan
}

/** A position for people: both count from 1. */
export interface TextPosition {
  readonly line: number
  readonly column: number
}

/**
 * Lists every key, value, element and header of a TOML text in its order. The text should be valid TOML, which
 * smol-toml decides; in one that is not, what cannot be understood is passed over.
 *
 * @example
 * locateToml(scanToml("[a]\nb = 1"), ["a", "b"]) // the entry of `b = 1`
 */
export const scanToml = (text: string): ReadonlyArray<TomlEntry> => {
  const entries: Array<TomlEntry> = []
  const arrayTables = new Map<string, number>()
  let section: TomlPath = []
  let at = text.startsWith("\uFEFF") ? 1 : 0

  while (at < text.length) {
    at = skipBlank(text, at, true)
    if (at >= text.length) break
    const start = at
    if (text[at] === "[") {
      const isArray = text[at + 1] === "["
      const keys = readKeys(text, skipBlank(text, at + (isArray ? 2 : 1), false))
      section = sectionPath(keys.path, isArray, arrayTables)
      const end = keys.end + (isArray ? 2 : 1)
      entries.push({ kind: "header", path: section, section, key: keys.span, value: { start, end } })
      at = nextLine(text, end)
    } else {
      const keys = readKeys(text, at)
      if (text[keys.end] !== "=") {
        at = nextLine(text, at)
        continue
      }
      at = nextLine(text, readKeyValue(text, keys, { kind: "value", parent: section, section }, entries))
    }
  }
  return entries
}

/** The entry of a path, else that of its nearest parent that is written down; null when there is none. */
export const locateToml = (entries: ReadonlyArray<TomlEntry>, path: TomlPath): TomlEntry | null => {
  for (let length = path.length; length > 0; length -= 1) {
    const wanted = path.slice(0, length)
    const exact = entries.find((entry) => samePath(entry.path, wanted))
    if (exact !== undefined) return exact
    const below = entries.find((entry) => startsWithPath(entry.path, wanted))
    if (below !== undefined) return below
  }
  return null
}

/** The position of an offset in a text. */
export const positionOf = (text: string, offset: number): TextPosition => {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf("\n") + 1
  return { line: before.split("\n").length, column: offset - lineStart + 1 }
}

/** Whether two paths lead to the same value. */
export const samePath = (one: TomlPath, other: TomlPath): boolean =>
  one.length === other.length && startsWithPath(one, other)

/** Whether a path leads to a value or to something in it. */
export const startsWithPath = (path: TomlPath, parent: TomlPath): boolean =>
  path.length >= parent.length && parent.every((part, index) => part === path[index])

interface Keys {
  readonly path: ReadonlyArray<string>
  readonly span: TextSpan
  /** After the blanks that follow the last part. */
  readonly end: number
}

interface Place {
  readonly kind: "value" | "inline"
  readonly parent: TomlPath
  readonly section: TomlPath
}

const readKeyValue = (text: string, keys: Keys, place: Place, entries: Array<TomlEntry>): number => {
  const path = [...place.parent, ...keys.path]
  const start = skipBlank(text, keys.end + 1, place.kind === "inline")
  const index = entries.length
  const end = readValue(text, start, path, place.section, entries)
  entries.splice(index, 0, {
    kind: place.kind,
    path,
    section: place.section,
    key: keys.span,
    value: { start, end }
  })
  return end
}

const readValue = (
  text: string,
  start: number,
  path: TomlPath,
  section: TomlPath,
  entries: Array<TomlEntry>
): number => {
  switch (text[start]) {
    case "\"":
    case "'":
      return endOfString(text, start)
    case "[":
      return readArray(text, start, path, section, entries)
    case "{":
      return readInlineTable(text, start, path, section, entries)
    default: {
      const scalar = /[^,\]}#\n\r]*/uy
      scalar.lastIndex = start
      return start + (scalar.exec(text)?.[0].trimEnd().length ?? 0)
    }
  }
}

const readArray = (
  text: string,
  start: number,
  path: TomlPath,
  section: TomlPath,
  entries: Array<TomlEntry>
): number => {
  let at = skipBlank(text, start + 1, true)
  for (let index = 0; at < text.length && text[at] !== "]"; index += 1) {
    const position = entries.length
    const element = [...path, index]
    const end = readValue(text, at, element, section, entries)
    if (end === at) return at
    const span = { start: at, end }
    entries.splice(position, 0, { kind: "element", path: element, section, key: span, value: span })
    at = skipSeparator(text, end)
  }
  return Math.min(at + 1, text.length)
}

const readInlineTable = (
  text: string,
  start: number,
  path: TomlPath,
  section: TomlPath,
  entries: Array<TomlEntry>
): number => {
  let at = skipBlank(text, start + 1, true)
  while (at < text.length && text[at] !== "}") {
    const keys = readKeys(text, at)
    if (text[keys.end] !== "=") return keys.end
    at = skipSeparator(text, readKeyValue(text, keys, { kind: "inline", parent: path, section }, entries))
  }
  return Math.min(at + 1, text.length)
}

const readKeys = (text: string, start: number): Keys => {
  const path: Array<string> = []
  let at = start
  let end = start
  while (at < text.length) {
    const part = readKeyPart(text, at)
    if (part === null) break
    path.push(part.name)
    end = part.end
    at = skipBlank(text, part.end, false)
    if (text[at] !== ".") break
    at = skipBlank(text, at + 1, false)
  }
  return { path, span: { start, end }, end: at }
}

const readKeyPart = (text: string, start: number): { readonly name: string; readonly end: number } | null => {
  if (text[start] === "\"" || text[start] === "'") {
    const end = endOfString(text, start)
    return { name: stringValue(text.slice(start, end)), end }
  }
  const bare = /[A-Za-z0-9_-]+/uy
  bare.lastIndex = start
  const name = bare.exec(text)?.[0]
  return name === undefined ? null : { name, end: start + name.length }
}

const endOfString = (text: string, start: number): number => {
  const quote = text[start] === "\"" ? "\"" : "'"
  const isMultiline = text.startsWith(quote.repeat(3), start)
  const closing = isMultiline ? quote.repeat(3) : quote
  for (let at = start + closing.length; at < text.length; at += 1) {
    if (quote === "\"" && text[at] === "\\") at += 1
    else if (!isMultiline && text[at] === "\n") return at
    else if (text.startsWith(closing, at)) {
      // A multi-line string may end with up to two more quotes that belong to it.
      const own = [2, 1].find((count) => isMultiline && text.startsWith(quote.repeat(count), at + closing.length))
      return at + closing.length + (own ?? 0)
    }
  }
  return text.length
}

const stringValue = (written: string): string => {
  try {
    const value = parse(`value = ${written}`)["value"]
    return typeof value === "string" ? value : written
  } catch {
    return written
  }
}

const sectionPath = (path: ReadonlyArray<string>, isArray: boolean, counts: Map<string, number>): TomlPath => {
  const result: Array<string | number> = []
  path.forEach((part, index) => {
    result.push(part)
    const key = JSON.stringify(result)
    if (isArray && index === path.length - 1) counts.set(key, (counts.get(key) ?? -1) + 1)
    const count = counts.get(key)
    if (count !== undefined) result.push(count)
  })
  return result
}

const skipBlank = (text: string, start: number, lines: boolean): number => {
  const blank = lines ? /(?:[ \t\r\n]|#[^\n]*)*/uy : /[ \t]*/uy
  blank.lastIndex = start
  return start + (blank.exec(text)?.[0].length ?? 0)
}

const skipSeparator = (text: string, start: number): number => {
  const at = skipBlank(text, start, true)
  return text[at] === "," ? skipBlank(text, at + 1, true) : at
}

const nextLine = (text: string, start: number): number => {
  const end = text.indexOf("\n", start)
  return end === -1 ? text.length : end + 1
}
