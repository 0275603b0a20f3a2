import type { Actor } from "../feature/Actor.ts"
import {
  type ApproverKind,
  approverKinds,
  type Artifact,
  artifacts,
  defaultLifecyclePolicy,
  defaultWaivable,
  type Gate,
  gatePhases,
  type LifecyclePolicy
} from "../project/LifecyclePolicy.ts"
import type { Dice } from "./FeatureModelDice.ts"

/** Who acts in the model. */
export const modelActors: readonly [Actor, ...ReadonlyArray<Actor>] = [
  { kind: "agent", id: "a" },
  { kind: "agent", id: "b" },
  { kind: "human", id: "x" },
  { kind: "human", id: "y" }
]

/** A policy that a project might have; the default one for 0. */
export const modelPolicy = (dice: Dice): LifecyclePolicy => {
  const kinds = (): ReadonlyArray<ApproverKind> =>
    dice.pick<ReadonlyArray<ApproverKind>>([approverKinds, approverKinds, ["human"], ["agent"]])
  return {
    ...defaultLifecyclePolicy,
    profile: dice.pick(["standard", "standard", "light"]),
    waivable: dice.pick<ReadonlyArray<Artifact>>([defaultWaivable, artifacts, []]),
    approvers: {
      spec: kinds(),
      design: kinds(),
      tasks: kinds(),
      "qa-plan": kinds(),
      review: kinds(),
      audit: kinds(),
      "qa-results": kinds()
    },
    selfApproval: !dice.happens(3),
    gates: Array.from({ length: dice.roll(3) }, (_, index): Gate => ({
      name: `gate-${index}`,
      phase: dice.pick(gatePhases),
      command: ["pnpm", "test", String(index)],
      timeout: 60
    }))
  }
}
