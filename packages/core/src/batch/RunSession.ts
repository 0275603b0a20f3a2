import { type Cause, Clock, DateTime, Effect, type Exit, Fiber, Queue, Random, Semaphore, Stream } from "effect"
import type { AttemptFailure } from "./attempt/AttemptFailure.ts"
import { type AttemptSurroundings, clearWorkspace, workOnAttempt } from "./attempt/AttemptWork.ts"
import { secretValues } from "./attempt/TaskMaterials.ts"
import type { TaskRunner } from "./attempt/TaskRunner.ts"
import type { TaskWorkspaces } from "./attempt/TaskWorkspaces.ts"
import type { BatchEvent } from "./BatchEvent.ts"
import { reconcile } from "./reconcile/Reconcile.ts"
import type { BatchRunStore, RunRequest, StoredRun } from "./record/BatchRunStore.ts"
import { taskName } from "./record/Expand.ts"
import { advanceRun, foldRun, resultKey } from "./record/FoldRun.ts"
import type { RunEvent } from "./record/RunEvent.ts"
import type { RunValues } from "./record/RunSnapshot.ts"
import type { RunAction, RunHistory, RunProgress, RunStanding } from "./record/RunState.ts"
import type { RunUnavailable } from "./source/BatchProblem.ts"

/** What a session needs: the run, and what it is worked on with. */
export interface SessionInput {
  readonly stored: StoredRun
  readonly values: RunValues
  readonly reason: "run" | "resume" | "retry"
  /** Journaled before anything else, such as which tasks are to be run again. */
  readonly first: ReadonlyArray<RunEvent>
  readonly process: { readonly pid: number; readonly startedAt: string }
  readonly runner: TaskRunner["Service"]
  readonly store: BatchRunStore["Service"]
  readonly workspaces: TaskWorkspaces["Service"]
  readonly emit: (event: BatchEvent) => void
}

/** Something has happened that may change what is to be done. */
type Signal =
  | { readonly _tag: "AttemptEnded"; readonly key: string; readonly exit: Exit.Exit<void, RunUnavailable> }
  | { readonly _tag: "Requested"; readonly request: RunRequest }
  | { readonly _tag: "TimeIsUp" }
  | { readonly _tag: "Failed"; readonly cause: Cause.Cause<RunUnavailable> }

/** An attempt that is being worked on. */
interface Working {
  readonly fiber: Fiber.Fiber<void>
  /** Why it is being stopped; null while it is not. */
  stop: AttemptFailure | null
}

type ActionOf<Tag extends RunAction["_tag"]> = Extract<RunAction, { readonly _tag: Tag }>

/** The longest wait, in milliseconds, before a look at the clock: it may have been put on, or the machine have slept. */
const longestWait = 60_000

/**
 * Works on a run until it is finished, or suspended with nothing running: looks how it stands, does what `reconcile` says,
 * waits until something happens, and looks again. The caller holds the run. When it is interrupted or fails, all agents are
 * stopped before it ends, and the run can be resumed.
 */
