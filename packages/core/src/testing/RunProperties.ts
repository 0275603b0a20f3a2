import { isLive, lostRunnerReasons, transientRetryWaits } from "../batch/reconcile/TaskVerdict.ts"
import { foldRun } from "../batch/record/FoldRun.ts"
import type { RunEvent } from "../batch/record/RunEvent.ts"
import { diceOf } from "./FeatureModelDice.ts"
import { demand, snapshot as textOf } from "./FeatureProperty.ts"
import { type RunEngine, type RunLife, type RunMoment, shuffled } from "./RunModel.ts"
import { inSituations, type RunProperty } from "./RunProperty.ts"

const createsOf = ({ reconciled }: Pick<RunMoment, "reconciled">) =>
  reconciled.actions.filter((action) => action._tag === "CreateAttempt")

const ofMoments = (
  name: string,
  check: (moment: RunMoment, engine: RunEngine) => void
): RunProperty => ({ name, ofLife: (engine, { moments }) => moments.forEach((moment) => check(moment, engine)) })

/** The events from one on, up to the next request to run tasks again. */
const rounds = (events: ReadonlyArray<RunEvent>, index: number): ReadonlyArray<ReadonlyArray<RunEvent>> => {
  const parts: Array<Array<RunEvent>> = [[]]
  for (const event of events) {
    if (event._tag === "RetryRequested" && event.indices.includes(index)) parts.push([])
    parts.at(-1)?.push(event)
  }
  return parts
}

/** The results of a task's attempts, oldest first, in each round. */
const resultsOf = ({ events, snapshot }: RunLife) =>
  snapshot.variableContexts.flatMap((_, index) =>
    rounds(events, index).map((round) =>
      round.flatMap((event) => event._tag === "AttemptFinished" && event.index === index ? [event.result] : [])
    )
  )

const lostReasons: ReadonlySet<string | null> = new Set(lostRunnerReasons)

const lifeProperties: ReadonlyArray<RunProperty> = [
  {
    name: "never more attempts run than maxParallel",
    ofLife: (_, { moments, snapshot }) => {
      for (const { running } of moments) {
        demand(
          running.length <= snapshot.policy.maxParallel,
          () => `${running.join()} of ${snapshot.policy.maxParallel}`
        )
      }
    }
  },
  {
    name: "never the same attempt twice",
    ofLife: (_, { events }) => {
      const names = events.flatMap((event) =>
        event._tag === "AttemptCreated" ? [`${event.index}/${event.attempt}`] : []
      )
      demand(new Set(names).size === names.length, () => names.join())
    }
  },
  {
    name: "every run ends within a bound",
    ofLife: (_, { events, hasEnded }) => demand(hasEnded, () => textOf(events.slice(-10)))
  },
  {
    name: "when a run is finished nothing of it runs",
    ofLife: (_, { hasEnded, moments, running }) => {
      if (hasEnded) demand(running.length === 0, () => running.join())
      for (const { reconciled, running: then } of moments) {
        const isFinished = reconciled.actions.some(({ _tag }) => _tag === "FinishRun")
        demand(!isFinished || then.length === 0, () => then.join())
      }
    }
  },
  {
    name: "a task that went well is not run again unless that is asked for",
    ofLife: (_, life) => {
      for (const results of resultsOf(life)) {
        const well = results.findIndex(({ outcome }) => outcome === "Succeeded" || outcome === "NoChanges")
        demand(well < 0 || well === results.length - 1, () => textOf(results))
      }
    }
  },
  {
    name: "a task that is final is never started again unless that is asked for",
    ofLife: (_, { events, moments }) => {
      for (const [place, moment] of moments.entries()) {
        const before = moments[place - 1]
        if (before === undefined) continue
        const asked = new Set(
          events.slice(before.revision, moment.revision).flatMap((event) =>
            event._tag === "RetryRequested" ? event.indices : []
          )
        )
        for (const { index, outcome } of before.reconciled.standing.tasks) {
          if (outcome === null || asked.has(index)) continue
          const next = moment.reconciled.standing.tasks[index]
          demand(next?.outcome === outcome, () => `task ${index} was ${outcome} and is ${next?.outcome}`)
        }
      }
    }
  },
  {
    name: "what a killed or stopped process left is run again, or given up for a reason",
    ofLife: (_, { hasEnded, moments }) => {
      if (!hasEnded) return
      for (const { outcome, reason } of moments.at(-1)?.reconciled.standing.tasks ?? []) {
        demand(outcome !== "Failed" || !lostReasons.has(reason), () => `ended as ${reason}`)
      }
    }
  },
  {
    name: "an agent that fails is not run more often than retry says",
    ofLife: (_, life) => {
      for (const results of resultsOf(life)) {
        const failures = results.filter(({ failure, outcome }) => failure === "agent" && outcome === "Failed").length
        demand(failures <= life.snapshot.policy.retry + 1, () => `${failures} failures`)
      }
    }
  },
  {
    name: "failures that may pass are tried again a few times and no more",
    ofLife: (_, life) => {
      for (const results of resultsOf(life)) {
        let inRow = 0
        for (const { failure, reason, transient } of results) {
          if (failure === "agent") inRow = 0
          else if (transient && !lostReasons.has(reason)) inRow += 1
          demand(inRow <= transientRetryWaits.length + 1, () => textOf(results))
        }
      }
    }
  },
  {
    name: "what cannot pass is final: out of time, unpublished, never to be set up",
    ofLife: (_, life) => {
      for (const results of resultsOf(life)) {
        for (const { failure, outcome, transient } of results.slice(0, -1)) {
          const mayPass = outcome === "Failed" && (failure === "agent" || (failure !== "publish" && transient))
          demand(mayPass, () => textOf(results))
        }
      }
    }
  },
  {
    name: "event by event is folded to the same as all at once, and changes no history before",
    ofLife: (_, { events, history, moments, snapshot }) => {
      demand(textOf(plain(foldRun(snapshot, events))) === textOf(plain(history)), () => textOf(events))
      for (const { history: then, revision } of moments.slice(-5)) {
        const anew = foldRun(snapshot, events.slice(0, revision))
        demand(textOf(plain(anew)) === textOf(plain(then)), () => `at ${revision}: ${textOf(events)}`)
      }
    }
  },
  {
    name: "children are kept by task, the newest first, each once",
    ofLife: (_, { history: { children } }) => {
      for (const [place, child] of children.entries()) {
        const before = children[place - 1]
        if (before === undefined) continue
        const isOrdered = before.index < child.index || (before.index === child.index && before.attempt > child.attempt)
        demand(isOrdered, () => textOf(children))
      }
    }
  },
  ofMoments("what runs in the world is what is counted as running", ({ history, reconciled, running }) => {
    if (history.session === null) return
    demand(reconciled.standing.progress.running === running.length, () => running.join())
  }),
  ofMoments(
    "a run waits for nothing only when it is suspended, waiting or finished",
    ({ history, reconciled, running }) => {
      const isIdle = running.length === 0 && reconciled.actions.length === 0
      demand(!isIdle || history.desired.suspend || history.desired.waitingFor !== null, () => "nothing will happen")
    }
  )
]

