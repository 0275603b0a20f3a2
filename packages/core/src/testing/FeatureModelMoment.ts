import type { Actor } from "../feature/Actor.ts"
import type { FeatureCommand } from "../feature/FeatureCommand.ts"
import type { FeatureEvent } from "../feature/FeatureEvent.ts"
import type { FeatureView } from "../feature/FeatureView.ts"
import type { RecordedEvent } from "../feature/FoldFeature.ts"
import type { LifecyclePolicy } from "../project/LifecyclePolicy.ts"
import type { ModelWorld } from "./FeatureModelWorld.ts"

/** Something that is done to the model: the world changes, or somebody asks for something. */
export type Doing =
  | { readonly _tag: "Change"; readonly what: string; readonly change: (moment: Moment) => ModelWorld }
  | { readonly _tag: "Ask"; readonly ask: (moment: Moment) => Question }

/** What somebody asks for. */
export interface Question {
  readonly command: FeatureCommand
  readonly actor: Actor
  /** The world after it, where it is done and recorded in one, as a merge is; the same without. */
  readonly world?: ModelWorld
}

/** What led to a moment. */
export type Cause =
  | { readonly _tag: "Began" }
  | { readonly _tag: "Changed"; readonly what: string }
  | {
    readonly _tag: "Accepted"
    readonly command: FeatureCommand
    readonly actor: Actor
    readonly event: FeatureEvent
  }
  | { readonly _tag: "Refused"; readonly command: FeatureCommand; readonly actor: Actor; readonly why: string }

/** The model between two doings. */
export interface Moment {
  readonly cause: Cause
  /** The log so far. */
  readonly entries: ReadonlyArray<RecordedEvent>
  readonly world: ModelWorld
  readonly view: FeatureView
}

/** A feature's life in the model. */
export interface Walk {
  readonly policy: LifecyclePolicy
  /** From its creation on; each follows from the one before. */
  readonly moments: readonly [Moment, ...ReadonlyArray<Moment>]
}

/** What led to a moment, in one line. */
export const causeText = (cause: Cause): string => {
  switch (cause._tag) {
    case "Began":
      return "created"
    case "Changed":
      return cause.what
    case "Accepted":
      return `${cause.actor.kind}:${cause.actor.id} ${JSON.stringify(cause.event)}`
    case "Refused":
      return `${cause.actor.kind}:${cause.actor.id} ${JSON.stringify(cause.command)} refused: ${cause.why}`
  }
}
