import type { CallOptions } from "./CallOptions.ts"

/**
 * What a program without Effect sees of features: plain promises, plain data.
 */

/** A text in a feature's folder. */
export type Artifact = "spec" | "design" | "tasks" | "qa-plan" | "review" | "audit" | "qa-results"

/** A phase of a feature. */
export type Phase =
  | "draft"
  | "specified"
  | "planned"
  | "ready"
  | "implementation"
  | "review"
  | "audit"
  | "qa"
  | "merge"
  | "released"

/** Who did something. */
export interface Actor {
  readonly kind: "agent" | "human" | "system"
  readonly id: string
}

/** A worktree in which a feature is worked on. */
export interface FeatureWorktree {
  readonly branch: string
  /** Absolute path. */
  readonly worktree: string
  readonly milestone: string | null
  /** Number of its slot, or null without a sandbox. */
  readonly slot: number | null
}

/** The one next action of a feature. */
export interface NextStep {
  /** Such as `create-spec` or `implement-task`. */
  readonly action: string
  readonly task_id?: string
  readonly task_title?: string
  /** Why, for people. */
  readonly reason: string
  /** Id of the rule that gave it. */
  readonly rule: string
  readonly feature: string
  readonly phase: Phase
  /** Who can carry it out. */
  readonly actor: "anyone" | "agent" | "human" | "nobody"
  readonly artifact?: Artifact
  /** Where the artifact is or belongs, relative to `root`. */
  readonly path?: string
  /** Texts to read for it, relative to `root`. */
  readonly inputs: ReadonlyArray<{ readonly path: string; readonly sha256: string }>
  /** Comments, features, tasks or gates in the way. */
  readonly blocked_by: ReadonlyArray<string>
  /** Gates to run. */
  readonly gates: ReadonlyArray<string>
  /** Files in conflict. */
  readonly files?: ReadonlyArray<string>
  /** The commit that evidence must name; null while there is none. */
  readonly head: string | null
  /** Where the work is done. */
  readonly worktree?: FeatureWorktree
  /** Number of the last event. */
  readonly revision: number
  /** Absolute path of the main checkout. */
  readonly root: string
}

/** One rule, and what it found. */
export interface RuleFinding {
  readonly rule: string
  /** Null for a rule across all phases. */
  readonly phase: Phase | null
  readonly holds: boolean
  readonly why: string
}

/** One entry of a feature's log. */
export interface FeatureEntry {
  /** From 1. */
  readonly seq: number
  /** ISO 8601 in UTC. */
  readonly at: string
  readonly actor: Actor
  /** What happened: `_tag` names it, as `ArtifactApproved`; the rest is as the log has it. */
  readonly event: { readonly _tag: string }
}

/** A change that was made. */
export interface FeatureChanged {
  readonly feature: string
  readonly entry: FeatureEntry
  /** Whether the same call was made before, under the same key. */
  readonly isReplay: boolean
  readonly next: NextStep
}

/** What every call takes that changes a feature. */
export interface ChangeOptions extends CallOptions {
  /** Who acts: `agent:ID` or `human:ID`; who runs the process when absent. */
  readonly as?: string
  /** Idempotency key: repeated with it, the same call has the first one's result. */
  readonly key?: string
  /** The revision that the caller saw: rejects with `revision-conflict` when it is another one. */
  readonly expected?: number
}

/** Options of `features.create`. */
export interface CreateFeatureOptions extends CallOptions, Pick<ChangeOptions, "as"> {
  readonly title?: string
  readonly description?: string
  readonly format?: "kiro" | "codev"
  /** Branch of its work, where it is not the one of its worktrees. */
  readonly branch?: string
}

/** A feature of a list. */
export interface FeatureEntryOfList {
  readonly feature: string
  readonly title: string
  readonly phase: Phase
  readonly next: Pick<NextStep, "action" | "task_id" | "actor" | "reason" | "rule" | "blocked_by">
  readonly revision: number
  readonly createdAt: string
  readonly updatedAt: string
  readonly ageSeconds: number
  readonly isArchived: boolean
}

/** A task of a feature. */
export interface FeatureTask {
  readonly id: string
  readonly title: string
  /** Its number in tasks.md. */
  readonly label: string | null
  readonly dependsOn: ReadonlyArray<string>
  readonly status: "pending" | "in-progress" | "blocked" | "completed" | "cancelled"
  readonly reason: string | null
  readonly commits: ReadonlyArray<string>
}

/** All of a feature, as it stands. */
export interface FeatureStanding {
  readonly feature: string
  readonly title: string
  readonly description: string
  readonly phase: Phase
  readonly revision: number
  readonly branch: string | null
  readonly next: NextStep
  readonly artifacts: ReadonlyArray<{
    readonly artifact: Artifact
    readonly status: "missing" | "draft" | "approved" | "rejected" | "waived" | "stale"
    readonly path: string
    readonly sha256: string | null
    readonly submittedBy: Actor | null
    readonly decidedBy: Actor | null
    readonly reason: string | null
    readonly selfApproved: boolean
  }>
  readonly tasks: ReadonlyArray<FeatureTask>
  readonly comments: ReadonlyArray<{
    readonly id: string
    readonly kind: "blocker" | "question" | "decision" | "note"
    readonly text: string
    readonly by: Actor
    readonly resolution: { readonly answer: string; readonly by: Actor; readonly at: string } | null
  }>
  readonly dependsOn: ReadonlyArray<{ readonly feature: string; readonly isReleased: boolean }>
  readonly worktrees: ReadonlyArray<FeatureWorktree>
}

