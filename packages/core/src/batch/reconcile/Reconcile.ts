import type { RunPhase } from "../record/RunEvent.ts"
import type { DesiredRun, RunAction, RunProgress, RunStanding, TaskChild, TaskStanding } from "../record/RunState.ts"
import { runConditions } from "./RunConditions.ts"
import { judgeTask, stopReasons, type TaskVerdict } from "./TaskVerdict.ts"

/** What a run needs next, and how it stands. */
export interface Reconciled {
  readonly actions: ReadonlyArray<RunAction>
  readonly standing: RunStanding
}

export type Reconcile = (run: DesiredRun, children: ReadonlyArray<TaskChild>, now: number) => Reconciled

/** Why a run ended as it did: the reasons of `FinishRun` and of the conditions `Complete` and `Failed`. */
export const runReasons = {
  succeeded: "AllSucceeded",
  failed: "TasksFailed",
  cancelled: "Cancelled",
  timedOut: "TimedOut",
  failFast: "FailFast",
  tooManyFailures: "TooManyFailures"
} as const

/**
 * Decides what a run needs next from what is there now, and from nothing else: pure, total, the same for every order of
 * the children, linear in them. What it asks for, it asks for again until it is observed; the caller does it once.
 *
 * - Stops come first: `cancel`, then the run's time limit, `failFast`, `maxFailures`. Live attempts are cancelled (not by
 *   `maxFailures`), all that wait are marked; a task that has failed and would have been run again keeps its failure.
 *   Tasks that waited when the run's time was over are `Skipped` with the reason `RunTimedOut`, and the run fails as
 *   `TimedOut`, so that it exits with 124 even if none was ever started.
 * - Then new attempts, by index, as many as `maxParallel` leaves room for beside the live ones; none while the run is
 *   suspended or waits for something.
 * - An attempt that is out of `taskTimeout` is cancelled as `TimedOut`, which is final.
 * - `FinishRun` comes when every task is final and no attempt is live, and never else; suspended or not.
 * - `WaitUntil` comes when something is due later by the clock alone. A suspended run without live attempts has none:
 *   its time limit counts from when it is resumed.
 *
 * Children of unknown tasks are passed over. A live attempt that is not its task's newest, or was superseded, is
 * cancelled before the task gets another.
 *
 * @param now milliseconds since the epoch; may jump
 * @example
 * reconcile(desired, [], 0).actions // [{ _tag: "CreateAttempt", index: 0, attempt: 1 }]
 */
export const reconcile: Reconcile = (run, children, now) => {
  const verdicts = judgeTasks(run, children, now)
  const stop = stopOf(run, verdicts, now)
  const stops: Array<RunAction> = []
  for (const [index, verdict] of verdicts.entries()) {
    if (verdict.live.length > 0 || stop !== null) stops.push(...stopTask(run, verdict, index, stop, now))
  }
  const creates = stop === null && !isHeldBack(run) ? newAttempts(run, verdicts, now) : []
  const isFinished = verdicts.every(({ live, state }) => state === "final" && live.length === 0)
  const standing = standingOf(run, verdicts, { isFinished, isBegun: creates.length > 0 })
  const finish: ReadonlyArray<RunAction> = isFinished
    ? [{
      _tag: "FinishRun",
      phase: standing.phase === "Succeeded" ? "Succeeded" : "Failed",
      reason: endingOf(run, verdicts).reason
    }]
    : []
  const due = isFinished ? null : nextMoment(run, verdicts, stop, now)
  const wait: ReadonlyArray<RunAction> = due === null ? [] : [{ _tag: "WaitUntil", at: due }]
  return { actions: [...stops, ...creates, ...finish, ...wait], standing }
}

