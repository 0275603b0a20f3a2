import type { TaskOutcome } from "../record/RunEvent.ts"
import type { RunPolicy } from "../record/RunSnapshot.ts"
import type { TaskChild } from "../record/RunState.ts"

/**
 * What Slipway waits, in milliseconds, before it runs a task again that failed for a reason that may pass, before its
 * agent had ended: one entry for each further try.
 */
export const transientRetryWaits: ReadonlyArray<number> = [1000, 4000]

/** Reasons of an interrupted attempt whose runner went away: it is run again at once, however often that happens. */
export const lostRunnerReasons: ReadonlyArray<string> = ["RunnerLost", "Interrupted"]

/** Reasons that Slipway itself gives for stopping or leaving out a task. */
export const stopReasons = {
  cancelled: "RunCancelled",
  runTimedOut: "RunTimedOut",
  taskTimedOut: "TaskTimedOut",
  failFast: "FailFast",
  tooManyFailures: "TooManyFailures",
  superseded: "Superseded"
} as const

/** What one task's children say, without regard to the others'. */
export interface TaskVerdict {
  /**
   * `new`: nothing of it counts yet; `live`: an attempt is there; `again`: it is to be run (again) from `due` on;
   * `final`: nothing more comes of it.
   */
  readonly state: "new" | "live" | "again" | "final"
  /** Null until `final`. */
  readonly outcome: TaskOutcome | null
  readonly reason: string | null
  /** Whether its failure counts for `failFast` and `maxFailures`. */
  readonly isFailure: boolean
  /** The number of the newest attempt, superseded or not; 0 before the first. */
  readonly newest: number
  /** The number that a further attempt would have. */
  readonly next: number
  /** Milliseconds since the epoch; minus infinity is at once. */
  readonly due: number
  /** The attempts that are `Pending` or `Running`, the newest first. All but the newest child are there by mistake. */
  readonly live: ReadonlyArray<TaskChild>
  readonly startedAt: number | null
  readonly finishedAt: number | null
  /** Whether the run's own time was over before the task was. */
  readonly isOutOfTime: boolean
}

/** Whether a child's attempt may still do something. A mark does nothing. */
export const isLive = ({ attempt, state }: TaskChild): boolean =>
  attempt > 0 && (state === "Pending" || state === "Running")

/**
 * Judges one task by its children, in any order. Of two observations of one attempt the one that tells more counts.
 *
 * @param now milliseconds since the epoch
 */
export const judgeTask = (
  children: ReadonlyArray<TaskChild>,
  rules: {
    readonly policy: RunPolicy
    /** The last attempt that counts no longer; 0 for none. */
    readonly superseded: number
    /** The last attempt whose failure is forgiven; -1 for none. */
    readonly forgiven: number
    readonly now: number
  }
): TaskVerdict => {
  const { forgiven, now, policy, superseded } = rules
  if (children.length === 0 && superseded === 0) return untouched
  const distinct = children.length < 2 ? children : distinctChildren(children)
  // Newest first, so that a mark, which has the number 0, is the last.
  const last = distinct.at(-1)
  const mark = last?.attempt === 0 ? last : undefined
  const attempts = mark === undefined ? distinct : distinct.slice(0, -1)
  const counting = superseded === 0 ? attempts : attempts.filter(({ attempt }) => attempt > superseded)
  const newest = attempts[0]?.attempt ?? 0
  const decider = counting[0]
  const verdict = (
    state: TaskVerdict["state"],
    outcome: TaskOutcome | null,
    by: TaskChild | undefined,
    more: { readonly due?: number; readonly isFailure?: boolean } = {}
  ): TaskVerdict => ({
    state,
    outcome,
    reason: by?.reason ?? null,
    isFailure: more.isFailure ?? false,
    newest,
    next: Math.max(newest, superseded) + 1,
    due: more.due ?? atOnce,
    live: attempts.some(isLive) ? attempts.filter(isLive) : none,
    startedAt: decider?.startedAt ?? null,
    finishedAt: state === "final" ? by?.finishedAt ?? null : null,
    isOutOfTime: mark?.reason === stopReasons.runTimedOut || decider?.reason === stopReasons.runTimedOut
  })
  if (decider !== undefined && isLive(decider)) return verdict("live", null, decider)
  if (decider?.state === "Succeeded") {
    return verdict("final", decider.outcome === "NoChanges" ? "NoChanges" : "Succeeded", decider)
  }
  // What a task did is told rather than that it gets no further attempt.
  const isOverruled = decider !== undefined && decider.failure !== "interrupted" && markOutcome(mark) === "Skipped"
  if (mark !== undefined && !isOverruled) return verdict("final", markOutcome(mark), mark)
  if (decider === undefined) return verdict("new", null, undefined)
  const due = mark === undefined ? dueAgain(counting, policy.retry, now) : null
  if (due !== null) return verdict("again", null, decider, { due })
  const outcome = failureOutcome(decider)
  const isItsOwn = outcome === "Failed" || (outcome === "TimedOut" && decider.reason !== stopReasons.runTimedOut)
  return verdict("final", outcome, decider, { isFailure: isItsOwn && decider.attempt > forgiven })
}

