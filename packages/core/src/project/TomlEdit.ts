import { samePath, scanToml, startsWithPath, type TextSpan, type TomlEntry, type TomlPath } from "./TomlLocation.ts"

/** A value that can be written to a TOML file. */
export type TomlValue = string | number | boolean | ReadonlyArray<TomlValue>

/** One value to set, or, with `undefined`, to take away together with everything below it. */
export interface TomlChange {
  readonly path: ReadonlyArray<string>
  readonly value: TomlValue | undefined
}

/**
 * Changes values in a valid TOML text; every other character stays: comments, order, blank lines, quoting, line ends.
 * Tables are found however they are written: as sections, inline, or with dotted keys.
 *
 * @example
 * editToml("[a]\nb = 1 # one\n", [{ path: ["a", "b"], value: 2 }]) // "[a]\nb = 2 # one\n"
 */
export const editToml = (text: string, changes: ReadonlyArray<TomlChange>): string =>
  changes.reduce(
    (current, { path, value }) => value === undefined ? removeAt(current, path) : setAt(current, path, value),
    text
  )

/** A value as TOML writes it. */
export const tomlText = (value: TomlValue): string => {
  if (typeof value === "string") return JSON.stringify(value).replaceAll("\u007F", "\\u007F")
  if (typeof value === "number" || typeof value === "boolean") return String(value)
  const items = value.map(tomlText)
  const line = `[${items.join(", ")}]`
  return line.length <= 100 ? line : `[\n${items.map((item) => `  ${item},\n`).join("")}]`
}

/** A key as TOML writes it, quoted when it must be. */
const keyText = (keys: TomlPath): string =>
  keys.map((key) => /^[A-Za-z0-9_-]+$/u.test(String(key)) ? String(key) : tomlText(String(key))).join(".")

const setAt = (text: string, path: ReadonlyArray<string>, value: TomlValue): string => {
  const entries = scanToml(text)
  const present = entries.find((entry) => entry.kind !== "header" && samePath(entry.path, path))
  if (present !== undefined) {
    return replace(text, present.value, withLineEnds(tomlText(value), text))
  }
  return insertAt(text, entries, path, withLineEnds(tomlText(value), text))
}

const insertAt = (
  text: string,
  entries: ReadonlyArray<TomlEntry>,
  path: ReadonlyArray<string>,
  value: string
): string => {
  for (let length = path.length - 1; length >= 0; length -= 1) {
    const [table, rest] = [path.slice(0, length), path.slice(length)]
    const assignment = `${keyText(rest)} = ${value}`
    const inline = entries.find((entry) => entry.kind !== "header" && samePath(entry.path, table))
    if (inline !== undefined) return insertInline(text, entries, inline, assignment)
    const dotted = entries.findLast((entry) =>
      entry.kind === "value" && entry.section.length < length && entry.path.length > length &&
      startsWithPath(entry.path, table)
    )
    if (dotted !== undefined) {
      const key = keyText(path.slice(dotted.section.length))
      return insertLineAfter(text, dotted.value.end, `${indentOf(text, dotted.key.start)}${key} = ${value}`)
    }
    const header = entries.find((entry) => entry.kind === "header" && samePath(entry.path, table))
    if (header !== undefined && rest.length === 1) {
      const last = entries.findLast((entry) => entry.kind === "value" && samePath(entry.section, table)) ?? header
      const indent = last.kind === "value" ? indentOf(text, last.key.start) : indentOf(text, header.value.start)
      return insertLineAfter(text, last.value.end, `${indent}${assignment}`)
    }
  }
  return path.length === 1
    ? insertAtRoot(text, entries, `${keyText(path)} = ${value}`)
    : insertSection(text, entries, path, value)
}

const insertInline = (
  text: string,
  entries: ReadonlyArray<TomlEntry>,
  table: TomlEntry,
  assignment: string
): string => {
  const last = entries.findLast((entry) => entry.kind === "inline" && isDirectlyIn(entry, table, entries))
  if (last === undefined) return replace(text, table.value, `{ ${assignment} }`)
  return `${text.slice(0, last.value.end)}, ${assignment}${text.slice(last.value.end)}`
}

/** Whether no other inline table or list stands between the entry and the table. */
const isDirectlyIn = (entry: TomlEntry, table: TomlEntry, entries: ReadonlyArray<TomlEntry>): boolean =>
  encloses(table.value, entry.value) && entry !== table &&
  !entries.some((between) =>
    between !== table && between !== entry && between.kind !== "header" && encloses(table.value, between.value) &&
    encloses(between.value, entry.value)
  )