const plain = ({ published, results, ...rest }: RunLife["history"]) => ({
  ...rest,
  results: [...results].toSorted(([one], [other]) => one < other ? -1 : 1),
  published: [...published].toSorted(([one], [other]) => one < other ? -1 : 1)
})

const situationProperties: ReadonlyArray<RunProperty> = [
  inSituations("counters add up to the total and agree with the tasks", (_, { desired }, { standing }) => {
    const { completed, failed, pending, running, total } = standing.progress
    demand(total === desired.total && standing.tasks.length === total, () => `${total} of ${desired.total}`)
    demand(pending + running + completed + failed === total, () => textOf(standing.progress))
    const count = (phase: string) => standing.tasks.filter((task) => task.phase === phase).length
    demand(count("Pending") === pending && count("Running") === running, () => textOf(standing))
    demand(count("Succeeded") === completed && count("Failed") === failed, () => textOf(standing))
  }),

  inSituations("the order of observations changes nothing", (engine, { children, desired, now }, reconciled) => {
    for (const number of [1, 2, 3]) {
      const anew = engine.reconcile(desired, shuffled(diceOf(number), children), now)
      demand(textOf(anew) === textOf(reconciled), () => textOf(children))
    }
    demand(textOf(engine.reconcile(desired, children.toReversed(), now)) === textOf(reconciled), () => textOf(children))
  }),

  inSituations(
    "what is suspended, cancelled, waiting or out of time starts nothing",
    (_, { desired, now }, reconciled) => {
      const { cancel, policy, startedAt, suspend, waitingFor } = desired
      const isOver = policy.timeoutSeconds !== null && startedAt !== null &&
        now >= startedAt + policy.timeoutSeconds * 1000
      const mayStart = !suspend && !cancel && waitingFor === null && !isOver
      demand(mayStart || createsOf({ reconciled }).length === 0, () => textOf(reconciled.actions))
    }
  ),

  inSituations("a cancelled run leaves nothing to itself", (_, { children, desired }, { actions, standing }) => {
    if (!desired.cancel) return
    for (const { index, outcome } of standing.tasks) {
      const isCared = actions.some((action) => "index" in action && action.index === index)
      demand(isCared || outcome !== null, () => `task ${index}: ${textOf(actions)}`)
    }
    for (const { attempt, index } of children.filter((child) => isLive(child) && child.index in standing.tasks)) {
      const observed = children.filter((child) => child.index === index && child.attempt === attempt)
      if (observed.length > 1 || !Number.isSafeInteger(attempt + 1)) continue
      const isStopped = actions.some((action) =>
        action._tag === "CancelAttempt" && action.index === index && action.attempt === attempt
      )
      demand(isStopped, () => `${index}/${attempt}: ${textOf(actions)}`)
    }
  }),

  inSituations("room is never filled beyond maxParallel", (_, { desired }, reconciled) => {
    const creates = createsOf({ reconciled }).length
    const limit = Math.max(1, Math.floor(desired.policy.maxParallel) || 1)
    const { running } = reconciled.standing.progress
    demand(creates === 0 || creates + running <= limit, () => `${running} + ${creates} > ${limit}`)
  }),

  inSituations("a new attempt has a number above all earlier ones, and none beside it", (_, situation, reconciled) => {
    const { children, desired } = situation
    for (const { attempt, index } of createsOf({ reconciled })) {
      const siblings = children.filter((child) => child.index === index && Number.isSafeInteger(child.attempt + 1))
      demand(siblings.every((child) => child.attempt < attempt), () => `${index}/${attempt}`)
      demand(attempt > (desired.superseded.get(index) ?? 0), () => `${index}/${attempt}`)
      demand(attempt > 0 && Number.isSafeInteger(attempt), () => `${index}/${attempt}`)
    }
    const indices = createsOf({ reconciled }).map(({ index }) => index)
    demand(indices.every((index, place) => place === 0 || index > (indices[place - 1] ?? -1)), () => indices.join())
  }),

  inSituations(
    "a run is finished exactly when all its tasks are final and none is at work",
    (_, situation, reconciled) => {
      const { actions, standing } = reconciled
      const isFinal = standing.tasks.every(({ phase }) => phase === "Succeeded" || phase === "Failed")
      const isAtWork = actions.some(({ _tag }) => _tag === "CancelAttempt")
      const finish = actions.find((action) => action._tag === "FinishRun")
      demand((finish !== undefined) === (isFinal && !isAtWork), () => textOf({ situation, actions }))
      if (finish === undefined) return demand(!["Succeeded", "Failed"].includes(standing.phase), () => standing.phase)
      demand(actions.length === 1 && finish.phase === standing.phase, () => textOf(actions))
      const isWell = standing.progress.completed === standing.progress.total
      demand((finish.phase === "Succeeded") === isWell, () => textOf(standing))
    }
  ),

  inSituations("what is waited for is to come, and one moment", (_, { now }, { actions }) => {
    const moments = actions.filter((action) => action._tag === "WaitUntil")
    demand(moments.length <= 1 && moments.every(({ at }) => at > now && Number.isFinite(at)), () => textOf(actions))
  }),

  inSituations("failures beyond what is borne start nothing", (_, { desired }, reconciled) => {
    const failures = reconciled.standing.tasks.filter(({ attempt, index, outcome, reason }) =>
      (outcome === "Failed" || (outcome === "TimedOut" && attempt > 0 && reason === "TaskTimedOut")) &&
      attempt > (desired.forgiven.get(index) ?? -1)
    ).length
    const { failFast, maxFailures } = desired.policy
    const isTooMuch = (failFast && failures > 0) || (maxFailures !== null && failures > maxFailures)
    demand(!isTooMuch || createsOf({ reconciled }).length === 0, () =>
      `${failures} failures`)
  }),

  inSituations("a run that goes on and has room starts what is due", (_, { desired }, reconciled) => {
    const { progress, tasks } = reconciled.standing
    const isIdle = progress.running === 0 && progress.pending > 0 && reconciled.actions.length === 0
    demand(!isIdle || desired.suspend || desired.waitingFor !== null, () => textOf(tasks))
  }),

  inSituations("each condition is told once, Complete and Failed never both", (_, __, { standing }) => {
    const types = standing.conditions.map(({ type }) => type)
    demand(new Set(types).size === 7 && types.length === 7, () => types.join())
    const holds = (type: string) => standing.conditions.some((one) => one.type === type && one.status === "True")
    demand(holds("Complete") === (standing.phase === "Succeeded"), () => textOf(standing.conditions))
    demand(holds("Failed") === (standing.phase === "Failed"), () => textOf(standing.conditions))
    for (const { reason } of standing.conditions) demand(/^[A-Z][A-Za-z]*$/u.test(reason), () => reason)
  })
]

/** What holds for every engine of runs. */
export const runProperties: ReadonlyArray<RunProperty> = [...lifeProperties, ...situationProperties]