/** What came of one gate. */
export interface GateOutcome {
  readonly gate: string
  readonly passed: boolean
  /** Null when it did not end in time. */
  readonly exitCode: number | null
  readonly ms: number
  /** What it printed: a file below `root`. */
  readonly output: string
}

/** What came of a deployment. */
export interface DeploymentOutcome {
  readonly feature: string
  readonly commit: string
  readonly succeeded: boolean
  readonly exitCode: number | null
  readonly reference: string | null
  readonly next: NextStep
}

/** The features of one folder's project. */
export interface Features {
  /** Begins a feature, also from a Kiro or Codev project that is there. */
  readonly create: (name: string, options?: CreateFeatureOptions) => Promise<FeatureChanged>
  /** The one next action; asking changes nothing. */
  readonly next: (name: string, options?: CallOptions) => Promise<NextStep>
  /** Every rule in order, and what it found. */
  readonly explain: (
    name: string,
    options?: CallOptions
  ) => Promise<{ readonly next: NextStep; readonly rules: ReadonlyArray<RuleFinding> }>
  readonly list: (options?: CallOptions & { readonly archived?: boolean }) => Promise<{
    readonly project: string
    readonly features: ReadonlyArray<FeatureEntryOfList>
    readonly unreadable: ReadonlyArray<{ readonly feature: string; readonly code: string; readonly message: string }>
  }>
  readonly show: (name: string, options?: CallOptions) => Promise<FeatureStanding>
  readonly log: (name: string, options?: CallOptions) => Promise<{
    readonly entries: ReadonlyArray<FeatureEntry>
    /** Characters of a last line that was not written to its end. */
    readonly torn: number
  }>
  /** Rejects with `log-corrupt` when a line is not what was written. */
  readonly verify: (name: string, options?: CallOptions) => Promise<{
    readonly lines: number
    readonly last: string
    /** Characters of a last line that was not written to its end. */
    readonly torn: number
  }>
  readonly submit: (name: string, artifact: Artifact, options?: ChangeOptions) => Promise<FeatureChanged>
  readonly approve: (
    name: string,
    artifact: Artifact,
    options?: ChangeOptions & {
      /** SHA-256 of the text that was read. */
      readonly sha256?: string
    }
  ) => Promise<FeatureChanged>
  readonly reject: (
    name: string,
    artifact: Artifact,
    reason: string,
    options?: ChangeOptions
  ) => Promise<FeatureChanged>
  readonly waive: (name: string, artifact: Artifact, reason: string, options?: ChangeOptions) => Promise<FeatureChanged>
  readonly revokeWaiver: (
    name: string,
    artifact: Artifact,
    reason: string,
    options?: ChangeOptions
  ) => Promise<FeatureChanged>
  readonly comment: (
    name: string,
    kind: "blocker" | "question" | "decision" | "note",
    text: string,
    options?: ChangeOptions
  ) => Promise<FeatureChanged>
  readonly resolve: (name: string, comment: string, answer: string, options?: ChangeOptions) => Promise<FeatureChanged>
  readonly addTask: (
    name: string,
    title: string,
    options?: ChangeOptions & { readonly dependsOn?: ReadonlyArray<string> }
  ) => Promise<FeatureChanged>
  readonly startTask: (name: string, task: string, options?: ChangeOptions) => Promise<FeatureChanged>
  /** By the head of the feature's branch, or by commits. */
  readonly completeTask: (
    name: string,
    task: string,
    options?: ChangeOptions & { readonly commits?: ReadonlyArray<string> }
  ) => Promise<FeatureChanged>
  readonly blockTask: (name: string, task: string, reason: string, options?: ChangeOptions) => Promise<FeatureChanged>
  readonly unblockTask: (name: string, task: string, reason: string, options?: ChangeOptions) => Promise<FeatureChanged>
  readonly cancelTask: (name: string, task: string, reason: string, options?: ChangeOptions) => Promise<FeatureChanged>
  /** Has a task wait for another one; with `remove` no more. */
  readonly dependTask: (
    name: string,
    task: string,
    dependsOn: string,
    options?: ChangeOptions & { readonly remove?: boolean }
  ) => Promise<FeatureChanged>
  /** Has a feature wait for another one; with `remove` no more. */
  readonly depend: (
    name: string,
    dependsOn: string,
    options?: ChangeOptions & { readonly remove?: boolean }
  ) => Promise<FeatureChanged>
  readonly archive: (name: string, reason: string, options?: ChangeOptions) => Promise<FeatureChanged>
  readonly restore: (name: string, reason: string, options?: ChangeOptions) => Promise<FeatureChanged>
  /** Runs the gates that are not green at the head, some by name, or all. A gate that fails does not reject. */
  readonly gates: (
    name: string,
    options?: CallOptions & {
      readonly as?: string
      readonly gates?: ReadonlyArray<string>
      readonly all?: boolean
    }
  ) => Promise<{
    readonly feature: string
    readonly commit: string
    readonly results: ReadonlyArray<GateOutcome>
    readonly next: NextStep
  }>
  /** Merges the branch; rejects with `merge-conflict` when it cannot be merged, and nothing is. */
  readonly merge: (
    name: string,
    options?: CallOptions & { readonly as?: string; readonly message?: string }
  ) => Promise<{
    readonly feature: string
    readonly into: string
    readonly commit: string
    readonly how: "fast-forward" | "merge-commit" | "already-merged"
    readonly next: NextStep
  }>
  /** Deploys by the project's command, or records a deployment made elsewhere. One that fails does not reject. */
  readonly deploy: (
    name: string,
    options?: CallOptions & { readonly as?: string; readonly record?: string; readonly revision?: string }
  ) => Promise<DeploymentOutcome>
}
