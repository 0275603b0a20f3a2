import type { Reconciled } from "../batch/reconcile/Reconcile.ts"
import type { DesiredRun, TaskChild } from "../batch/record/RunState.ts"
import { diceOf } from "./FeatureModelDice.ts"
import type { RunEngine, RunLife } from "./RunModel.ts"
import { anyChild, anyDesired } from "./RunModelSample.ts"

/** What an engine may be asked about, whether it can come about or not. */
export interface RunSituation {
  readonly desired: DesiredRun
  readonly children: ReadonlyArray<TaskChild>
  readonly now: number
}

/** Something that holds for every life of a run, or for every situation whatsoever, or for both. */
export interface RunProperty {
  readonly name: string
  /** Fails when it does not hold for a life. */
  readonly ofLife?: (engine: RunEngine, life: RunLife) => void
  /** Fails when it does not hold for a situation. */
  readonly ofSituation?: (engine: RunEngine, situation: RunSituation, reconciled: Reconciled) => void
}

/** A property of situations, which then holds at each moment of a life too. */
export const inSituations = (
  name: string,
  ofSituation: NonNullable<RunProperty["ofSituation"]>
): RunProperty => ({
  name,
  ofSituation,
  ofLife: (engine, { moments }) => {
    for (const { history, now, reconciled } of moments) {
      ofSituation(engine, { desired: history.desired, children: history.children, now }, reconciled)
    }
  }
})

/** Any situation, also one that cannot come about; of the same numbers the same. */
export const runSituation = (
  plan: { readonly desired: number; readonly children: ReadonlyArray<number> }
): RunSituation => {
  const dice = diceOf(plan.desired)
  const total = dice.roll(6)
  return {
    desired: anyDesired(dice, total),
    children: plan.children.map((number) => anyChild(diceOf(number), total)),
    now: dice.pick([30_000, 0, -7000, 10 ** 14])
  }
}
