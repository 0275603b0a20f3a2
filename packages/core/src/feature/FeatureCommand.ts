import type { ChecklistItem } from "../project/Checklist.ts"
import type { Artifact } from "../project/LifecyclePolicy.ts"
import type { FeatureEvent } from "./FeatureEvent.ts"
import type { CommentKind } from "./Lifecycle.ts"

/** A box of a checklist, as far as features need it. */
export type ChecklistEntry =
  & Pick<ChecklistItem, "label" | "title" | "isChecked" | "isOptional" | "isGroup" | "details">
  & Partial<Pick<ChecklistItem, "depth">>

/** The text of an artifact as it is handed in. */
export interface SubmittedText {
  /** Relative to the main checkout, with `/`. */
  readonly path: string
  readonly sha256: string
  /** Characters. */
  readonly length: number
  readonly isBlank: boolean
  readonly checklist: ReadonlyArray<ChecklistEntry>
}

/** What is asked of a feature. Each that is accepted becomes one event. */
export type FeatureCommand =
  | { readonly _tag: "Submit"; readonly artifact: Artifact; readonly text: SubmittedText | null }
  | {
    readonly _tag: "Approve"
    readonly artifact: Artifact
    /** The text that was read, when it was named; null approves what stands there now. */
    readonly sha256: string | null
  }
  | { readonly _tag: "Reject"; readonly artifact: Artifact; readonly reason: string }
  | { readonly _tag: "Waive"; readonly artifact: Artifact; readonly reason: string }
  | { readonly _tag: "RevokeWaiver"; readonly artifact: Artifact; readonly reason: string }
  | { readonly _tag: "AddTask"; readonly title: string; readonly dependsOn: ReadonlyArray<string> }
  | { readonly _tag: "StartTask"; readonly task: string }
  | {
    readonly _tag: "CompleteTask"
    readonly task: string
    /** Full ids of commits; empty takes the head of the branch. */
    readonly commits: ReadonlyArray<string>
  }
  | { readonly _tag: "BlockTask"; readonly task: string; readonly reason: string }
  | { readonly _tag: "UnblockTask"; readonly task: string; readonly reason: string }
  | { readonly _tag: "CancelTask"; readonly task: string; readonly reason: string }
  | { readonly _tag: "DependTask"; readonly task: string; readonly dependsOn: string; readonly remove: boolean }
  | {
    readonly _tag: "Depend"
    readonly dependsOn: string
    readonly remove: boolean
    /** What each feature depends on, as far as it matters; observed, not asked for. */
    readonly graph: ReadonlyMap<string, ReadonlySet<string>>
  }
  | { readonly _tag: "Comment"; readonly kind: CommentKind; readonly text: string }
  | { readonly _tag: "Resolve"; readonly comment: string; readonly answer: string }
  | { readonly _tag: "Archive"; readonly reason: string }
  | { readonly _tag: "Restore"; readonly reason: string }
  | {
    readonly _tag: "Record"
    /** What Slipway did itself: a worktree, a gate, a merge, a deployment. */
    readonly event: Extract<
      FeatureEvent,
      { readonly _tag: "WorktreeRecorded" | "GateRan" | "BranchMerged" | "MergeConflicted" | "FeatureDeployed" }
    >
  }

/** The name of a command. */
export type FeatureCommandTag = FeatureCommand["_tag"]
