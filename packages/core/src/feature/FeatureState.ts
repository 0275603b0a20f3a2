import type { Artifact, GatePhase } from "../project/LifecyclePolicy.ts"
import type { Actor } from "./Actor.ts"
import type { QaResult } from "./FeatureEvent.ts"
import type { CommentKind, Phase, TaskStatus } from "./Lifecycle.ts"

/** What was decided about a submission. */
export interface Decision {
  readonly verdict: "approved" | "rejected"
  readonly by: Actor
  readonly at: string
  /** Why it was rejected; null for an approval. */
  readonly reason: string | null
  readonly selfApproved: boolean
}

/** The last submission of an artifact. */
export interface Submission {
  readonly artifact: Artifact
  readonly path: string
  readonly sha256: string
  /** The commit that it judges; null for what judges none. */
  readonly commit: string | null
  readonly by: Actor
  readonly at: string
  /** What is to be tested, of a QA plan; empty for others. */
  readonly items: ReadonlyArray<string>
  /** What came of it, of QA results; empty for others. */
  readonly results: ReadonlyArray<QaResult>
  readonly decision: Decision | null
}

/** That an artifact is not needed, who said so and why. */
export interface Waiver {
  readonly reason: string
  readonly by: Actor
  readonly at: string
}

/** A task of a feature. */
export interface FeatureTask {
  readonly id: string
  readonly title: string
  /** Number in tasks.md; null for what was added by hand. */
  readonly label: string | null
  readonly dependsOn: ReadonlyArray<string>
  readonly status: TaskStatus
  /** Why it is blocked or cancelled; null otherwise. */
  readonly reason: string | null
  /** Of its completion; empty before. */
  readonly commits: ReadonlyArray<string>
  /** Who last started or completed it. */
  readonly worker: Actor | null
  /** Number of the event after which it stands as it does. */
  readonly revision: number
}

/** A remark on a feature. */
export interface FeatureComment {
  readonly id: string
  readonly kind: CommentKind
  readonly text: string
  readonly by: Actor
  readonly at: string
  /** The phase that the feature was in when it was made. */
  readonly phase: Phase
  /** Null while it is open. */
  readonly resolution: { readonly answer: string; readonly by: Actor; readonly at: string } | null
}

/** A worktree in which a feature is worked on. */
export interface FeatureWorktree {
  readonly branch: string
  readonly worktree: string
  readonly milestone: string | null
  readonly slot: number | null
}

/** The last run of a gate. */
export interface GateRun {
  readonly gate: string
  readonly phase: GatePhase
  readonly command: ReadonlyArray<string>
  readonly commit: string
  readonly passed: boolean
  readonly exitCode: number | null
  readonly ms: number
  readonly at: string
  readonly output: { readonly path: string; readonly sha256: string }
}

/** A merge of the feature's branch. */
export interface MergeRecord {
  readonly branch: string
  readonly head: string
  readonly into: string
  readonly base: string
  readonly commit: string
  /** Number of its event. */
  readonly revision: number
}

/** A merge that did not come about. */
export interface ConflictRecord {
  readonly head: string
  readonly into: string
  readonly base: string
  readonly files: ReadonlyArray<string>
}

/** The last deployment. */
export interface DeploymentRecord {
  readonly commit: string
  readonly succeeded: boolean
  readonly exitCode: number | null
  readonly reference: string | null
  readonly at: string
  /** Number of its event. */
  readonly revision: number
}

/** All that a feature's log tells. */
export interface FeatureState {
  /** `seq` of the last event; 0 without any. */
  readonly revision: number
  readonly title: string
  readonly description: string
  readonly profile: "standard" | "light"
  /** ISO 8601; empty without any event. */
  readonly createdAt: string
  readonly updatedAt: string
  /** Branch of its work, the last that was recorded or the one that it was given; null while there is none. */
  readonly branch: string | null
  /** All branches of its work, the last recorded first; the one that it was given alone. */
  readonly branches: ReadonlyArray<string>
  readonly submissions: ReadonlyMap<Artifact, Submission>
  readonly waivers: ReadonlyMap<Artifact, Waiver>
  /** By id, in the order in which they came. */
  readonly tasks: ReadonlyMap<string, FeatureTask>
  readonly comments: ReadonlyMap<string, FeatureComment>
  /** Names of features. */
  readonly dependsOn: ReadonlySet<string>
  /** By path, the last recorded last. */
  readonly worktrees: ReadonlyMap<string, FeatureWorktree>
  /** By name. */
  readonly gates: ReadonlyMap<string, GateRun>
  readonly merge: MergeRecord | null
  readonly conflict: ConflictRecord | null
  readonly deployment: DeploymentRecord | null
  /** Why it was archived; null while it is not. */
  readonly archived: { readonly reason: string; readonly by: Actor; readonly at: string } | null
  /** Who worked on its tasks. */
  readonly coders: ReadonlyArray<Actor>
  /** Who made worktrees for it. */
  readonly makers: ReadonlyArray<Actor>
  /** Idempotency keys that were used, with what was asked for and the revision that came of it. */
  readonly keys: ReadonlyMap<string, { readonly request: string; readonly revision: number }>
}
