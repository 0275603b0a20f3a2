import { explainNext, nextAction, phaseOf } from "../feature/Classifier.ts"
import { decideFeature } from "../feature/DecideFeature.ts"
import { foldFeature } from "../feature/FoldFeature.ts"

/**
 * The pure core of features as one value: what {@link featureProperties} speak about. Whoever changes a rule, or writes
 * an engine of their own, checks it against them.
 */
export interface FeatureEngine {
  readonly foldFeature: typeof foldFeature
  readonly nextAction: typeof nextAction
  readonly phaseOf: typeof phaseOf
  readonly explainNext: typeof explainNext
  readonly decideFeature: typeof decideFeature
}

/** Slipway's own. */
export const featureEngine: FeatureEngine = { foldFeature, nextAction, phaseOf, explainNext, decideFeature }
