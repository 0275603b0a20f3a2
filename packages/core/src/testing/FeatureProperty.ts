import type { FeatureView } from "../feature/FeatureView.ts"
import type { FeatureEngine } from "./FeatureEngine.ts"
import { causeText, type Walk } from "./FeatureModelMoment.ts"
import type { Situation } from "./FeatureModelSituation.ts"

/** Something that holds for every life that a feature can have, or for every situation whatsoever, or for both. */
export interface FeatureProperty {
  readonly name: string
  /** Fails when it does not hold for a life. */
  readonly ofWalk?: (engine: FeatureEngine, walk: Walk) => void
  /** Fails when it does not hold for a situation; the view is what the engine makes of it. */
  readonly ofSituation?: (engine: FeatureEngine, situation: Situation, view: FeatureView) => void
}

/** A property does not hold. */
export class PropertyBroken extends Error {
  override readonly name = "PropertyBroken"
}

/** Fails, unless something holds. */
export const demand = (holds: boolean, message: () => string): void => {
  if (!holds) throw new PropertyBroken(message())
}

/** A property of situations, which then holds at each moment of a life too. */
export const always = (
  name: string,
  ofSituation: NonNullable<FeatureProperty["ofSituation"]>
): FeatureProperty => ({
  name,
  ofSituation,
  ofWalk: (engine, walk) => {
    for (const [at, { entries, view }] of walk.moments.entries()) {
      try {
        ofSituation(engine, { events: entries, world: view.world, policy: view.policy }, view)
      } catch (error) {
        // Told with what led there; what is no failed demand is thrown on as it is.
        if (error instanceof PropertyBroken) throw new PropertyBroken(`${error.message}\n${storyOf(walk, at)}`)
        throw error
      }
    }
  }
})

/** What led to a moment of a life, for messages. */
export const storyOf = ({ moments, policy }: Walk, at: number): string =>
  [`policy ${JSON.stringify(policy)}`, ...moments.slice(0, at + 1).map(({ cause }) => causeText(cause))].join("\n  ")

/** All of a value as text, to tell whether it changed: maps and sets in order too. */
export const snapshot = (value: unknown): string =>
  JSON.stringify(
    value,
    (_, part: unknown) => part instanceof Map ? { map: [...part] } : part instanceof Set ? { set: [...part] } : part
  )

/** Freezes plain data through and through. */
export const frozen = <A>(value: A): A => {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of value instanceof Map ? value.values() : Object.values(value)) frozen(part)
  }
  return value
}
