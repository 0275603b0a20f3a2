import type { Reconcile } from "../batch/reconcile/Reconcile.ts"
import type { DesiredRun, RunAction, TaskChild } from "../batch/record/RunState.ts"
import { type RunEngine, runEngine } from "./RunModel.ts"

/** An engine with a deliberate fault, and the property that finds it. */
export interface RunMutant {
  readonly name: string
  readonly engine: RunEngine
  readonly foundBy: string
}

const { advanceRun, reconcile } = runEngine

const faulty = (name: string, foundBy: string, decide: Reconcile): RunMutant => ({
  name,
  foundBy,
  engine: { ...runEngine, reconcile: decide }
})

/** Believes that something else is wanted. */
const wanting = (change: (run: DesiredRun) => Partial<DesiredRun>): Reconcile => (run, children, now) =>
  reconcile({ ...run, ...change(run) }, children, now)

/** Sees other children than there are. */
const seeing =
  (change: (children: ReadonlyArray<TaskChild>) => ReadonlyArray<TaskChild>): Reconcile => (run, children, now) =>
    reconcile(run, change(children), now)

/** Does something else than it should. */
const doing =
  (change: (actions: ReadonlyArray<RunAction>) => ReadonlyArray<RunAction>): Reconcile => (run, children, now) => {
    const { actions, standing } = reconcile(run, children, now)
    return { actions: change(actions), standing }
  }

/** Faults that an engine of runs could have. */
export const runMutants: ReadonlyArray<RunMutant> = [
  faulty(
    "one attempt too many at once",
    "never more attempts run than maxParallel",
    wanting(({ policy }) => ({ policy: { ...policy, maxParallel: policy.maxParallel + 1 } }))
  ),
  faulty(
    "attempts that wait to run take no room",
    "never more attempts run than maxParallel",
    (run, children, now) => {
      const pending = children.filter(({ state }) => state === "Pending").length
      return reconcile(
        { ...run, policy: { ...run.policy, maxParallel: run.policy.maxParallel + pending } },
        children,
        now
      )
    }
  ),
  faulty(
    "each attempt is the first",
    "never the same attempt twice",
    doing((actions) => actions.map((action) => action._tag === "CreateAttempt" ? { ...action, attempt: 1 } : action))
  ),
  faulty(
    "superseded attempts are not seen, and their numbers given again",
    "never the same attempt twice",
    (run, children, now) =>
      reconcile(
        { ...run, superseded: new Map() },
        children.filter(({ attempt, index }) => attempt === 0 || attempt > (run.superseded.get(index) ?? 0)),
        now
      )
  ),
  faulty(
    "suspension is not heard",
    "what is suspended, cancelled, waiting or out of time starts nothing",
    wanting(() => ({ suspend: false }))
  ),
  faulty("cancelling is not heard", "a cancelled run leaves nothing to itself", wanting(() => ({ cancel: false }))),
  faulty(
    "attempts are not told to stop when a run is cancelled",
    "a cancelled run leaves nothing to itself",
    doing((actions) => actions.filter(({ _tag }) => _tag !== "CancelAttempt"))
  ),
  faulty(
    "the run's time limit is not kept",
    "what is suspended, cancelled, waiting or out of time starts nothing",
    wanting(({ policy }) => ({ policy: { ...policy, timeoutSeconds: null } }))
  ),
  faulty(
    "the observation that comes last decides",
    "the order of observations changes nothing",
    seeing((children) => [...new Map(children.map((child) => [child.index, child])).values()])
  ),
  faulty(
    "one retry too many",
    "an agent that fails is not run more often than retry says",
    wanting(({ policy }) => ({ policy: { ...policy, retry: policy.retry + 1 } }))
  ),
  faulty(
    "every failure may pass",
    "what cannot pass is final: out of time, unpublished, never to be set up",
    seeing((children) => children.map((child) => child.failure === "publish" ? { ...child, failure: "agent" } : child))
  ),
  faulty(
    "what may pass is tried for ever",
    "failures that may pass are tried again a few times and no more",
    seeing((children) =>
      children.map((child) =>
        child.failure === "setup" ? { ...child, failure: "interrupted", reason: "RunnerLost" } : child
      )
    )
  ),
  faulty(
    "an attempt that lost its runner has failed",
    "what a killed or stopped process left is run again, or given up for a reason",
    seeing((children) =>
      children.map((child) =>
        child.failure === "interrupted" ? { ...child, transient: false, failure: "setup" } : child
      )
    )
  ),
  faulty(
    "marks are not seen",
    "every run ends within a bound",
    seeing((children) => children.filter(({ attempt }) => attempt > 0))
  ),
  faulty(
    "what was cancelled is run again",
    "a task that is final is never started again unless that is asked for",
    (run, children, now) =>
      reconcile(run, run.cancel ? children : children.filter(({ outcome }) => outcome !== "Cancelled"), now)
  ),
  faulty(
    "what went well is run again after a resumption",
    "a task that went well is not run again unless that is asked for",
    (run, children, now) =>
      reconcile(
        run,
        children.map((child) =>
          run.startedAt !== null && (child.finishedAt ?? now) < run.startedAt
            ? { ...child, state: "Failed", outcome: "Failed", failure: "interrupted", reason: "RunnerLost" }
            : child
        ),
        now
      )
  ),
  faulty(
    "a run is finished when nothing runs",
    "a run is finished exactly when all its tasks are final and none is at work",
    (run, children, now) => {
      const { actions, standing } = reconcile(run, children, now)
      const finish: RunAction = { _tag: "FinishRun", phase: "Failed", reason: "TasksFailed" }
      const isIdle = standing.progress.running === 0 && actions.every(({ _tag }) => _tag === "WaitUntil")
      return { actions: isIdle ? [...actions, finish] : actions, standing }
    }
  ),
  faulty(
    "nobody is told what to wait for",
    "every run ends within a bound",
    doing((actions) => actions.filter(({ _tag }) => _tag !== "WaitUntil"))
  ),
  faulty(
    "a run is never finished",
    "every run ends within a bound",
    doing((actions) => actions.filter(({ _tag }) => _tag !== "FinishRun"))
  ),
  faulty(
    "tasks between two attempts are not counted",
    "counters add up to the total and agree with the tasks",
    (run, children, now) => {
      const { actions, standing } = reconcile(run, children, now)
      const between = standing.tasks.filter(({ attempt, phase }) => phase === "Pending" && attempt > 0).length
      const progress = { ...standing.progress, pending: standing.progress.pending - between }
      return { actions, standing: { ...standing, progress } }
    }
  ),
  faulty(
    "failures are borne for ever",
    "failures beyond what is borne start nothing",
    wanting(({ policy }) => ({ policy: { ...policy, failFast: false, maxFailures: null } }))
  ),
  {
    name: "a killed process' attempts are believed to run",
    foundBy: "what runs in the world is what is counted as running",
    engine: {
      ...runEngine,
      advanceRun: (history, event) => {
        const next = advanceRun(history, event)
        return event._tag === "SessionStarted" ? { ...next, children: history.children } : next
      }
    }
  },
  {
    name: "a retry keeps the marks",
    foundBy: "event by event is folded to the same as all at once, and changes no history before",
    engine: {
      ...runEngine,
      advanceRun: (history, event) => {
        const next = advanceRun(history, event)
        return event._tag === "RetryRequested" ? { ...next, children: history.children } : next
      }
    }
  }
]
