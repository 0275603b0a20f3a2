import type { FeatureCommand } from "./FeatureCommand.ts"

/**
 * What a user asks of a feature. It becomes a {@link FeatureCommand} by what is observed: the text that is handed in,
 * the commits that revisions name, the features that depend on each other.
 */
export type FeatureIntent =
  | Exclude<FeatureCommand, { readonly _tag: "Submit" | "CompleteTask" | "Depend" | "Record" }>
  | Omit<FeatureCommand & { readonly _tag: "Submit" }, "text">
  | {
    readonly _tag: "CompleteTask"
    readonly task: string
    /** Anything that git takes for a commit; empty takes the head of the feature's branch. */
    readonly revisions: ReadonlyArray<string>
  }
  | Omit<FeatureCommand & { readonly _tag: "Depend" }, "graph">