const encloses = (outer: TextSpan, inner: TextSpan): boolean => outer.start <= inner.start && outer.end >= inner.end

const insertAtRoot = (text: string, entries: ReadonlyArray<TomlEntry>, line: string): string => {
  const last = entries.findLast((entry) => entry.kind === "value" && entry.section.length === 0)
  if (last !== undefined) return insertLineAfter(text, last.value.end, line)
  const header = entries.find((entry) => entry.kind === "header")
  if (header === undefined) return appendLines(text, [line])
  const start = text.lastIndexOf("\n", header.value.start) + 1
  const mark = start === 0 && text.startsWith("\uFEFF") ? 1 : 0
  const end = lineEnd(text)
  return `${text.slice(0, start + mark)}${line}${end}${end}${text.slice(start + mark)}`
}

/** A new section goes after the last one that shares its parent, else to the end. */
const insertSection = (
  text: string,
  entries: ReadonlyArray<TomlEntry>,
  path: ReadonlyArray<string>,
  value: string
): string => {
  const table = path.slice(0, -1)
  const lines = [`[${keyText(table)}]`, `${keyText(path.slice(-1))} = ${value}`]
  const sibling = entries.findLast((entry) => entry.section.length > 0 && entry.section[0] === table[0])
  if (sibling === undefined) {
    return appendLines(text, text.trim() === "" || text === "\uFEFF" ? lines : ["", ...lines])
  }
  return insertLineAfter(text, sibling.value.end, ["", ...lines].join(lineEnd(text)))
}

const removeAt = (text: string, path: ReadonlyArray<string>): string => {
  const entries = scanToml(text)
  const inline = entries.find((entry) => entry.kind === "inline" && startsWithPath(entry.path, path))
  const statement = inline === undefined ?
    undefined :
    entries.find((entry) =>
      entry.kind === "value" && startsWithPath(entry.path, path) && encloses(entry.value, inline.value)
    )
  if (inline !== undefined && statement === undefined) return removeAt(removeInline(text, entries, inline), path)
  const going = entries.findLast((entry) =>
    (entry.kind === "value" || entry.kind === "header") && startsWithPath(entry.path, path)
  )
  return going === undefined ? text : removeAt(removeLines(text, going), path)
}

const removeLines = (text: string, entry: TomlEntry): string => {
  const start = text.lastIndexOf("\n", Math.min(entry.key.start, entry.value.start)) + 1
  const end = endOfLine(text, entry.value.end)
  return text.slice(0, start) + text.slice(end)
}

const removeInline = (text: string, entries: ReadonlyArray<TomlEntry>, entry: TomlEntry): string => {
  const after = /[ \t\r\n]*,[ \t]*/uy
  after.lastIndex = entry.value.end
  const following = after.exec(text)
  if (following !== null) {
    return text.slice(0, entry.key.start) + text.slice(entry.value.end + following[0].length)
  }
  const before = entries.findLast((other) =>
    other.kind === "inline" && other.value.end <= entry.key.start &&
    /^[ \t\r\n]*,[ \t\r\n]*$/u.test(text.slice(other.value.end, entry.key.start))
  )
  const start = before === undefined ? entry.key.start : before.value.end
  return text.slice(0, start) + text.slice(entry.value.end)
}

const replace = (text: string, span: TextSpan, by: string): string =>
  text.slice(0, span.start) + by + text.slice(span.end)

const lineEnd = (text: string): string => text.includes("\r\n") ? "\r\n" : "\n"

const withLineEnds = (value: string, text: string): string => value.replaceAll("\n", lineEnd(text))

const indentOf = (text: string, offset: number): string => {
  const start = text.lastIndexOf("\n", offset - 1) + 1
  return /^[ \t]*/u.exec(text.slice(start, offset))?.[0] ?? ""
}

/** After the line end of the line that an offset is in. */
const endOfLine = (text: string, offset: number): number => {
  const end = text.indexOf("\n", offset)
  return end === -1 ? text.length : end + 1
}

const insertLineAfter = (text: string, offset: number, line: string): string => {
  const at = endOfLine(text, offset)
  const head = text.slice(0, at)
  return `${head}${head.endsWith("\n") ? "" : lineEnd(text)}${line}${lineEnd(text)}${text.slice(at)}`
}

const appendLines = (text: string, lines: ReadonlyArray<string>): string => {
  const end = lineEnd(text)
  const head = text === "" || text === "\uFEFF" || text.endsWith("\n") ? text : text + end
  return head + lines.map((line) => line + end).join("")
}
