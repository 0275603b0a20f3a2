import canonicalize from "canonicalize"
import { Result, Schema } from "effect"
import { sha256 } from "../operation/Sha256.ts"
import { FeatureEvent, FeatureLogEntry, firstPrevious } from "./FeatureEvent.ts"

/** A line of a log is not what was written. */
export class LogCorrupt extends Schema.TaggedError<LogCorrupt>()("LogCorrupt", {
  path: Schema.String,
  /** From 1. */
  line: Schema.Int,
  reason: Schema.String
}) {
  readonly code = "log-corrupt" as const
  override get message(): string {
    return `${this.path}:${this.line}: ${this.reason}`
  }
  get hint(): string {
    return "nothing is guessed: put the file back from a backup, or cut it before that line if what follows may be lost"
  }
}

/** A log holds something that a newer Slipway wrote. */
export class LogUnsupported extends Schema.TaggedError<LogUnsupported>()("LogUnsupported", {
  path: Schema.String,
  line: Schema.Int,
  /** The event that is not known. */
  event: Schema.String
}) {
  readonly code = "log-unsupported" as const
  override get message(): string {
    return `${this.path}:${this.line}: the event ${this.event} was written by a newer Slipway`
  }
  get hint(): string {
    return "update Slipway to the version that wrote it"
  }
}

/** Why the text of a log tells nothing. */
export type LogFault = LogCorrupt | LogUnsupported

/** A log that was read. */
export interface FeatureHistory {
  readonly entries: ReadonlyArray<FeatureLogEntry>
  /** SHA-256 of the last line: what the next one names as `prev`. */
  readonly last: string
  /** Length of a last line that was not written to its end, in characters; 0 for none. It counts as not written. */
  readonly torn: number
}

/** The history of a feature without a log. */
export const emptyHistory: FeatureHistory = { entries: [], last: firstPrevious, torn: 0 }

/** SHA-256 of a text in UTF-8, in hexadecimal. */
export type Sha256 = (text: string) => string

/**
 * An entry as its line in the log, without the line end: canonical JSON (RFC 8785), with `sum` as its last member. That
 * is the SHA-256 of the line without it: the chain tells of each line but the last whether it was changed, `sum` tells it
 * of the last too, and which of two lines that do not fit together it was.
 */
export const encodeLogLine = (entry: FeatureLogEntry, hash: Sha256 = sha256): string => {
  const line = canonicalize(wellFormed(encodeEntry(entry))) ?? ""
  return `${line.slice(0, -1)},"sum":"${hash(line)}"}`
}

/** Canonical JSON has no halves of characters, as texts have that were cut somewhere: each becomes U+FFFD. */
export const wellFormed = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, inner: unknown) => typeof inner === "string" ? inner.toWellFormed() : inner))

const encodeEntry = Schema.encodeSync(FeatureLogEntry)
const decodeEntry = Schema.decodeUnknownResult(FeatureLogEntry)
const knownEvents: ReadonlySet<string> = new Set(FeatureEvent.members.map(({ fields }) => fields._tag.schema.literal))

/** An entry that goes after a history: its line, without the line end, and the history with it. */
export const appendToHistory = (
  before: FeatureHistory | null,
  entry: Omit<FeatureLogEntry, "seq" | "prev">,
  hash: Sha256 = sha256
): { readonly line: string; readonly history: FeatureHistory } => {
  const { entries, last } = before ?? emptyHistory
  const line = encodeLogLine({ ...entry, seq: entries.length + 1, prev: last }, hash)
  const read = Result.getOrThrow(decodeEntry(JSON.parse(line)))
  return { line, history: { entries: [...entries, read], last: hash(line), torn: 0 } }
}

/**
 * Reads the text of a log: every line must be an entry, numbered without a gap, and name the SHA-256 of the line before.
 * A last line without its end was not written to its end.
 *
 * `path` is what messages call the log; `hash` is SHA-256, by whoever does it fastest.
 */
