import { Result } from "effect"
import type { Actor } from "../feature/Actor.ts"
import type { FeatureEvent } from "../feature/FeatureEvent.ts"
import type { RecordedEvent } from "../feature/FoldFeature.ts"
import { type LifecyclePolicy, waivedByLightProfile } from "../project/LifecyclePolicy.ts"
import type { FeatureEngine } from "./FeatureEngine.ts"
import { cooperate } from "./FeatureModelCooperation.ts"
import { diceOf } from "./FeatureModelDice.ts"
import type { Cause, Doing, Moment, Walk } from "./FeatureModelMoment.ts"
import { modelPolicy } from "./FeatureModelPolicy.ts"
import { wander } from "./FeatureModelWandering.ts"
import { type ModelWorld, newWorld, observe } from "./FeatureModelWorld.ts"

/**
 * What a life is made of: numbers for {@link diceOf}. Each step follows what is asked for next three times of four, and
 * does anything else otherwise; 0 always follows.
 */
export interface WalkPlan {
  readonly policy: number
  readonly steps: ReadonlyArray<number>
}

/** Lives through a plan. */
export const walk = (engine: FeatureEngine, plan: WalkPlan): Walk => {
  const policy = modelPolicy(diceOf(plan.policy))
  const begin = began(engine, policy)
  const moments: [Moment, ...Array<Moment>] = [begin]
  let moment = begin
  for (const step of plan.steps) {
    const dice = diceOf(step)
    const doings = dice.roll(4) < 3
      ? cooperate(moment.view, engine.nextAction(moment.view), dice)
      : wander(moment, engine.nextAction(moment.view), dice)
    for (const doing of doings) {
      moment = perform(engine, moment, doing)
      moments.push(moment)
    }
  }
  return { policy, moments }
}

const began = (engine: FeatureEngine, policy: LifecyclePolicy): Moment => {
  const event: FeatureEvent = {
    _tag: "FeatureCreated",
    title: "Users log in",
    description: "",
    branch: null,
    profile: policy.profile,
    waived: policy.profile === "light"
      ? waivedByLightProfile.map((artifact) => ({ artifact, reason: "the profile is light" }))
      : []
  }
  const cause: Cause = { _tag: "Began" }
  return momentOf(engine, policy, cause, [recorded([], { kind: "human", id: "x" }, event)], newWorld)
}

/** Does one thing, and looks again. */
export const perform = (engine: FeatureEngine, before: Moment, doing: Doing): Moment => {
  const { entries, view, world } = before
  if (doing._tag === "Change") {
    const cause: Cause = { _tag: "Changed", what: doing.what }
    return momentOf(engine, view.policy, cause, entries, doing.change(before))
  }
  const { actor, command, world: after = world } = doing.ask(before)
  const decided = engine.decideFeature(view, command, actor)
  if (Result.isFailure(decided)) {
    return { ...before, cause: { _tag: "Refused", command, actor, why: decided.failure.message } }
  }
  const event = decided.success
  const cause: Cause = { _tag: "Accepted", command, actor, event }
  return momentOf(engine, view.policy, cause, [...entries, recorded(entries, actor, event)], after)
}

const recorded = (before: ReadonlyArray<RecordedEvent>, actor: Actor, event: FeatureEvent): RecordedEvent => ({
  seq: before.length + 1,
  at: `2026-11-01T00:00:00.${String(before.length % 1000).padStart(3, "0")}Z`,
  actor,
  event
})

const momentOf = (
  engine: FeatureEngine,
  policy: LifecyclePolicy,
  cause: Cause,
  entries: ReadonlyArray<RecordedEvent>,
  world: ModelWorld
): Moment => {
  const state = engine.foldFeature(entries)
  return { cause, entries, world, view: { name: "user-auth", state, world: observe(world, state), policy } }
}
