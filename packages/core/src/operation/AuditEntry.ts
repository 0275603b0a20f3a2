import type { ProcessIdentity } from "./Host.ts"
import type { JournalEvent, JournalRecord, OperationStatus } from "./Journal.ts"
import { operationTime } from "./OperationTime.ts"

/**
 * How far a step came: `pending` was planned and never begun; `interrupted` was begun, and its process ended before the
 * step did; `undo-failed` could not be taken back, so what it made is still there.
 */
export type AuditStepStatus =
  | "pending"
  | "running"
  | "completed"
  | "failed"
  | "undone"
  | "undo-failed"
  | "interrupted"

/** One step of an operation. Names as in the audit trail's contract. */
export interface AuditStep {
  /** Stable name, such as `claim-slot`. */
  readonly name: string
  /** What it does, for people; its name where the journal does not tell. */
  readonly title: string
  readonly status: AuditStepStatus
  /** Milliseconds that it took, without its undo; null while unknown. */
  readonly duration_ms: number | null
  /** Why it, or its undo, failed; null when neither did. */
  readonly message: string | null
}

/** How an operation ended; `running`: its process is alive, `dead`: its process was killed before it ended. */
export type AuditStatus = OperationStatus | "running" | "dead"

/** One operation of the audit trail. Names as in its contract. */
export interface AuditEntry {
  readonly operation_id: string
  /** Such as `impl`; `unknown` when the record's beginning cannot be read. */
  readonly type: string
  /** Such as `auth/M1`; null when the record's beginning cannot be read. */
  readonly subject: string | null
  readonly status: AuditStatus
  /** ISO 8601, UTC. */
  readonly started_at: string
  /** Milliseconds; null while unknown. */
  readonly duration_ms: number | null
  /** The process that ran it; null when the record's beginning cannot be read. */
  readonly process: { readonly pid: number } | null
  /** What the operation noted about itself, such as `worktree`, `branch` and `repository`. */
  readonly details: Readonly<Record<string, string>>
  /** Each step once: those of the plan in its order, then others as they began. */
  readonly steps: ReadonlyArray<AuditStep>
  /** Lines of the record that could not be read, so that the entry may lack something. */
  readonly unreadable_lines: number
}

/** The event that an operation began with; null when it cannot be read. */
export const startOf = (record: JournalRecord): Extract<JournalEvent, { _tag: "OperationStarted" }> | null =>
  record.events.find((event) => event._tag === "OperationStarted") ?? null

/** The process to ask for, where a record alone does not tell whether its operation still runs; else null. */
export const processInQuestion = (record: JournalRecord): ProcessIdentity | null =>
  endOf(record) === null ? startOf(record)?.process ?? null : null

/**
 * What the journal tells of one operation, as the audit trail shows it. Total: any events in any order give an entry.
 *
 * @param isAlive whether the operation's process still runs; only of account while the record has no end
 *
 * @example
 * auditEntry(record, false).steps // [{ name: "claim-slot", status: "completed", duration_ms: 12, … }]
 */
export const auditEntry = (record: JournalRecord, isAlive: boolean): AuditEntry => {
  const started = startOf(record)
  const ended = endOf(record)
  const status = ended?.status ?? (isAlive && started !== null ? "running" : "dead")
  return {
    operation_id: record.id,
    type: started?.kind ?? "unknown",
    subject: started?.subject ?? null,
    status,
    started_at: operationTime(record.id),
    // An operation that was closed for a dead process has no time of its own: nobody knows when it died.
    duration_ms: ended === null || ended.status === "interrupted" && ended.ms === 0 ? null : duration(ended.ms),
    process: started === null ? null : { pid: started.process.pid },
    details: started?.details ?? {},
    steps: stepsOf(record, status === "running"),
    unreadable_lines: record.unreadableLines
  }
}

const endOf = (record: JournalRecord): Extract<JournalEvent, { _tag: "OperationFinished" }> | null =>
  record.events.findLast((event) => event._tag === "OperationFinished") ?? null

/** A damaged record may hold any number. */
const duration = (ms: number): number | null => Number.isFinite(ms) && ms >= 0 ? ms : null

const stepsOf = (record: JournalRecord, isRunning: boolean): ReadonlyArray<AuditStep> => {
  const steps = new Map<string, AuditStep>()
  for (const { step, title } of startOf(record)?.plan ?? []) steps.set(step, planned(step, title))
  for (const event of record.events) {
    if ("step" in event) {
      steps.set(event.step, advanced(steps.get(event.step) ?? planned(event.step, event.step), event))
    }
  }
  return [...steps.values()].map((step) =>
    step.status === "running" && !isRunning ? { ...step, status: "interrupted" } : step
  )
}

const planned = (name: string, title: string): AuditStep => ({
  name,
  title,
  status: "pending",
  duration_ms: null,
  message: null
})

const advanced = (step: AuditStep, event: Extract<JournalEvent, { readonly step: string }>): AuditStep => {
  switch (event._tag) {
    case "StepStarted":
      return { ...planned(step.name, event.title), status: "running" }
    case "StepSucceeded":
      return { ...step, status: "completed", duration_ms: duration(event.ms), message: null }
    case "StepFailed":
      return { ...step, status: "failed", duration_ms: duration(event.ms), message: event.message }
    case "StepUndone":
      return { ...step, status: "undone" }
    case "StepUndoFailed":
      return { ...step, status: "undo-failed", message: event.message }
  }
}