export const decodeLog = (
  text: string,
  path: string,
  hash: Sha256 = sha256
): Result.Result<FeatureHistory, LogFault> => {
  const lines = text.split("\n")
  const tail = lines.pop() ?? ""
  const entries: Array<FeatureLogEntry> = []
  let previous: string | null = null
  let last = firstPrevious
  for (const [index, line] of lines.entries()) {
    const entry = decodeLine(line, { path, line: index + 1, previous, last, hash })
    if (Result.isFailure(entry)) return Result.fail(entry.failure)
    entries.push(entry.success)
    previous = line
    last = hash(line)
  }
  const changed = previous !== null && !isIntact(previous, hash)
    ? { line: lines.length, reason: wasChanged }
    : isMoreThanALine(tail)
    ? { line: lines.length + 1, reason: "its line end was changed" }
    : null
  return changed === null
    ? Result.succeed({ entries, last, torn: tail.length })
    : Result.fail(new LogCorrupt({ path, ...changed }))
}

const wasChanged = "it is not what was written: its checksum does not match"
const sumOfLine = /,"sum":"([0-9a-f]{64})"\}$/u

/** Whether a line is what was written. */
const isIntact = (line: string, hash: Sha256): boolean => {
  const [end, sum] = sumOfLine.exec(line) ?? []
  return end !== undefined && hash(`${line.slice(0, -end.length)}}`) === sum
}

/** Whether a text without a line end goes on after a line, as no interrupted write leaves it. */
const isMoreThanALine = (tail: string): boolean => /,"sum":"[0-9a-f]{64}"\}./su.test(tail)

interface Place {
  readonly path: string
  readonly line: number
  /** The line before; null for the first. */
  readonly previous: string | null
  /** What `prev` must be. */
  readonly last: string
  readonly hash: Sha256
}

const decodeLine = (text: string, place: Place): Result.Result<FeatureLogEntry, LogFault> => {
  const { hash, line, path } = place
  const corrupt = (reason: string) => Result.fail(new LogCorrupt({ path, line, reason }))
  const parsed = Result.try((): unknown => JSON.parse(text))
  if (Result.isFailure(parsed)) return corrupt("it is no JSON")
  const value = parsed.success
  if (!isPlaced(value)) return corrupt("it is no entry of a feature's log")
  if (value.seq !== line) {
    return corrupt(
      isIntact(text, hash) ? `it has the number ${value.seq}, so a line is missing or out of its place` : wasChanged
    )
  }
  if (value.prev !== place.last) return Result.fail(unchained(text, place))
  const entry = decodeEntry(value)
  if (Result.isSuccess(entry)) return Result.succeed(entry.success)
  if (!isIntact(text, hash)) return corrupt(wasChanged)
  const unknown = unknownEvent(value)
  return unknown === null
    ? corrupt(entry.failure.message.replaceAll(/\s*\n\s*/gu, " "))
    : Result.fail(new LogUnsupported({ path, line, event: unknown }))
}

/** Which of two lines that do not fit together was changed. */
const unchained = (text: string, { hash, line, path, previous }: Place): LogCorrupt => {
  if (previous !== null && !isIntact(previous, hash)) {
    return new LogCorrupt({ path, line: line - 1, reason: wasChanged })
  }
  if (!isIntact(text, hash)) return new LogCorrupt({ path, line, reason: wasChanged })
  const reason = previous === null ? "it is not the first line of a log" : `it does not follow line ${line - 1}`
  return new LogCorrupt({ path, line, reason })
}

const isPlaced = (value: unknown): value is { readonly seq: number; readonly prev: string } =>
  typeof value === "object" && value !== null && "seq" in value && "prev" in value && typeof value.seq === "number" &&
  typeof value.prev === "string"

const Tagged = Schema.Struct({ event: Schema.Struct({ _tag: Schema.String }) })
const isTagged = Schema.is(Tagged)

/** The event that a newer Slipway wrote; null when it is one that is known. */
const unknownEvent = (value: unknown): string | null =>
  isTagged(value) && !knownEvents.has(value.event._tag) ? value.event._tag : null
