import { Result, Schema } from "effect"
import { startOf } from "./AuditEntry.ts"
import type { JournalRecord } from "./Journal.ts"
import type { OperationId } from "./OperationId.ts"
import { shortOperationId } from "./OperationTime.ts"

/** The journal has no such operation. */
export class OperationMissing extends Schema.TaggedError<OperationMissing>()("OperationMissing", {
  operation: Schema.String
}) {
  readonly code = "operation-missing" as const
  override get message(): string {
    return `the journal has no operation ${JSON.stringify(this.operation)}`
  }
  get hint(): string {
    return "`slipway audit --all` lists the operations of all projects"
  }
}

/** At most this many of the operations that an id could mean are named. */
const mostNamed = 10

/** Several operations go by the beginning of an id. */
export class OperationAmbiguous extends Schema.TaggedError<OperationAmbiguous>()("OperationAmbiguous", {
  operation: Schema.String,
  /** Ids of the operations that it could mean, oldest first. */
  matches: Schema.Array(Schema.String)
}) {
  readonly code = "name-ambiguous" as const
  override get message(): string {
    const more = this.matches.length - mostNamed
    return [
      `${JSON.stringify(this.operation)} could mean any of ${this.matches.length} operations:`,
      ...(more > 0 ? [`  ${more} older ones`] : []),
      ...this.matches.slice(-mostNamed).map((match) => `  ${match}`)
    ].join("\n")
  }
  get hint(): string {
    return "name more of one id"
  }
}

/**
 * Finds the operation that a text means: its id, the beginning of its id, or the beginning of the part behind the
 * time.
 */
export const matchOperation = (
  text: string,
  ids: ReadonlyArray<OperationId>
): Result.Result<OperationId, OperationMissing | OperationAmbiguous> => {
  const exact = ids.find((id) => id === text)
  const matches = exact === undefined
    ? ids.filter((id) => text !== "" && (id.startsWith(text) || shortOperationId(id).startsWith(text)))
    : [exact]
  const [match, ...others] = matches
  if (match === undefined) return Result.fail(new OperationMissing({ operation: text }))
  return others.length === 0 ? Result.succeed(match) : Result.fail(new OperationAmbiguous({ operation: text, matches }))
}

/** Whether an operation belongs to the project of a main checkout, or does not tell of which one it is. */
export const isOfRepository = (record: JournalRecord, main: string): boolean =>
  (startOf(record)?.details?.["repository"] ?? main) === main

/** Whether an operation says itself that it is about a feature: in its details, or as `auth` or `auth/M1`. */
const namesFeature = (record: JournalRecord, feature: string): boolean => {
  const started = startOf(record)
  return started !== null && (
    started.details?.["feature"] === feature || started.subject === feature || started.subject.startsWith(`${feature}/`)
  )
}

/**
 * The operations about a feature: those that name it, and those on a worktree that one of these names. `done auth-M1`
 * does not tell where the feature's name ends, but `impl auth/M1` has told its worktree.
 */
export const ofFeature = (records: ReadonlyArray<JournalRecord>, feature: string): ReadonlyArray<JournalRecord> => {
  const naming = new Set(records.filter((record) => namesFeature(record, feature)))
  const worktrees = new Set([...naming].flatMap((record) => startOf(record)?.details?.["worktree"] ?? []))
  return records.filter((record) => naming.has(record) || worktrees.has(startOf(record)?.details?.["worktree"] ?? ""))
}
