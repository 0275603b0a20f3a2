import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { diceNumbers, diceOf, highestDiceNumber } from "../testing/FeatureModelDice.ts"
import { PropertyBroken } from "../testing/FeatureProperty.ts"
import { liveRun, type RunEngine, runEngine } from "../testing/RunModel.ts"
import { runMutants } from "../testing/RunMutants.ts"
import { runProperties } from "../testing/RunProperties.ts"
import { runSituation } from "../testing/RunProperty.ts"
import { runReasons } from "./reconcile/Reconcile.ts"

const DiceNumber = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: highestDiceNumber }))
const number = Arbitrary.schema(DiceNumber)
const numbers = (maxLength: number) => Arbitrary.array(number, { minLength: 0, maxLength })

const LifePlan = Arbitrary.all({ policy: number, steps: numbers(80) })
const SituationPlan = Arbitrary.all({ desired: number, children: numbers(14) })

describe("in every life of a run", () => {
  for (const { name, ofLife } of runProperties) {
    if (ofLife === undefined) continue
    it.effect.prop(
      name,
      { plan: LifePlan },
      ({ plan }) => Effect.sync(() => ofLife(runEngine, liveRun(runEngine, plan))),
      { arbitrary: { size: 80, runs: 150 } }
    )
  }
})

describe("in every situation of a run", () => {
  for (const { name, ofSituation } of runProperties) {
    if (ofSituation === undefined) continue
    it.effect.prop(name, { plan: SituationPlan }, ({ plan }) =>
      Effect.sync(() => {
        const any = runSituation(plan)
        ofSituation(runEngine, any, runEngine.reconcile(any.desired, any.children, any.now))
      }), { arbitrary: { size: 40, runs: 500 } })
  }
})

/** How many lives and situations, the same each time, a property may take to find a fault. */
const attempts = 400

const lives = diceNumbers(11, attempts).map((policy) => {
  const dice = diceOf(policy)
  return { policy, steps: diceNumbers(policy, 20 + dice.roll(60)) }
})

const situations = diceNumbers(12, attempts).map((desired) => ({
  desired,
  children: diceNumbers(desired, diceOf(desired).roll(12))
}))

const isFound = (engine: RunEngine, property: (typeof runProperties)[number]): boolean =>
  fails(() => {
    for (const plan of property.ofLife === undefined ? [] : lives) property.ofLife?.(engine, liveRun(engine, plan))
    for (const plan of property.ofSituation === undefined ? [] : situations) {
      const any = runSituation(plan)
      property.ofSituation?.(engine, any, engine.reconcile(any.desired, any.children, any.now))
    }
  })

const fails = (check: () => void): boolean => {
  try {
    check()
    return false
  } catch (error) {
    if (error instanceof PropertyBroken) return true
    throw error
  }
}

describe("a fault is found out", () => {
  for (const { engine, foundBy, name } of runMutants) {
    it(`${name}: ${foundBy}`, () => {
      const property = runProperties.find((one) => one.name === foundBy)
      assert.isDefined(property)
      if (property !== undefined) assert.isTrue(isFound(engine, property))
    })
  }

  it("in lives that hold whatever can happen, and end in every way", () => {
    const lived = lives.map((plan) => liveRun(runEngine, plan))
    const tags = new Set(lived.flatMap(({ events }) => events.map(({ _tag }) => _tag)))
    assert.sameMembers([...tags], [
      "SessionStarted",
      "AttemptCreated",
      "AgentStarted",
      "AttemptFinished",
      "TaskMarked",
      "RetryRequested",
      "SuspendChanged",
      "CancelRequested",
      "SessionInterrupted",
      "RunFinished"
    ])
    const endings = new Set(lived.map(({ history }) => history.finished?.reason))
    assert.sameMembers([...endings], Object.values(runReasons))
  })

  it("and nothing is found out about the real engine", () => {
    for (const property of runProperties) assert.isFalse(isFound(runEngine, property), property.name)
  })
})
