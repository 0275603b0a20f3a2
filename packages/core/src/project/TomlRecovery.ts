import { parse, TomlError } from "smol-toml"

/** A place where a text is not TOML. */
interface TomlSyntaxFault {
  /** Counts from 1. */
  readonly line: number
  readonly column: number
  /** What is wrong, in the parser's words, without any of the text. */
  readonly reason: string
}

/** What could be read of a text, and all places where it is not TOML. */
export interface RecoveredToml {
  readonly table: Readonly<Record<string, unknown>>
  readonly faults: ReadonlyArray<TomlSyntaxFault>
  /** Keys of statements that could not be read, from the root; what is missing there is no fault of its own. */
  readonly unreadable: ReadonlyArray<ReadonlyArray<string>>
}

/** More faults than this help nobody. */
const mostFaults = 20

/**
 * Parses TOML and goes on after a fault: the statement with the fault is blanked out and the rest parsed again, so that
 * one look tells all faults.
 */
export const parseTomlWithFaults = (text: string): RecoveredToml => {
  const lines = text.split("\n")
  const faults: Array<TomlSyntaxFault> = []
  const unreadable: Array<ReadonlyArray<string>> = []
  while (faults.length < mostFaults) {
    const parsed = parseOnce(lines.join("\n"))
    if (!(parsed instanceof TomlError)) return { table: parsed, faults, unreadable }
    const [reason] = parsed.message.replace(/^Invalid TOML document: /u, "").split("\n")
    faults.push({ line: parsed.line, column: parsed.column, reason: reason ?? "" })
    const statement = statementAround(lines, parsed.line - 1)
    unreadable.push(keysOf(lines, statement.first))
    blankOut(lines, statement, faults.length)
  }
  return { table: {}, faults, unreadable: [[]] }
}

const parseOnce = (text: string): Readonly<Record<string, unknown>> | TomlError => {
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof TomlError) return error
    throw error
  }
}

const header = /^\s*\[\[?[\s"'A-Za-z0-9_.-]*(?:\]|$)/u
const keyValue = /^\s*(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*'))*\s*=/u

/** A line of a list such as `["npm", "ci"],` looks like a header too, so a header may not go on after its bracket. */
const beginsStatement = (line: string): boolean =>
  keyValue.test(line) || (header.test(line) && !/^\s*\[[^\]]*\]\s*,/u.test(line) && !/^\s*\[\s*["'].*,/u.test(line))

interface Lines {
  readonly first: number
  readonly last: number
}

const statementAround = (lines: ReadonlyArray<string>, at: number): Lines => {
  let first = Math.min(at, lines.length - 1)
  while (first > 0 && !beginsStatement(lines[first] ?? "") && (lines[first] ?? "").trim() !== unreadableMark) first -= 1
  if (!beginsStatement(lines[first] ?? "")) first = Math.min(at, lines.length - 1)
  let last = Math.max(first, Math.min(at, lines.length - 1))
  while (last + 1 < lines.length && !beginsStatement(lines[last + 1] ?? "")) last += 1
  return { first, last }
}

const unreadableMark = "#"

/** A header that cannot be read is replaced by one that gathers its keys, so that they do not fall to another table. */
const blankOut = (lines: Array<string>, statement: Lines, count: number): void => {
  const isHeader = /^\s*\[/u.test(lines[statement.first] ?? "")
  for (let at = statement.first; at <= statement.last; at += 1) lines[at] = unreadableMark
  if (isHeader) lines[statement.first] = `[${gatheringTable}.t${count}]`
}

/** The table of keys whose header could not be read; no file would use the name. */
export const gatheringTable = "slipway-unreadable"

const keysOf = (lines: ReadonlyArray<string>, at: number): ReadonlyArray<string> => {
  const words = (line: string) => [...line.matchAll(/[A-Za-z0-9_-]+/gu)].map(([word]) => word)
  const line = lines[at] ?? ""
  if (/^\s*\[/u.test(line)) return words(line.replace(/[\]#].*$/u, ""))
  const section = lines.slice(0, at).findLast((previous) => header.test(previous) && beginsStatement(previous))
  return [
    ...(section === undefined ? [] : words(section.replace(/[\]#].*$/u, ""))),
    ...words(line.split("=")[0] ?? "")
  ]
}