const none: ReadonlyArray<TaskChild> = []

const atOnce = -Infinity

/** Of a task without children. */
const untouched: TaskVerdict = {
  state: "new",
  outcome: null,
  reason: null,
  isFailure: false,
  newest: 0,
  next: 1,
  due: atOnce,
  live: none,
  startedAt: null,
  finishedAt: null,
  isOutOfTime: false
}

/** From when a task is to be run again after its attempts, newest first, of which the last failed; null for never. */
const dueAgain = (attempts: ReadonlyArray<TaskChild>, retry: number, now: number): number | null => {
  const last = attempts[0]
  if (last === undefined || failureOutcome(last) !== "Failed") return null
  if (last.failure === "agent") {
    return attempts.reduce((count, { failure }) => failure === "agent" ? count + 1 : count, 0) <= retry ? atOnce : null
  }
  if (isRunnerLost(last)) return atOnce
  if (!isPassing(last)) return null
  // The agent's own failures begin a new count: they come after its setup went well.
  const sinceAgent = attempts.findIndex(({ failure }) => failure === "agent")
  const recent = sinceAgent < 0 ? attempts : attempts.slice(0, sinceAgent)
  const tries = recent.reduce((count, child) => isPassing(child) && !isRunnerLost(child) ? count + 1 : count, 0)
  const wait = transientRetryWaits[tries - 1]
  if (wait === undefined) return null
  // A time to come was told by a clock that has been put back since: what is left of the wait is unknown.
  return last.finishedAt === null || last.finishedAt > now ? atOnce : last.finishedAt + wait
}

const isPassing = ({ failure, transient }: TaskChild): boolean =>
  transient && (failure === "setup" || failure === "interrupted")

const isRunnerLost = ({ failure, reason }: TaskChild): boolean =>
  failure === "interrupted" && reason !== null && lostRunnerReasons.includes(reason)

const failureOutcome = ({ outcome }: TaskChild): TaskOutcome =>
  outcome === "Cancelled" || outcome === "TimedOut" || outcome === "Skipped" ? outcome : "Failed"

const markOutcome = (mark: TaskChild | undefined): "Skipped" | "Cancelled" | "TimedOut" =>
  mark?.outcome === "Cancelled" || mark?.outcome === "TimedOut" ? mark.outcome : "Skipped"

/** Newest first, each attempt once. */
const distinctChildren = (children: ReadonlyArray<TaskChild>): ReadonlyArray<TaskChild> => {
  const sorted = children.toSorted((one, other) => other.attempt - one.attempt || byWeight(other, one))
  return sorted.filter((child, place) => sorted[place - 1]?.attempt !== child.attempt)
}

const stateWeights = { Pending: 0, Running: 1, Failed: 2, Succeeded: 3 } as const

/** A total order of what can be observed of one attempt: of two that are equal here it does not matter which counts. */
const byWeight = (one: TaskChild, other: TaskChild): number =>
  stateWeights[one.state] - stateWeights[other.state] ||
  byNumber(one.finishedAt, other.finishedAt) ||
  byNumber(one.startedAt, other.startedAt) ||
  byText(one.outcome, other.outcome) ||
  byText(one.reason, other.reason) ||
  byText(one.failure, other.failure) ||
  Number(one.transient) - Number(other.transient)

const byNumber = (one: number | null, other: number | null): number => {
  const [left, right] = [knownTime(one), knownTime(other)]
  return left < right ? -1 : left > right ? 1 : 0
}

const knownTime = (time: number | null): number => time === null || Number.isNaN(time) ? -Infinity : time

const byText = (one: string | null, other: string | null): number => {
  const [left, right] = [one ?? "", other ?? ""]
  return left < right ? -1 : left > right ? 1 : 0
}