const judgeTasks = (run: DesiredRun, children: ReadonlyArray<TaskChild>, now: number): ReadonlyArray<TaskVerdict> => {
  const none: ReadonlyArray<TaskChild> = []
  const byTask: Array<Array<TaskChild> | undefined> = Array.from({ length: Math.max(0, Math.floor(run.total) || 0) })
  for (const child of children) {
    const { attempt, index } = child
    const isKnown = Number.isInteger(index) && index >= 0 && index < byTask.length
    if (!isKnown || !Number.isSafeInteger(attempt + 1) || attempt < 0) continue
    const siblings = byTask[index]
    if (siblings === undefined) byTask[index] = [child]
    else siblings.push(child)
  }
  return byTask.map((siblings, index) =>
    judgeTask(siblings ?? none, {
      policy: run.policy,
      superseded: run.superseded.get(index) ?? 0,
      forgiven: run.forgiven.get(index) ?? -1,
      now
    })
  )
}

const isHeldBack = ({ suspend, waitingFor }: DesiredRun): boolean => suspend || waitingFor !== null

/** Why no further attempt is to be started. */
interface Stop {
  readonly mark: "Skipped" | "Cancelled"
  /** What becomes of live attempts; null: they go on. */
  readonly live: "Cancelled" | "TimedOut" | null
  /** Whether tasks that wait are given up; a suspended run's wait for it to be resumed. */
  readonly givesUp: boolean
  readonly reason: string
}

const stopOf = (run: DesiredRun, verdicts: ReadonlyArray<TaskVerdict>, now: number): Stop | null => {
  const { policy } = run
  if (run.cancel) return { mark: "Cancelled", live: "Cancelled", givesUp: true, reason: stopReasons.cancelled }
  if (now >= runDeadline(run)) {
    return { mark: "Skipped", live: "TimedOut", givesUp: !isHeldBack(run), reason: stopReasons.runTimedOut }
  }
  const failures = verdicts.reduce((count, { isFailure }) => isFailure ? count + 1 : count, 0)
  if (policy.failFast && failures > 0) {
    return { mark: "Skipped", live: "Cancelled", givesUp: true, reason: stopReasons.failFast }
  }
  return policy.maxFailures !== null && failures > policy.maxFailures
    ? { mark: "Skipped", live: null, givesUp: true, reason: stopReasons.tooManyFailures }
    : null
}

/** Milliseconds since the epoch; infinity without a limit, or before the run has started. */
const runDeadline = ({ policy, startedAt }: DesiredRun): number =>
  policy.timeoutSeconds === null || startedAt === null ? Infinity : startedAt + policy.timeoutSeconds * 1000

const taskDeadline = ({ policy }: DesiredRun, { startedAt }: TaskChild): number =>
  policy.taskTimeoutSeconds === null || startedAt === null ? Infinity : startedAt + policy.taskTimeoutSeconds * 1000

const stopTask = (
  run: DesiredRun,
  { live, newest, state }: TaskVerdict,
  index: number,
  stop: Stop | null,
  now: number
): ReadonlyArray<RunAction> => {
  const cancels = live.flatMap((child): ReadonlyArray<RunAction> => {
    const cancel = (outcome: "Cancelled" | "TimedOut", reason: string): ReadonlyArray<RunAction> => [
      { _tag: "CancelAttempt", index, attempt: child.attempt, outcome, reason }
    ]
    if (stop !== null && stop.live !== null) return cancel(stop.live, stop.reason)
    if (state !== "live" || child.attempt !== newest) return cancel("Cancelled", stopReasons.superseded)
    return now >= taskDeadline(run, child) ? cancel("TimedOut", stopReasons.taskTimedOut) : []
  })
  if (stop === null || !stop.givesUp || state === "live" || state === "final") return cancels
  return [...cancels, { _tag: "MarkTask", index, outcome: stop.mark, reason: stop.reason }]
}

const newAttempts = (
  { policy }: DesiredRun,
  verdicts: ReadonlyArray<TaskVerdict>,
  now: number
): ReadonlyArray<RunAction> => {
  const creates: Array<RunAction> = []
  let room = verdicts.reduce((left, { live }) => left - live.length, Math.max(1, Math.floor(policy.maxParallel) || 1))
  for (const [index, { due, live, next, state }] of verdicts.entries()) {
    if (room <= 0) break
    if ((state !== "new" && state !== "again") || live.length > 0 || due > now) continue
    creates.push({ _tag: "CreateAttempt", index, attempt: next })
    room -= 1
  }
  return creates
}

