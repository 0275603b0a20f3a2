import { Cause } from "effect"
import type { FailureKind, TaskOutcome } from "../record/RunEvent.ts"
import type { RunUnavailable } from "../source/BatchProblem.ts"
import type { RunnerFailed } from "./TaskRunner.ts"
import type { WorkspaceFailed } from "./TaskWorkspaces.ts"

/** What is told of an attempt that did not go well. */
export interface AttemptFailure {
  readonly outcome: TaskOutcome
  readonly reason: string
  readonly message: string
  readonly failure: FailureKind
  readonly transient: boolean
}

/** What can go wrong with an attempt, from its workspace to its publication. */
export type AttemptError =
  | WorkspaceFailed
  | RunnerFailed
  | RunUnavailable
  | { readonly _tag: "PublishFailed"; readonly message: string; readonly reason: string; readonly transient: boolean }

/**
 * What is told of an attempt that ended with a cause.
 *
 * @param hasStarted whether its agent was started
 * @param stopReason what is told when nothing but an interruption ended it
 */
export const failureOf = (
  cause: Cause.Cause<AttemptError>,
  hasStarted: boolean,
  stopReason: () => AttemptFailure
): AttemptFailure => {
  const failed = cause.reasons.find(Cause.isFailReason)
  const defect = cause.reasons.find(Cause.isDieReason)
  if (failed === undefined && defect === undefined) return stopReason()
  const failure = failed === undefined
    ? internalFailure(defect?.defect, hasStarted)
    : ownFailure(failed.error, hasStarted)
  // It was being stopped, and that did not go well either.
  if (!cause.reasons.some(Cause.isInterruptReason)) return failure
  const stop = stopReason()
  return { ...stop, message: `${stop.message}; ${failure.message}` }
}

const internalFailure = (defect: unknown, hasStarted: boolean): AttemptFailure => ({
  outcome: "Failed",
  reason: "InternalError",
  message: `a fault of Slipway: ${String(defect)}`,
  failure: hasStarted ? "interrupted" : "setup",
  transient: false
})

const ownFailure = (error: AttemptError, hasStarted: boolean): AttemptFailure => {
  const common = { outcome: "Failed", message: error.message } as const
  switch (error._tag) {
    case "WorkspaceFailed":
      // Once the agent has run, nobody but it has made the workspace unreadable.
      return hasStarted
        ? { ...common, reason: error.reason, failure: "agent", transient: false }
        : { ...common, reason: error.reason, failure: "setup", transient: error.transient }
    case "RunnerFailed":
      return { ...common, reason: error.reason, failure: error.failure, transient: error.transient }
    case "PublishFailed":
      return { ...common, reason: error.reason, failure: "publish", transient: error.transient }
    case "RunUnavailable":
      return { ...common, reason: "ResultsUnwritable", failure: "publish", transient: false }
  }
}