export const workOnRun = Effect.fnUntraced(function*(input: SessionInput) {
  const { emit, reason, runner, store, stored, workspaces } = input
  const { snapshot } = stored
  const { name, uid } = snapshot
  const begun = yield* Clock.currentTimeMillis
  const signals = yield* Queue.unbounded<Signal>()
  const appending = yield* Semaphore.make(1)
  let history: RunHistory = foldRun(snapshot, stored.events)

  /** One after the other, so that what is folded is in the order of the journal. */
  const record = (events: ReadonlyArray<RunEvent>): Effect.Effect<void, RunUnavailable> =>
    appending.withPermit(Effect.uninterruptible(Effect.map(store.append(name, events), () => {
      history = events.reduce(advanceRun, history)
    })))

  /** Whether a runner lost an agent, which it may have left behind. */
  let hasLost = false

  /** By index and attempt. */
  const working = new Map<string, Working>()
  const around: AttemptSurroundings = {
    snapshot,
    values: input.values,
    secrets: secretValues(input.values),
    session: `${uid}/${yield* Random.nextIntBetween(0, 2 ** 31)}`,
    runner,
    store,
    workspaces,
    now: isoNow,
    record: (event) =>
      Effect.ensuring(
        record([event]),
        Effect.sync(() => {
          if (event._tag === "AgentStarted") emit({ ...event, task: taskName(snapshot, event.index) })
        })
      ),
    ownCommits: (url, branch) => history.published.get(`${url} ${branch}`) ?? []
  }

  const startAttempt = Effect.fnUntraced(function*({ attempt, index }: ActionOf<"CreateAttempt">) {
    const task = taskName(snapshot, index)
    const key = resultKey(index, attempt)
    const since = yield* Clock.currentTimeMillis
    const at = yield* isoNow
    // Before the world is touched.
    yield* record([{ _tag: "AttemptCreated", at, index, attempt }])
    emit({ _tag: "AttemptStarted", at, task, index, attempt })
    const clear = clearWorkspace(around, { uid, run: name, index, attempt })
    const work = Effect.gen(function*() {
      // One whose runner went away may still be at work.
      if (hasLost) yield* Effect.ignore(runner.sweep(uid))
      const result = yield* workOnAttempt(around, index, attempt, () => working.get(key)?.stop ?? interruption)
      if (result.failure === "interrupted") hasLost = true
      const finished = { _tag: "AttemptFinished", at: yield* isoNow, index, attempt, result } as const
      // A disk that the agent has filled has room again once its workspace is gone.
      yield* record([finished]).pipe(Effect.catch(() => Effect.andThen(clear, record([finished]))))
      emit({ ...finished, task, ms: (yield* Clock.currentTimeMillis) - since })
      yield* clear
    })
    // An interruption is for the agent alone: what came of it is recorded, and told here.
    const fiber = yield* Effect.forkDetach(
      Effect.map(Effect.exit(work), (exit) => void Queue.offerUnsafe(signals, { _tag: "AttemptEnded", key, exit })),
      { uninterruptible: true }
    )
    working.set(key, { fiber, stop: null })
  })

  const cancelAttempt = ({ attempt, index, outcome, reason: why }: ActionOf<"CancelAttempt">) =>
    Effect.sync(() => {
      const one = working.get(resultKey(index, attempt))
      if (one === undefined || one.stop !== null) return
      one.stop = stopped(outcome, why)
      one.fiber.interruptUnsafe()
    })

  const markTasks = Effect.fnUntraced(function*(marks: ReadonlyArray<ActionOf<"MarkTask">>) {
    const at = yield* isoNow
    yield* record(
      marks.map(({ index, outcome, reason: why }) => ({ _tag: "TaskMarked", at, index, outcome, reason: why }))
    )
    for (const { index, outcome, reason: why } of marks) {
      emit({ _tag: "TaskMarked", at, task: taskName(snapshot, index), index, outcome, reason: why })
    }
  })

  const hear = Effect.fnUntraced(function*(signal: Signal) {
    switch (signal._tag) {
      case "AttemptEnded":
        working.delete(signal.key)
        return yield* signal.exit
      case "Requested": {
        const at = yield* isoNow
        if (signal.request._tag === "Cancel") {
          if (history.desired.cancel) return
          yield* record([{ _tag: "CancelRequested", at }])
          return emit({ _tag: "Cancelling", at })
        }
        const { suspend } = signal.request
        if (history.desired.suspend === suspend) return
        yield* record([{ _tag: "SuspendChanged", at, suspend }])
        return emit({ _tag: "Suspended", at, suspend })
      }
      case "TimeIsUp":
        return
      case "Failed":
        return yield* Effect.failCause(signal.cause)
    }
  })

  /** Waits for one signal, and takes the others that have come with it. */
  const listen = Effect.fnUntraced(function*(until: number | null) {
    // A signal itself, as one that comes while a race is decided would be lost.
    const alarm = until === null ? null : yield* Effect.forkChild(Effect.andThen(
      Effect.sleep(Math.min(until - (yield* Clock.currentTimeMillis), longestWait)),
      Queue.offer(signals, { _tag: "TimeIsUp" })
    ))
    const heard = yield* Queue.takeAll(signals)
    if (alarm !== null) yield* Fiber.interrupt(alarm)
    yield* Effect.forEach(heard, hear, { discard: true })
  })

  let shown = ""
  const showProgress = Effect.fnUntraced(function*({ completed, failed, pending, running, total }: RunProgress) {
    const counters = [completed, failed, pending, running].join()
    if (counters === shown) return
    shown = counters
    emit({ _tag: "Progress", at: yield* isoNow, progress: { total, pending, running, completed, failed } })
  })

  const loop = Effect.gen(function*() {
    while (true) {
      const { actions, standing } = reconcile(history.desired, history.children, yield* Clock.currentTimeMillis)
      const creates = actionsOf(actions, "CreateAttempt")
      yield* showProgress(standing.progress)
      yield* Effect.forEach(actionsOf(actions, "CancelAttempt"), cancelAttempt, { discard: true })
      const marks = actionsOf(actions, "MarkTask")
      if (marks.length > 0) {
        yield* markTasks(marks)
        // They may be the last that were missing.
        continue
      }
      yield* Effect.forEach(creates, (create) => Effect.uninterruptible(startAttempt(create)), { discard: true })
      yield* showProgress(withBegun(standing.progress, creates.length))
      // Their own time limits begin with them, and are not among the actions that began them.
      if (creates.length > 0 && snapshot.policy.taskTimeoutSeconds !== null) continue
      const [finish] = actionsOf(actions, "FinishRun")
      // What is finished by its journal may still be clearing up.
      if (finish !== undefined && working.size === 0) return yield* finishRun(finish)
      const due = Math.min(...actionsOf(actions, "WaitUntil").map(({ at }) => at))
      // Suspended, or waiting for what it has not: nothing happens by itself.
      if (working.size === 0 && due === Infinity) return
      yield* listen(due === Infinity ? null : due)
    }
  })

  const finishRun = Effect.fnUntraced(function*({ phase, reason: why }: ActionOf<"FinishRun">) {
    yield* record([{ _tag: "RunFinished", at: yield* isoNow, phase, reason: why }])
  })

  /** Of earlier attempts, be they of a process that was killed, nothing stays but what was to stay. */
  const clearRun = snapshot.keepWorkspaces
    ? Effect.void
    : workspaces.remove({ uid }).pipe(Effect.catch(({ message }) => Effect.logWarning(message)))

  let hasStarted = false
  const session = Effect.gen(function*() {
    if (reason !== "run") {
      yield* runner.sweep(uid)
      yield* clearRun
      yield* store.forgetRequests(name)
    }
    const at = yield* isoNow
    yield* record([...input.first, { _tag: "SessionStarted", at, process: input.process, reason }])
    hasStarted = true
    emit({
      _tag: "RunStarted",
      at,
      run: name,
      namespace: snapshot.namespace,
      total: history.desired.total,
      reason,
      warnings: snapshot.warnings
    })
    yield* store.requests(name).pipe(
      Stream.runForEach((request) => Queue.offer(signals, { _tag: "Requested", request })),
      Effect.catchCause((cause) => Queue.offer(signals, { _tag: "Failed", cause })),
      Effect.forkScoped
    )
    yield* loop
    if (hasLost) yield* Effect.ignore(runner.sweep(uid))
    yield* clearRun
    if (history.finished === null) yield* record([{ _tag: "SessionInterrupted", at: yield* isoNow }])
  })

  /** All agents at once, then the word that nobody works on the run any more. */
  const abandon = Effect.gen(function*() {
    yield* Fiber.interruptAll([...working.values()].map(({ fiber }) => fiber))
    if (!hasStarted || history.finished !== null) return
    // Who holds a run is known without it: whoever resumes it finds out.
    yield* Effect.ignore(Effect.flatMap(isoNow, (at) => record([{ _tag: "SessionInterrupted", at }])))
  })
  yield* Effect.onError(Effect.scoped(session), () => abandon)

  const now = yield* Clock.currentTimeMillis
  const { standing } = reconcile(history.desired, history.children, now)
  emit({ _tag: "RunFinished", at: yield* isoNow, run: name, standing, ms: now - begun })
})

/** The time as journals tell it. */
export const isoNow: Effect.Effect<string> = Effect.map(DateTime.now, DateTime.formatIso)

const actionsOf = <Tag extends RunAction["_tag"]>(
  actions: ReadonlyArray<RunAction>,
  tag: Tag
): ReadonlyArray<ActionOf<Tag>> => actions.filter((action): action is ActionOf<Tag> => action._tag === tag)

/** The counts once further tasks have begun that waited. */
const withBegun = (progress: RunStanding["progress"], count: number): RunProgress => ({
  ...progress,
  pending: progress.pending - count,
  running: progress.running + count
})

const interruption: AttemptFailure = {
  outcome: "Failed",
  reason: "Interrupted",
  message: "Slipway was interrupted while the agent was at work",
  failure: "interrupted",
  transient: true
}

const stopped = (outcome: "Cancelled" | "TimedOut", reason: string): AttemptFailure => ({
  outcome,
  reason,
  message: outcome === "TimedOut" ? "its time was over" : "it was stopped",
  failure: "agent",
  transient: false
})
