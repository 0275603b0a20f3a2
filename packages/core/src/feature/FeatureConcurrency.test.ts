import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Result, Schema } from "effect"
import { featureEngine } from "../testing/FeatureEngine.ts"
import { diceOf, highestDiceNumber } from "../testing/FeatureModelDice.ts"
import type { Moment, Question } from "../testing/FeatureModelMoment.ts"
import { walk } from "../testing/FeatureModelWalk.ts"
import { wander } from "../testing/FeatureModelWandering.ts"
import { observe } from "../testing/FeatureModelWorld.ts"
import { memoryFeatureLogLayer } from "../testing/MemoryFeatureLog.ts"
import { FeatureLog, type NewEntry } from "./FeatureLog.ts"
import type { RecordedEvent } from "./FoldFeature.ts"

const address = { main: "/code/shop", feature: "user-auth" }
const number = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: highestDiceNumber })))

/** What is decided about a question, in the world of a moment, after a log. */
const decided = ({ view, world }: Moment, { actor, command }: Question, entries: ReadonlyArray<RecordedEvent>) => {
  const state = featureEngine.foldFeature(entries)
  return featureEngine.decideFeature({ ...view, state, world: observe(world, state) }, command, actor)
}

describe("many who ask at once, each decided on what the log tells under its lock", () => {
  it.effect.prop("get what they would get one after the other", {
    steps: Arbitrary.array(number, { maxLength: 40 }),
    asking: Arbitrary.array(number, { minLength: 2, maxLength: 12 })
  }, ({ asking, steps }) =>
    Effect.gen(function*() {
      const log = yield* FeatureLog
      const { moments } = walk(featureEngine, { policy: 0, steps })
      const moment = moments.at(-1) ?? moments[0]
      for (const { actor, at, event } of moment.entries) {
        yield* log.append(address, () => Effect.succeed<NewEntry>({ actor, at, event }))
      }
      const next = featureEngine.nextAction(moment.view)
      const questions = asking.flatMap((one) =>
        wander(moment, next, diceOf(one)).flatMap((doing) => doing._tag === "Ask" ? [doing.ask(moment)] : [])
      )
      /** In the order in which they were decided on. */
      const answered: Array<{ readonly question: Question; readonly isAccepted: boolean }> = []
      yield* Effect.forEach(questions, (question) =>
        log.append(
          address,
          Effect.fnUntraced(function*(history) {
            const answer = decided(moment, question, history?.entries ?? [])
            yield* Effect.yieldNow
            answered.push({ question, isAccepted: Result.isSuccess(answer) })
            return Result.isSuccess(answer)
              ? { at: "2026-11-01T00:00:00.000Z", actor: question.actor, event: answer.success }
              : null
          })
        ), { concurrency: "unbounded" })
      assert.strictEqual(answered.length, questions.length)

      const sequential: Array<RecordedEvent> = [...moment.entries]
      for (const { isAccepted, question } of answered) {
        const answer = decided(moment, question, sequential)
        assert.strictEqual(Result.isSuccess(answer), isAccepted)
        if (Result.isFailure(answer)) continue
        const { actor } = question
        sequential.push({ seq: sequential.length + 1, at: "2026-11-01T00:00:00.000Z", actor, event: answer.success })
      }
      const entries = (yield* log.read(address))?.entries ?? []
      assert.deepStrictEqual(
        entries.map(({ actor, event, seq }) => ({ actor, event, seq })),
        sequential.map(({ actor, event, seq }) => ({ actor, event, seq }))
      )
    }).pipe(Effect.provide(memoryFeatureLogLayer())), { arbitrary: { size: 40 } })
})
