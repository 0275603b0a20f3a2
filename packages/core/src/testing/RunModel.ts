import { DateTime } from "effect"
import { type Reconcile, reconcile, type Reconciled } from "../batch/reconcile/Reconcile.ts"
import { advanceRun, emptyRunHistory } from "../batch/record/FoldRun.ts"
import type { AttemptResult, RunEvent } from "../batch/record/RunEvent.ts"
import type { RunSnapshot } from "../batch/record/RunSnapshot.ts"
import type { RunAction, RunHistory } from "../batch/record/RunState.ts"
import { type Dice, diceOf } from "./FeatureModelDice.ts"
import { anyPolicy, anyResult, resultOf, sampleSnapshot } from "./RunModelSample.ts"

/** What decides over a run: the real functions, or faulty ones that properties must find out. */
export interface RunEngine {
  readonly reconcile: Reconcile
  readonly advanceRun: (history: RunHistory, event: RunEvent) => RunHistory
}

export const runEngine: RunEngine = { reconcile, advanceRun }

/** What a life is made from: numbers for dice. */
export interface RunLifePlan {
  readonly policy: number
  readonly steps: ReadonlyArray<number>
}

/** A moment at which the engine was asked what to do. */
export interface RunMoment {
  readonly now: number
  readonly history: RunHistory
  readonly reconciled: Reconciled
  /** How many events there were. */
  readonly revision: number
  /** The attempts that really ran, such as `3/1`. */
  readonly running: ReadonlyArray<string>
}

/** All that happened to a run of the model world. */
export interface RunLife {
  readonly snapshot: RunSnapshot
  readonly moments: ReadonlyArray<RunMoment>
  readonly events: ReadonlyArray<RunEvent>
  readonly history: RunHistory
  /** The attempts that still ran when it was over. */
  readonly running: ReadonlyArray<string>
  /** Whether it was over within the bound. */
  readonly hasEnded: boolean
}

/** How many more times an engine may be asked until a run of `total` tasks must be over, once nothing disturbs it. */
const calmBound = (total: number, retry: number): number => 40 + total * (retry + 1) * 3 * 6

/**
 * Lives the life of a run in a world where attempts end as the dice say, clocks jump, processes are killed in the midst of
 * what they do, and somebody suspends, cancels and asks for retries; then goes on undisturbed until it is over.
 */
