import type { AttemptResult, TaskOutcome } from "./record/RunEvent.ts"
import type { RunStanding } from "./record/RunState.ts"

/** What happens while a run is worked on; `at` is an ISO 8601 time in UTC. */
export type BatchEvent =
  | {
    readonly _tag: "RunStarted"
    readonly at: string
    readonly run: string
    readonly namespace: string
    readonly total: number
    readonly reason: "run" | "resume" | "retry"
    /** Things to know, such as a file name given twice. */
    readonly warnings: ReadonlyArray<string>
  }
  | {
    readonly _tag: "AttemptStarted"
    readonly at: string
    readonly task: string
    readonly index: number
    readonly attempt: number
  }
  | {
    readonly _tag: "AgentStarted"
    readonly at: string
    readonly task: string
    readonly index: number
    readonly attempt: number
  }
  | {
    readonly _tag: "AttemptFinished"
    readonly at: string
    readonly task: string
    readonly index: number
    readonly attempt: number
    readonly result: AttemptResult
    /** Milliseconds. */
    readonly ms: number
  }
  | {
    readonly _tag: "TaskMarked"
    readonly at: string
    readonly task: string
    readonly index: number
    readonly outcome: TaskOutcome
    readonly reason: string
  }
  | { readonly _tag: "Suspended"; readonly at: string; readonly suspend: boolean }
  | { readonly _tag: "Cancelling"; readonly at: string }
  /** After each change: how the run stands. */
  | { readonly _tag: "Progress"; readonly at: string; readonly progress: RunStanding["progress"] }
  /** The last one. `phase` is `Pending` or `Running` when the run was suspended: it can be resumed. */
  | {
    readonly _tag: "RunFinished"
    readonly at: string
    readonly run: string
    readonly standing: RunStanding
    readonly ms: number
  }
