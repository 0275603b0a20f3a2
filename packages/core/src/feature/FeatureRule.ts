import type { Artifact } from "../project/LifecyclePolicy.ts"
import type { FeatureView } from "./FeatureView.ts"
import type { Action, Phase } from "./Lifecycle.ts"

/** Who can carry an action out. */
export type WhoActs = "anyone" | "agent" | "human" | "nobody"

/** What a rule asks for when it holds. */
export interface RuleHolds {
  readonly holds: true
  /** Why, for people. */
  readonly why: string
  readonly action: Action
  readonly artifact?: Artifact
  readonly task?: string
  readonly blockedBy?: ReadonlyArray<string>
  readonly gates?: ReadonlyArray<string>
  readonly files?: ReadonlyArray<string>
  readonly actor?: WhoActs
}

/** What a rule found. */
export type Verdict = RuleHolds | { readonly holds: false; readonly why: string }

/** One rule of the classifier: asks for something, or stays silent and says why. */
export interface FeatureRule {
  /** Stable, such as `spec-to-approve`. */
  readonly id: string
  /** The phase that cannot be left while it holds; null for a rule that goes across all phases. */
  readonly phase: Phase | null
  readonly judge: (view: FeatureView) => Verdict
}

/** A rule that stays silent. */
export const silent = (why: string): Verdict => ({ holds: false, why })
