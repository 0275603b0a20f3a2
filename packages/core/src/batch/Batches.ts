import { Context, type Effect, type Stream } from "effect"
import type { RunnerFailed } from "./attempt/TaskRunner.ts"
import type { BatchEvent } from "./BatchEvent.ts"
import type { TaskContext } from "./kinds/TaskContext.ts"
import type { BatchRequest } from "./plan/BatchRequest.ts"
import type { AttemptResult } from "./record/RunEvent.ts"
import type { RunSnapshot } from "./record/RunSnapshot.ts"
import type { RunStanding } from "./record/RunState.ts"
import type {
  BatchInvalid,
  BatchTaskMissing,
  RunBusy,
  RunConflict,
  RunCorrupt,
  RunExists,
  RunMissing,
  RunUnavailable
} from "./source/BatchProblem.ts"
import type { SourceUnavailable } from "./source/BatchSources.ts"

/** A run as it would be made. */
export interface BatchPlan {
  readonly snapshot: RunSnapshot
  readonly tasks: ReadonlyArray<{
    readonly index: number
    readonly name: string
    readonly contexts: ReadonlyArray<TaskContext>
    /** The repositories' URLs, in order. */
    readonly urls: ReadonlyArray<string>
  }>
}

/** One task of a run in detail. */
export interface BatchTaskReport {
  readonly index: number
  readonly name: string
  readonly standing: RunStanding["tasks"][number]
  /** The task's own repositories. */
  readonly contexts: ReadonlyArray<TaskContext>
  /** SHA-256 of all its contexts. */
  readonly contextsHash: string
  /** Of the newest finished attempt; null before. */
  readonly result: AttemptResult | null
  /** Absolute path of the newest attempt's folder, with `log`, `changes.patch`, `result.json`; null before the first. */
  readonly folder: string | null
}

/** A run in detail. */
export interface BatchRunReport {
  readonly snapshot: RunSnapshot
  readonly standing: RunStanding
  readonly tasks: ReadonlyArray<BatchTaskReport>
  /** `running`: a process works on it; `interrupted`: none does, and it is not finished. */
  readonly state: "running" | "interrupted" | "suspended" | "finished"
  /** ISO 8601, UTC; null before. */
  readonly startTime: string | null
  readonly completionTime: string | null
}

/** One line of the list of runs; `problem` stands in the place of what cannot be read. */
export interface BatchRunEntry {
  readonly name: string
  readonly report: Omit<BatchRunReport, "tasks"> | null
  readonly problem: string | null
}

/** Why a request cannot be made a run. */
export type RequestProblem = BatchInvalid | SourceUnavailable

/** Why what is kept cannot be used. */
export type StoreProblem = RunCorrupt | RunUnavailable

/** Why a run stopped being worked on. */
export type SessionProblem = StoreProblem | RunBusy | RunnerFailed

/** Batches on this machine: one task over many repositories. */
export class Batches extends Context.Service<Batches, {
  /** What would run; nothing is kept or started. */
  readonly plan: (request: BatchRequest, kind?: "Task") => Effect.Effect<BatchPlan, RequestProblem>
  /**
   * Makes a run and works on it until it is finished or suspended; the events tell of it. Interrupting the stream stops
   * agents, and `resume` goes on later.
   */
  readonly run: (
    request: BatchRequest,
    kind?: "Task"
  ) => Stream.Stream<BatchEvent, RequestProblem | RunExists | SessionProblem>
  /** Goes on with a run whose process was stopped or killed, or that was suspended. */
  readonly resume: (
    name: string
  ) => Stream.Stream<BatchEvent, RunMissing | RunConflict | SessionProblem>
  /** Runs tasks again: those named, by index, name, or name of the repository; else those that failed. */
  readonly retry: (
    name: string,
    tasks?: ReadonlyArray<string>
  ) => Stream.Stream<BatchEvent, RunMissing | BatchTaskMissing | RunConflict | SessionProblem>
  /**
   * Stops a run for good, and gives how it stands when it has stopped. Whoever works on it stops it; where nobody does,
   * what was left is taken away here.
   */
  readonly cancel: (name: string) => Effect.Effect<BatchRunReport, RunMissing | RunConflict | SessionProblem>
  /** How a run stands; the newest one when no name is given. */
  readonly status: (name?: string) => Effect.Effect<BatchRunReport, RunMissing | StoreProblem>
  /** All runs, oldest first; one that cannot be read does not hide the others. */
  readonly list: Effect.Effect<ReadonlyArray<BatchRunEntry>, RunUnavailable>
  /** The log of a task's attempt, the newest when none is named; secrets are not in it. */
  readonly logs: (request: {
    readonly name: string
    /** Index, name, or name of the repository. */
    readonly task: string
    readonly attempt?: number
    readonly follow?: boolean
    readonly tail?: number
  }) => Stream.Stream<Uint8Array, RunMissing | BatchTaskMissing | StoreProblem>
}>()("@slipway/core/batch/Batches") {}
