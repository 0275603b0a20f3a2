import { emptyGrowingMap } from "./GrowingMap.ts"
import type { AttemptResult, RunEvent } from "./RunEvent.ts"
import type { RunSnapshot } from "./RunSnapshot.ts"
import type { RunHistory, TaskChild } from "./RunState.ts"

/** A run that was made, and nothing more. */
export const emptyRunHistory = (snapshot: RunSnapshot): RunHistory => ({
  desired: {
    name: snapshot.name,
    total: snapshot.variableContexts.length,
    policy: snapshot.policy,
    suspend: snapshot.suspend,
    cancel: snapshot.cancel,
    waitingFor: null,
    startedAt: null,
    superseded: new Map(),
    forgiven: new Map()
  },
  children: [],
  results: emptyGrowingMap(),
  published: emptyGrowingMap(),
  finished: null,
  session: null,
  startedAt: null
})

/**
 * What a journal tells of a run. Events that contradict each other are taken as far as they go: the first result of an
 * attempt counts, events of unknown tasks count for nothing. Never throws.
 *
 * @example
 * const { children, desired } = foldRun(snapshot, events)
 * reconcile(desired, children, now).standing.progress
 */
export const foldRun = (snapshot: RunSnapshot, events: ReadonlyArray<RunEvent>): RunHistory =>
  events.reduce((history, event) => advanceRun(history, event), emptyRunHistory(snapshot))

/** What a journal tells with one event more. The history before stays as it was; most of it is shared. */
export const advanceRun = (history: RunHistory, event: RunEvent): RunHistory => {
  const at = timeOf(event.at)
  switch (event._tag) {
    case "SessionStarted": {
      const { desired, startedAt } = history
      const suspend = event.reason === "run" && desired.suspend
      return {
        ...withoutLive(history, at, "RunnerLost"),
        desired: { ...desired, suspend, startedAt: at },
        session: event.process,
        startedAt: startedAt ?? at
      }
    }
    case "SessionInterrupted":
      return { ...withoutLive(history, at, "Interrupted"), session: null }
    case "RunFinished": {
      const { phase, reason } = event
      return { ...withoutLive(history, at, "RunnerLost"), session: null, finished: { phase, reason, at: at ?? 0 } }
    }
    case "AttemptCreated":
      return withAttempt(history, event, (present) => present ?? { ...newAttempt(event), startedAt: at })
    case "AgentStarted":
      return withAttempt(history, event, (present) =>
        present === undefined || present.state === "Pending"
          ? { ...newAttempt(event), startedAt: present?.startedAt ?? at, state: "Running" }
          : present)
    case "AttemptFinished": {
      const key = resultKey(event.index, event.attempt)
      if (history.results.has(key) || !isTask(history, event.index)) return history
      const finished = withAttempt(history, event, (present) => ({
        ...(present ?? newAttempt(event)),
        ...finishedAttempt(event.result),
        finishedAt: at
      }))
      return { ...finished, results: history.results.with(key, event.result) }
    }
    case "PublishIntended": {
      const key = `${event.url} ${event.branch}`
      const known = history.published.get(key) ?? []
      if (known.includes(event.commit)) return history
      return { ...history, published: history.published.with(key, [...known, event.commit]) }
    }
    case "TaskMarked":
      return withAttempt(history, { index: event.index, attempt: 0 }, () => ({
        ...newAttempt({ index: event.index, attempt: 0 }),
        state: "Failed",
        outcome: event.outcome,
        reason: event.reason,
        finishedAt: at
      }))
    case "RetryRequested":
      return withRetry(history, new Set(event.indices))
    case "SuspendChanged":
      return { ...history, desired: { ...history.desired, suspend: event.suspend } }
    case "CancelRequested":
      return { ...history, desired: { ...history.desired, cancel: true } }
  }
}

/** The key of an attempt in a history's `results`. */
export const resultKey = (index: number, attempt: number): string => `${index}/${attempt}`

interface AttemptOfTask {
  readonly index: number
  readonly attempt: number
}

const newAttempt = ({ attempt, index }: AttemptOfTask): TaskChild => ({
  index,
  attempt,
  state: "Pending",
  startedAt: null,
  finishedAt: null,
  outcome: null,
  reason: null,
  failure: null,
  transient: false
})

const finishedAttempt = ({ failure, outcome, reason, transient }: AttemptResult): Partial<TaskChild> => ({
  state: outcome === "Succeeded" || outcome === "NoChanges" ? "Succeeded" : "Failed",
  outcome,
  reason,
  failure,
  transient
})

const isTask = ({ desired }: RunHistory, index: number): boolean =>
  Number.isInteger(index) && index >= 0 && index < desired.total

/** Puts an attempt at its place: by task, the newest first. */
const withAttempt = (
  history: RunHistory,
  attempt: AttemptOfTask,
  change: (present: TaskChild | undefined) => TaskChild
): RunHistory => {
  if (!isTask(history, attempt.index)) return history
  const { children } = history
  const place = placeOf(children, attempt)
  const found = children[place]
  const present = found?.index === attempt.index && found.attempt === attempt.attempt ? found : undefined
  const changed = change(present)
  if (changed === present) return history
  return { ...history, children: children.toSpliced(place, present === undefined ? 0 : 1, changed) }
}

/** Where an attempt stands among the children, or would. */
const placeOf = (children: ReadonlyArray<TaskChild>, { attempt, index }: AttemptOfTask): number => {
  let [from, to] = [0, children.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    const child = children[middle]
    if (child === undefined) return middle
    if (child.index < index || (child.index === index && child.attempt > attempt)) from = middle + 1
    else to = middle
  }
  return from
}

/** Of a session that is over nothing runs any more. */
const withoutLive = (history: RunHistory, at: number | null, reason: "RunnerLost" | "Interrupted"): RunHistory => ({
  ...history,
  children: history.children.map((child) =>
    child.state === "Pending" || child.state === "Running"
      ? {
        ...child,
        state: "Failed",
        outcome: "Failed",
        reason,
        failure: "interrupted",
        transient: true,
        finishedAt: at
      }
      : child
  )
})

const withRetry = (history: RunHistory, indices: ReadonlySet<number>): RunHistory => {
  const { children, desired } = history
  const superseded = new Map(desired.superseded)
  const forgiven = new Map(desired.forgiven)
  for (const index of indices) if (isTask(history, index)) superseded.set(index, superseded.get(index) ?? 0)
  for (const { attempt, index } of children) {
    const last = indices.has(index) ? superseded : forgiven
    last.set(index, Math.max(last.get(index) ?? 0, attempt))
  }
  return {
    ...history,
    desired: { ...desired, cancel: false, superseded, forgiven },
    children: children.filter(({ attempt, index }) => attempt > 0 || !indices.has(index)),
    finished: null
  }
}

const timeOf = (at: string): number | null => {
  const time = Date.parse(at)
  return Number.isFinite(time) ? time : null
}
