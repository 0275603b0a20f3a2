import { describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { featureEngine } from "../testing/FeatureEngine.ts"
import { highestDiceNumber } from "../testing/FeatureModelDice.ts"
import { situation, viewOf } from "../testing/FeatureModelSituation.ts"
import { walk } from "../testing/FeatureModelWalk.ts"
import { featureProperties } from "../testing/FeatureProperties.ts"

const DiceNumber = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: highestDiceNumber }))
const number = Arbitrary.schema(DiceNumber)
const numbers = (minLength: number, maxLength: number) => Arbitrary.array(number, { minLength, maxLength })

const WalkPlan = Arbitrary.all({ policy: number, steps: numbers(0, 90) })
const SituationPlan = Arbitrary.all({ policy: number, world: number, events: numbers(0, 60) })

describe("in every life of a feature", () => {
  for (const { name, ofWalk } of featureProperties) {
    if (ofWalk === undefined) continue
    it.effect.prop(
      name,
      { plan: WalkPlan },
      ({ plan }) => Effect.sync(() => ofWalk(featureEngine, walk(featureEngine, plan))),
      { arbitrary: { size: 90, runs: 200 } }
    )
  }
})

describe("in every situation", () => {
  for (const { name, ofSituation } of featureProperties) {
    if (ofSituation === undefined) continue
    it.effect.prop(name, { plan: SituationPlan }, ({ plan }) =>
      Effect.sync(() => {
        const any = situation(plan)
        ofSituation(featureEngine, any, viewOf(featureEngine, any))
      }), { arbitrary: { size: 60, runs: 300 } })
  }
})
