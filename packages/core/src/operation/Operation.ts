import type { Effect, Exit } from "effect"
import type { JournalEvent, PlannedStep } from "./Journal.ts"
import type { OperationId } from "./OperationId.ts"
import type { Problem } from "./Problem.ts"

/** One mutation of the world, as it is announced and journaled. */
export interface OperationSpec {
  /** What it is, such as `impl` or `done`. */
  readonly kind: string
  /** What it is about, such as `auth/M1`. */
  readonly subject: string
  /** What is meant to happen, shown by a dry run and kept in the journal. */
  readonly plan: ReadonlyArray<PlannedStep>
  /** What a repair after a crash needs to know, such as the worktree's path. */
  readonly details?: Readonly<Record<string, string>>
}

/**
 * One part of an operation.
 *
 * `undo` runs, in reverse order of the steps, when the operation is interrupted or fails. It is told what `act` gave,
 * or that `act` did not end well, and so must bear that nothing, a part, or all of the step was done. With
 * `undoOn: "interruption"` it is left out when the operation fails: what the step made is then kept for the user.
 */
export interface Step<A, E, R> extends PlannedStep {
  readonly act: Effect.Effect<A, E, R>
  readonly undo?: (outcome: Exit.Exit<A, E>) => Effect.Effect<void, Problem, R>
  readonly undoOn?: "failure" | "interruption"
}

/** A line of narration of an operation; not journaled. */
export interface Note {
  readonly _tag: "Note"
  readonly level: "detail" | "info" | "warning"
  readonly text: string
}

/** Something that happened in an operation: what the journal keeps, or a line of narration. */
export interface OperationEvent {
  readonly id: OperationId
  readonly kind: string
  readonly subject: string
  readonly event: JournalEvent | Note
}
