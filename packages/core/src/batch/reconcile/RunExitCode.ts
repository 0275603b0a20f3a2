import { exitCodes } from "../../operation/Problem.ts"
import type { RunStanding } from "../record/RunState.ts"
import { runReasons } from "./Reconcile.ts"

/**
 * The exit code that tells how a run stands: 0 when all its tasks went well, 124 when it has failed and a task or the
 * run itself was out of time, also when none had been started by then. One that is suspended and has come to rest is 0
 * as long as no task has failed. Else 1, as for any other run that is not finished.
 *
 * @example
 * exitCodeOfRun(reconcile(desired, children, now).standing) // 0
 */
export const exitCodeOfRun = ({ conditions, phase, progress, tasks }: RunStanding): number => {
  if (phase === "Succeeded") return exitCodes.done
  const isSuspended = conditions.some(({ status, type }) => type === "Suspended" && status === "True")
  if (isSuspended && progress.running === 0 && progress.failed === 0) return exitCodes.done
  const isOutOfTime = tasks.some(({ outcome }) => outcome === "TimedOut") ||
    conditions.some(({ reason, status, type }) =>
      type === "Failed" && status === "True" && reason === runReasons.timedOut
    )
  return phase === "Failed" && isOutOfTime ? exitCodes.timedOut : exitCodes.failed
}