/** When something is due next by the clock alone; null for never. */
const nextMoment = (
  run: DesiredRun,
  verdicts: ReadonlyArray<TaskVerdict>,
  stop: Stop | null,
  now: number
): number | null => {
  let next = Infinity
  const consider = (at: number): void => {
    if (at > now && at < next) next = at
  }
  let isWaiting = !isHeldBack(run)
  for (const { due, live, state } of verdicts) {
    if (live.length > 0) isWaiting = true
    if (stop === null && state === "again" && !isHeldBack(run)) consider(due)
    for (const child of live) consider(taskDeadline(run, child))
  }
  if (isWaiting) consider(runDeadline(run))
  return Number.isFinite(next) ? next : null
}

const standingOf = (
  run: DesiredRun,
  verdicts: ReadonlyArray<TaskVerdict>,
  { isBegun, isFinished }: { readonly isBegun: boolean; readonly isFinished: boolean }
): RunStanding => {
  const tasks = verdicts.map(taskStanding)
  const progress = progressOf(tasks)
  const hasBegun = isBegun || verdicts.some(({ live, newest }) => newest > 0 || live.length > 0)
  const phase: RunPhase = isFinished
    ? progress.completed === progress.total ? "Succeeded" : "Failed"
    : hasBegun
    ? "Running"
    : "Pending"
  const ending = isFinished ? endingOf(run, verdicts) : null
  const { suspend, waitingFor } = run
  return { phase, progress, tasks, conditions: runConditions({ phase, progress, suspend, waitingFor, ending }) }
}

const taskStanding = (verdict: TaskVerdict, index: number): TaskStanding => ({
  index,
  phase: taskPhase(verdict),
  outcome: verdict.outcome,
  reason: verdict.reason,
  attempt: verdict.newest,
  startedAt: verdict.startedAt,
  finishedAt: verdict.finishedAt
})

const taskPhase = ({ outcome, state }: TaskVerdict): RunPhase =>
  state === "live"
    ? "Running"
    : state !== "final"
    ? "Pending"
    : isGood(outcome)
    ? "Succeeded"
    : "Failed"

const isGood = (outcome: TaskVerdict["outcome"]): boolean => outcome === "Succeeded" || outcome === "NoChanges"

const progressOf = (tasks: ReadonlyArray<TaskStanding>): RunProgress => {
  const counts = { Pending: 0, Running: 0, Succeeded: 0, Failed: 0 }
  for (const { phase } of tasks) counts[phase] += 1
  return {
    total: tasks.length,
    pending: counts.Pending,
    running: counts.Running,
    completed: counts.Succeeded,
    failed: counts.Failed
  }
}

/** Why a run whose tasks are all final ended as it did. */
const endingOf = (
  { cancel }: DesiredRun,
  verdicts: ReadonlyArray<TaskVerdict>
): { readonly reason: string; readonly message: string } => {
  const failed = verdicts.filter(({ outcome }) => !isGood(outcome))
  const message = `${verdicts.length - failed.length} of ${verdicts.length} ${
    verdicts.length === 1 ? "task" : "tasks"
  } went well`
  const has = (reason: string): boolean => failed.some((verdict) => verdict.reason === reason)
  if (failed.length === 0) return { reason: runReasons.succeeded, message }
  if (cancel || has(stopReasons.cancelled)) return { reason: runReasons.cancelled, message }
  if (failed.some(({ isOutOfTime }) => isOutOfTime)) return { reason: runReasons.timedOut, message }
  if (has(stopReasons.failFast)) return { reason: runReasons.failFast, message }
  if (has(stopReasons.tooManyFailures)) return { reason: runReasons.tooManyFailures, message }
  return { reason: runReasons.failed, message }
}
