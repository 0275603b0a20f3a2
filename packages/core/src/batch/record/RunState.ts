import type { GrowingMap } from "./GrowingMap.ts"
import type { AttemptResult, FailureKind, RunPhase, TaskOutcome } from "./RunEvent.ts"
import type { RunPolicy } from "./RunSnapshot.ts"

/** A child of a run as it is observed: one attempt of one task, or, with attempt 0, a mark on a task that gets none. */
export interface TaskChild {
  readonly index: number
  /** From 1; 0 for a mark. */
  readonly attempt: number
  readonly state: "Pending" | "Running" | "Succeeded" | "Failed"
  /** Milliseconds since the epoch. */
  readonly startedAt: number | null
  readonly finishedAt: number | null
  /** Null until it is finished. */
  readonly outcome: TaskOutcome | null
  readonly reason: string | null
  readonly failure: FailureKind | null
  readonly transient: boolean
}

/** What is wanted of a run. */
export interface DesiredRun {
  readonly name: string
  /** How many tasks there are. */
  readonly total: number
  readonly policy: RunPolicy
  readonly suspend: boolean
  readonly cancel: boolean
  /** Why it cannot start yet, such as a WorkspaceConfig that does not exist; null when nothing is in its way. */
  readonly waitingFor: string | null
  /** When it was started or last resumed, which its time limit counts from: milliseconds since the epoch; null before. */
  readonly startedAt: number | null
  /**
   * For each task whose earlier attempts count no longer: the last of them. Marks are not superseded; whoever runs a
   * task again takes its mark away.
   */
  readonly superseded: ReadonlyMap<number, number>
  /**
   * For each task whose failure stands, but counts neither for `failFast` nor for `maxFailures` any more, since others
   * were run again after it: the last of its attempts.
   */
  readonly forgiven: ReadonlyMap<number, number>
}

/** What is to be done next. */
export type RunAction =
  | { readonly _tag: "CreateAttempt"; readonly index: number; readonly attempt: number }
  | {
    readonly _tag: "CancelAttempt"
    readonly index: number
    readonly attempt: number
    readonly outcome: "Cancelled" | "TimedOut"
    readonly reason: string
  }
  | {
    readonly _tag: "MarkTask"
    readonly index: number
    readonly outcome: "Skipped" | "Cancelled" | "TimedOut"
    readonly reason: string
  }
  | { readonly _tag: "FinishRun"; readonly phase: "Succeeded" | "Failed"; readonly reason: string }
  /** Nothing happens by itself before then; milliseconds since the epoch. */
  | { readonly _tag: "WaitUntil"; readonly at: number }

/** How many tasks stand how; `completed` went well, `failed` did not and will not. */
export interface RunProgress {
  readonly total: number
  readonly pending: number
  readonly running: number
  readonly completed: number
  readonly failed: number
}

/** How one task stands. */
export interface TaskStanding {
  readonly index: number
  readonly phase: RunPhase
  readonly outcome: TaskOutcome | null
  readonly reason: string | null
  /** The newest attempt; 0 before the first. */
  readonly attempt: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
}

export const conditionTypes = [
  "Accepted",
  "WorkspaceReady",
  "ContextsReady",
  "Progressing",
  "Suspended",
  "Complete",
  "Failed"
] as const

/** One thing to know about a run, as Kubernetes tells it. */
export interface RunCondition {
  readonly type: (typeof conditionTypes)[number]
  readonly status: "True" | "False" | "Unknown"
  /** One word in CamelCase. */
  readonly reason: string
  readonly message: string
}

/** How a run stands, computed anew from its children. */
export interface RunStanding {
  readonly phase: RunPhase
  readonly progress: RunProgress
  readonly tasks: ReadonlyArray<TaskStanding>
  readonly conditions: ReadonlyArray<RunCondition>
}

/** What a journal tells of a run. */
export interface RunHistory {
  readonly desired: DesiredRun
  /** By task, its newest attempt first; a mark comes last. */
  readonly children: ReadonlyArray<TaskChild>
  /** The result of each finished attempt, by `index` and `attempt`: `"3/1"`. */
  readonly results: GrowingMap<string, AttemptResult>
  /** Commits that the run pushed or was about to push, by `url` and `branch` separated by a space. */
  readonly published: GrowingMap<string, ReadonlyArray<string>>
  /** Null while it is not finished. */
  readonly finished: { readonly phase: "Succeeded" | "Failed"; readonly reason: string; readonly at: number } | null
  /** The process of the newest session; null when it has ended, or there was none. */
  readonly session: { readonly pid: number; readonly startedAt: string } | null
  /** When it was started first: milliseconds since the epoch; null before. */
  readonly startedAt: number | null
}
