import type { RunPhase } from "../record/RunEvent.ts"
import type { RunCondition, RunProgress } from "../record/RunState.ts"

/** What the conditions of a run are made of. */
export interface ConditionInput {
  readonly phase: RunPhase
  readonly progress: RunProgress
  readonly suspend: boolean
  readonly waitingFor: string | null
  /** Why it ended as it did; null while it has not. */
  readonly ending: { readonly reason: string; readonly message: string } | null
}

/** The conditions of a run: each type once, always in the same order. */
export const runConditions = (input: ConditionInput): ReadonlyArray<RunCondition> => {
  const { ending, phase, suspend, waitingFor } = input
  const isWaiting = waitingFor !== null
  return [
    condition("Accepted", true, "Accepted", ""),
    condition("WorkspaceReady", !isWaiting, isWaiting ? "WorkspaceMissing" : "WorkspaceReady", waitingFor ?? ""),
    isWaiting
      ? { type: "ContextsReady", status: "Unknown", reason: "WorkspaceMissing", message: "" }
      : condition("ContextsReady", true, "ContextsReady", ""),
    progressing(input),
    condition(
      "Suspended",
      suspend && ending === null,
      suspend && ending === null ? "SuspendRequested" : "NotSuspended",
      ""
    ),
    ended("Complete", phase === "Succeeded", ending),
    ended("Failed", phase === "Failed", ending)
  ]
}

const condition = (type: RunCondition["type"], holds: boolean, reason: string, message: string): RunCondition => ({
  type,
  status: holds ? "True" : "False",
  reason,
  message
})

const progressing = ({ ending, phase, progress, suspend, waitingFor }: ConditionInput): RunCondition => {
  const { completed, failed, running, total } = progress
  if (ending !== null) return condition("Progressing", false, "Finished", "")
  if (running > 0) {
    return condition("Progressing", true, "TasksRunning", `${completed + failed} of ${total} tasks are done`)
  }
  if (suspend) return condition("Progressing", false, "Suspended", "")
  if (waitingFor !== null) return condition("Progressing", false, "Waiting", waitingFor)
  return condition("Progressing", phase === "Running", phase === "Running" ? "TasksWaiting" : "NotStarted", "")
}

const ended = (type: "Complete" | "Failed", holds: boolean, ending: ConditionInput["ending"]): RunCondition =>
  holds && ending !== null
    ? condition(type, true, ending.reason, ending.message)
    : condition(type, false, ending === null ? "NotFinished" : "EndedOtherwise", "")
