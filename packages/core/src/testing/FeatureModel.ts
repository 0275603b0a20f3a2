import type { FeatureEngine } from "./FeatureEngine.ts"
import { diceNumbers } from "./FeatureModelDice.ts"
import { abstractFeatures, situationOf } from "./FeatureModelEnumeration.ts"
import type { Walk } from "./FeatureModelMoment.ts"
import { type Situation, situation, viewOf } from "./FeatureModelSituation.ts"
import { walk } from "./FeatureModelWalk.ts"
import { type FeatureProperty, PropertyBroken } from "./FeatureProperty.ts"

/** How much is tried. */
export interface ModelEffort {
  /** Lives of features, of up to 90 steps each. */
  readonly walks: number
  /** Logs of any events beside any worlds. */
  readonly situations: number
  /** Of the abstract features, which are all enumerated, each how many-th is tried: 1 for all. */
  readonly stride: number
}

/**
 * Tries properties of features on an engine: on the same lives and situations each time, so an answer can be relied on.
 *
 * @example
 * modelOf(featureEngine, { walks: 100, situations: 300, stride: 20 }).counterexample(property) // null
 */
export const modelOf = (
  engine: FeatureEngine,
  effort: ModelEffort
): {
  /** What the property does not hold for, in words; null when nothing was found. */
  readonly counterexample: (property: FeatureProperty) => string | null
} => {
  const lives: Array<Walk> = []
  const life = (seed: number): Walk => {
    const [policy = 0, ...steps] = diceNumbers(seed, 91)
    const known = lives[seed] ?? walk(engine, { policy, steps })
    lives[seed] = known
    return known
  }
  const ofWalks = (ofWalk: NonNullable<FeatureProperty["ofWalk"]>): string | null => {
    for (let seed = 0; seed < effort.walks; seed++) {
      const broken = brokenBy(() => ofWalk(engine, life(seed)))
      if (broken !== null) return broken
    }
    return null
  }
  const ofSituations = (ofSituation: NonNullable<FeatureProperty["ofSituation"]>): string | null => {
    for (const any of situations(effort)) {
      const broken = brokenBy(() => ofSituation(engine, any, viewOf(engine, any)))
      if (broken !== null) return `${broken} ${JSON.stringify(any)}`
    }
    return null
  }
  const counterexample = ({ ofSituation, ofWalk }: FeatureProperty): string | null =>
    (ofWalk === undefined ? null : ofWalks(ofWalk)) ?? (ofSituation === undefined ? null : ofSituations(ofSituation))
  return { counterexample }
}

const situations = function*(effort: ModelEffort): Generator<Situation> {
  for (let seed = 0; seed < effort.situations; seed++) {
    const [policy = 0, world = 0, ...events] = diceNumbers(seed, 50)
    yield situation({ policy, world, events })
  }
  let index = 0
  for (const abstract of abstractFeatures()) {
    index += 1
    if (index % effort.stride === 0) yield situationOf(abstract)
  }
}

const brokenBy = (check: () => void): string | null => {
  try {
    check()
    return null
  } catch (error) {
    if (error instanceof PropertyBroken) return error.message
    throw error
  }
}
