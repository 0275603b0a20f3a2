import { Context, type Effect, Schema } from "effect"
import type { OperationId } from "./OperationId.ts"

/** The journal could not be written, so nothing was done. */
export class JournalUnavailable extends Schema.TaggedError<JournalUnavailable>()("JournalUnavailable", {
  path: Schema.String,
  reason: Schema.String
}) {
  readonly code = "journal-unavailable" as const
  override get message(): string {
    return `cannot use the journal ${this.path}: ${this.reason}`
  }
  get hint(): string {
    return "make the folder writable and free some space, or set SLIPWAY_HOME to another folder"
  }
}

const ProcessIdentitySchema = Schema.Struct({ pid: Schema.Int, startedAt: Schema.String })

/** One step of a plan as it is shown and journaled. */
export const PlannedStep = Schema.Struct({
  /** Stable name, such as `claim-slot`. */
  step: Schema.String,
  /** What it will do, for people. */
  title: Schema.String,
  /** Why it is part of the plan. */
  reason: Schema.optionalKey(Schema.String)
})
export interface PlannedStep extends Schema.Schema.Type<typeof PlannedStep> {}

/** How an operation ended. */
export const OperationStatus = Schema.Literals(["succeeded", "failed", "interrupted"])
export type OperationStatus = typeof OperationStatus.Type

/** One event of an operation; `at` is an ISO 8601 time, `ms` a duration in milliseconds. */
export const JournalEvent = Schema.Union([
  Schema.TaggedStruct("OperationStarted", {
    at: Schema.String,
    kind: Schema.String,
    subject: Schema.String,
    process: ProcessIdentitySchema,
    plan: Schema.Array(PlannedStep),
    /** What a repair needs to know, such as the worktree's path. */
    details: Schema.optionalKey(Schema.Record(Schema.String, Schema.String))
  }),
  Schema.TaggedStruct("StepStarted", { at: Schema.String, step: Schema.String, title: Schema.String }),
  Schema.TaggedStruct("StepSucceeded", { at: Schema.String, step: Schema.String, ms: Schema.Number }),
  Schema.TaggedStruct("StepFailed", {
    at: Schema.String,
    step: Schema.String,
    ms: Schema.Number,
    message: Schema.String
  }),
  Schema.TaggedStruct("StepUndone", { at: Schema.String, step: Schema.String, ms: Schema.Number }),
  Schema.TaggedStruct("StepUndoFailed", {
    at: Schema.String,
    step: Schema.String,
    ms: Schema.Number,
    message: Schema.String
  }),
  Schema.TaggedStruct("OperationFinished", { at: Schema.String, status: OperationStatus, ms: Schema.Number })
])
export type JournalEvent = typeof JournalEvent.Type

/** What the journal tells of one operation. */
export interface JournalRecord {
  readonly id: OperationId
  readonly events: ReadonlyArray<JournalEvent>
  /** Lines that could not be read: a torn last line after a crash, or damage. */
  readonly unreadableLines: number
}

/**
 * The write-ahead record of every operation: an event is on disk before the world is touched.
 */
export class Journal extends Context.Service<Journal, {
  /** Appends one event to an operation's record. */
  readonly append: (id: OperationId, event: JournalEvent) => Effect.Effect<void, JournalUnavailable>
  /** Every operation whose record began at or after `since` (ISO 8601; all when absent), oldest first. */
  readonly list: (
    filter?: { readonly since?: string }
  ) => Effect.Effect<ReadonlyArray<JournalRecord>, JournalUnavailable>
  /** The ids of all operations that have a record, oldest first; no record is read. */
  readonly ids: Effect.Effect<ReadonlyArray<OperationId>, JournalUnavailable>
  /** The record of one operation; null when there is none. */
  readonly read: (id: OperationId) => Effect.Effect<JournalRecord | null, JournalUnavailable>
}>()("@slipway/core/operation/Journal") {}

const encode = Schema.encodeSync(Schema.fromJsonString(JournalEvent))
const decode = Schema.decodeUnknownOption(Schema.fromJsonString(JournalEvent))

/** One event as its line in the journal, with the line end. */
export const encodeJournalLine = (event: JournalEvent): string => `${encode(event)}\n`

/**
 * Reads the text of one operation's record. What cannot be read is counted, never fatal: the last line of a killed
 * process may be torn.
 */
export const decodeJournal = (id: OperationId, text: string): JournalRecord => {
  const lines = text.split("\n").filter((line) => line !== "")
  const events = lines.flatMap((line) => {
    const event = decode(line)
    return event._tag === "Some" ? [event.value] : []
  })
  return { id, events, unreadableLines: lines.length - events.length }
}
