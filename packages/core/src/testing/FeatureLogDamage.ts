import { firstPrevious } from "../feature/FeatureEvent.ts"
import { sha256 } from "../operation/Sha256.ts"

type Lines = ReadonlyArray<string>

/** Something that befalls the lines of a log with the notes `one`, `two` and `three`. */
export interface LogDamage {
  readonly title: string
  readonly change: (lines: Lines) => Lines
  /** Where it is found, from 1. */
  readonly line: number
  /** What it is called. */
  readonly reason: string
}

/** A line that a program wrote which knows how a log is written, and writes what it wants. */
const lineOf = (entry: unknown): string => {
  const text = JSON.stringify(entry)
  return `${text.slice(0, -1)},"sum":"${sha256(text)}"}`
}

const anEntry = { actor: { id: "ada", kind: "human" }, at: "2026-02-08T15:30:00.000Z" }
const wasChanged = "it is not what was written: its checksum does not match"
const isOutOfPlace = (number: number) => `it has the number ${number}, so a line is missing or out of its place`

/** All that a log is refused for but an event of a newer version. */
export const logDamages: ReadonlyArray<LogDamage> = [
  {
    title: "a changed byte in the first line",
    change: (lines) => lines.map((line) => line.replace("\"one\"", "\"One\"")),
    line: 1,
    reason: wasChanged
  },
  {
    title: "a changed byte in the last line",
    change: (lines) => lines.map((line) => line.replace("three", "Three")),
    line: 3,
    reason: wasChanged
  },
  {
    title: "a changed number",
    change: (lines) => lines.map((line) => line.replace("\"seq\":2", "\"seq\":3")),
    line: 2,
    reason: wasChanged
  },
  {
    title: "a changed name of the line before",
    change: ([one = "", two = "", three = ""]) => [one, two.replace(/"prev":"./u, "\"prev\":\"g"), three],
    line: 2,
    reason: wasChanged
  },
  {
    title: "a changed checksum",
    change: ([one = "", two = "", three = ""]) => [one, two.replace(/"sum":"./u, "\"sum\":\"g"), three],
    line: 2,
    reason: wasChanged
  },
  {
    title: "a changed name of an event, which is no newer version's",
    change: (lines) => lines.map((line) => line.replace("CommentAdded", "CommentAddee")),
    line: 1,
    reason: wasChanged
  },
  {
    title: "another order of the same",
    change: ([one = "", two = "", three = ""]) => [one, two, JSON.stringify(Object.fromEntries(reversed(three)))],
    line: 3,
    reason: wasChanged
  },
  { title: "a missing first line", change: (lines) => lines.slice(1), line: 1, reason: isOutOfPlace(2) },
  { title: "a missing line", change: (lines) => lines.toSpliced(1, 1), line: 2, reason: isOutOfPlace(3) },
  {
    title: "swapped lines",
    change: ([one = "", two = "", three = ""]) => [one, three, two],
    line: 2,
    reason: isOutOfPlace(3)
  },
  { title: "a line twice", change: ([one = "", ...rest]) => [one, one, ...rest], line: 2, reason: isOutOfPlace(1) },
  { title: "garbage", change: (lines) => [...lines, "garbage"], line: 4, reason: "it is no JSON" },
  { title: "zeros", change: (lines) => [...lines, "\u0000\u0000"], line: 4, reason: "it is no JSON" },
  {
    title: "a byte order mark",
    change: ([one = "", ...rest]) => [`\uFEFF${one}`, ...rest],
    line: 1,
    reason: "it is no JSON"
  },
  {
    title: "something else in JSON",
    change: (lines) => [...lines, "null"],
    line: 4,
    reason: "it is no entry of a feature's log"
  },
  { title: "an empty line", change: (lines) => lines.toSpliced(1, 0, ""), line: 2, reason: "it is no JSON" },
  { title: "an empty line at the end", change: (lines) => [...lines, ""], line: 4, reason: "it is no JSON" },
  {
    title: "line ends of Windows",
    change: (lines) => lines.map((line) => `${line}\r`),
    line: 1,
    reason: wasChanged
  },
  {
    title: "a line of another log",
    change: ([one = "", two = ""]) => [one, two, lineOf({ seq: 3, prev: sha256("another") })],
    line: 3,
    reason: "it does not follow line 2"
  },
  {
    title: "another first line",
    change: () => [lineOf({ seq: 1, prev: sha256("another") })],
    line: 1,
    reason: "it is not the first line of a log"
  },
  {
    title: "an event without what it needs",
    change: () => [lineOf({ ...anEntry, event: { _tag: "TaskStarted" }, prev: firstPrevious, seq: 1 })],
    line: 1,
    reason: "task"
  }
]

const reversed = (line: string): ReadonlyArray<[string, unknown]> => Object.entries(JSON.parse(line)).toReversed()

/** A log of at least two lines in which a newer version wrote the second. */
export const fromNewerVersion = ([first = "", , ...rest]: Lines): Lines => [
  first,
  lineOf({ ...anEntry, event: { _tag: "FeaturePaused", until: "spring" }, prev: sha256(first), seq: 2 }),
  ...rest
]