export const liveRun = (engine: RunEngine, plan: RunLifePlan): RunLife => {
  const policyDice = diceOf(plan.policy)
  const sample = sampleSnapshot(policyDice.roll(7), anyPolicy(policyDice))
  const snapshot = { ...sample, suspend: policyDice.happens(10), cancel: policyDice.happens(40) }
  const moments: Array<RunMoment> = []
  const events: Array<RunEvent> = []
  /** Attempts that run, and the result that each must end with when it was told to stop. */
  const running = new Map<string, { readonly key: AttemptOf; stop: AttemptResult | null }>()
  let history = emptyRunHistory(snapshot)
  let now = Date.parse(snapshot.createdAt)
  let isAlive = false

  const record = (event: RunEvent): void => {
    events.push(event)
    history = engine.advanceRun(history, event)
  }
  const at = (): string => DateTime.formatIso(DateTime.makeUnsafe(now))

  const begin = (reason: "run" | "resume" | "retry"): void => {
    isAlive = true
    record({ _tag: "SessionStarted", at: at(), process: { pid: 7, startedAt: "b:1" }, reason })
  }

  const finish = (dice: Dice, name: string): void => {
    const one = running.get(name)
    if (one === undefined) return
    running.delete(name)
    record({ _tag: "AttemptFinished", at: at(), ...one.key, result: one.stop ?? anyResult(dice) })
  }

  const act = (action: RunAction): void => {
    switch (action._tag) {
      case "CreateAttempt": {
        const key = { index: action.index, attempt: action.attempt }
        record({ _tag: "AttemptCreated", at: at(), ...key })
        running.set(nameOf(key), { key, stop: null })
        return
      }
      case "CancelAttempt": {
        const one = running.get(nameOf(action))
        if (one !== undefined) one.stop ??= resultOf(action.outcome, action.reason, "agent")
        return
      }
      case "MarkTask":
        return record({ ...action, _tag: "TaskMarked", at: at() })
      case "FinishRun":
        isAlive = false
        return record({ ...action, _tag: "RunFinished", at: at() })
      case "WaitUntil":
        return
    }
  }

  const ask = (): Reconciled => {
    const reconciled = engine.reconcile(history.desired, history.children, now)
    moments.push({ now, history, reconciled, revision: events.length, running: [...running.keys()] })
    return reconciled
  }

  const kill = (): void => {
    isAlive = false
    running.clear()
  }

  const interrupt = (): void => {
    for (const { key } of running.values()) {
      const result = resultOf("Failed", "Interrupted", "interrupted", true)
      record({ _tag: "AttemptFinished", at: at(), ...key, result })
    }
    kill()
    record({ _tag: "SessionInterrupted", at: at() })
  }

  const askForRetry = (dice: Dice): void => {
    const indices = Array.from({ length: snapshot.variableContexts.length }, (_, index) => index)
      .filter(() => dice.happens(2))
    record({ _tag: "RetryRequested", at: at(), indices })
    begin("retry")
  }

  /** The engine acts, in any order, and may be killed in the midst of it. */
  const work = (dice: Dice): void => {
    const actions = shuffled(dice, ask().actions)
    const until = dice.happens(10) ? dice.roll(actions.length + 1) : actions.length
    actions.slice(0, until).forEach(act)
    if (until < actions.length) kill()
  }

  const disturb = (number: number): void => {
    const dice = diceOf(number)
    if (history.finished !== null) return dice.happens(3) ? askForRetry(dice) : undefined
    if (!isAlive) return begin(history.startedAt === null ? "run" : "resume")
    const names = [...running.keys()]
    switch (dice.roll(16)) {
      case 8:
      case 9:
        for (const name of names) finish(dice, name)
        return
      case 10:
      case 11: {
        const one = running.get(dice.pickOr(names, ""))
        return one === undefined ? undefined : record({ _tag: "AgentStarted", at: at(), ...one.key })
      }
      case 12:
        now += dice.happens(8) ? -60_000 : 500 * dice.roll(40)
        return
      case 13:
        return dice.happens(2) ? kill() : interrupt()
      case 14:
        return record({ _tag: "SuspendChanged", at: at(), suspend: dice.happens(2) })
      case 15:
        return dice.happens(3) ? record({ _tag: "CancelRequested", at: at() }) : undefined
      case 5:
      case 6:
      case 7:
        return finish(dice, dice.pickOr(names, ""))
      default:
        return work(dice)
    }
  }

  for (const number of plan.steps) disturb(number)

  const dice = diceOf(plan.policy + plan.steps.length)
  let left = calmBound(snapshot.variableContexts.length, snapshot.policy.retry)
  while (history.finished === null && left > 0) {
    left -= 1
    if (!isAlive) begin("resume")
    if (history.desired.suspend) record({ _tag: "SuspendChanged", at: at(), suspend: false })
    const { actions } = ask()
    actions.forEach(act)
    const wait = actions.find((action) => action._tag === "WaitUntil")
    const [first] = running.keys()
    // Agents end sooner than clocks reach what is waited for.
    if (first !== undefined) finish(dice, first)
    else if (wait !== undefined) now = Math.max(now, wait.at)
  }
  return { snapshot, moments, events, history, running: [...running.keys()], hasEnded: history.finished !== null }
}

interface AttemptOf {
  readonly index: number
  readonly attempt: number
}

const nameOf = ({ attempt, index }: AttemptOf): string => `${index}/${attempt}`

/** The same things in an order that the dice choose. */
export const shuffled = <A>(dice: Dice, some: ReadonlyArray<A>): ReadonlyArray<A> =>
  some.map((one) => ({ one, place: dice.roll(1000) })).toSorted((a, b) => a.place - b.place).map(({ one }) => one)
