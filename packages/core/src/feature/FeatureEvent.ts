import { Schema } from "effect"
import { artifacts, gatePhases } from "../project/LifecyclePolicy.ts"
import { type Actor, actorKinds } from "./Actor.ts"
import { commentKinds, phases } from "./Lifecycle.ts"

const Digest = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/u, { expected: "a SHA-256 in hexadecimal" }))
const Commit = Schema.String.check(Schema.isPattern(/^[0-9a-f]{40,64}$/u, { expected: "the full id of a commit" }))
const TaskId = Schema.String.check(Schema.isPattern(/^task-[0-9]{3,}$/u, { expected: "the id of a task, as task-001" }))
const CommentId = Schema.String.check(
  Schema.isPattern(/^comment-[0-9]{3,}$/u, { expected: "the id of a comment, as comment-001" })
)
const ArtifactName = Schema.Literals(artifacts)
const Milliseconds = Schema.Finite

/** Who did something, as a log tells it. */
export const LoggedActor: Schema.Codec<Actor> = Schema.Struct({
  kind: Schema.Literals(actorKinds),
  /** Such as `claude-code` or `ada@example.org`. */
  id: Schema.String
})

/** A task as tasks.md lists it. */
export const ListedTask = Schema.Struct({
  task: TaskId,
  title: Schema.String,
  /** Its number in the checklist, such as `1.2`; null without one. */
  label: Schema.NullOr(Schema.String)
})
export interface ListedTask extends Schema.Schema.Type<typeof ListedTask> {}

/** The result of one item of the QA plan. */
export const QaResult = Schema.Struct({
  item: Schema.String,
  passed: Schema.Boolean,
  /** Where it can be seen; never empty. */
  evidence: Schema.String
})
export interface QaResult extends Schema.Schema.Type<typeof QaResult> {}

/** What happened to a feature. One command of a user is one event. */
export const FeatureEvent = Schema.Union([
  Schema.TaggedStruct("FeatureCreated", {
    title: Schema.String,
    description: Schema.String,
    /** Branch of its work where it is not the one of its worktrees; null otherwise. */
    branch: Schema.NullOr(Schema.String),
    /** The project's profile at that time. */
    profile: Schema.Literals(["standard", "light"]),
    /** What that profile waives, by Slipway and with this reason. */
    waived: Schema.Array(Schema.Struct({ artifact: ArtifactName, reason: Schema.String }))
  }),
  Schema.TaggedStruct("ArtifactSubmitted", {
    artifact: ArtifactName,
    /** Relative to the main checkout, with `/`. */
    path: Schema.String,
    sha256: Digest,
    /** The commit that it judges; null for what judges none. */
    commit: Schema.NullOr(Commit),
    /** Of tasks.md: its tasks, those that are new and those that may have got another number or other words. */
    tasks: Schema.optionalKey(Schema.Array(ListedTask)),
    /** Of qa-plan.md: what is to be tested. */
    items: Schema.optionalKey(Schema.Array(Schema.String)),
    /** Of qa-results.md: one for each item of the plan. */
    results: Schema.optionalKey(Schema.Array(QaResult))
  }),
  Schema.TaggedStruct("ArtifactApproved", {
    artifact: ArtifactName,
    sha256: Digest,
    commit: Schema.NullOr(Commit),
    /** Whether the approver wrote it. */
    selfApproved: Schema.Boolean
  }),
  Schema.TaggedStruct("ArtifactRejected", {
    artifact: ArtifactName,
    sha256: Digest,
    commit: Schema.NullOr(Commit),
    reason: Schema.String
  }),
  Schema.TaggedStruct("ArtifactWaived", { artifact: ArtifactName, reason: Schema.String }),
  Schema.TaggedStruct("WaiverRevoked", { artifact: ArtifactName, reason: Schema.String }),
  Schema.TaggedStruct("TaskAdded", { task: TaskId, title: Schema.String, dependsOn: Schema.Array(TaskId) }),
  Schema.TaggedStruct("TaskStarted", { task: TaskId }),
  Schema.TaggedStruct("TaskCompleted", { task: TaskId, commits: Schema.Array(Commit) }),
  Schema.TaggedStruct("TaskBlocked", { task: TaskId, reason: Schema.String }),
  Schema.TaggedStruct("TaskUnblocked", { task: TaskId, reason: Schema.String }),
  Schema.TaggedStruct("TaskCancelled", { task: TaskId, reason: Schema.String }),
  Schema.TaggedStruct("TaskDependencyAdded", { task: TaskId, dependsOn: TaskId }),
  Schema.TaggedStruct("TaskDependencyRemoved", { task: TaskId, dependsOn: TaskId }),
  Schema.TaggedStruct("DependencyAdded", { dependsOn: Schema.String }),
  Schema.TaggedStruct("DependencyRemoved", { dependsOn: Schema.String }),
  Schema.TaggedStruct("CommentAdded", {
    comment: CommentId,
    kind: Schema.Literals(commentKinds),
    text: Schema.String,
    /** The phase that the feature was in. */
    phase: Schema.Literals(phases)
  }),
  Schema.TaggedStruct("CommentResolved", { comment: CommentId, answer: Schema.String }),
  Schema.TaggedStruct("WorktreeRecorded", {
    branch: Schema.String,
    /** Absolute path. */
    worktree: Schema.String,
    milestone: Schema.NullOr(Schema.String),
    /** Number of its slot; null without a sandbox. */
    slot: Schema.NullOr(Schema.Int)
  }),
  Schema.TaggedStruct("GateRan", {
    gate: Schema.String,
    phase: Schema.Literals(gatePhases),
    command: Schema.Array(Schema.String),
    commit: Commit,
    passed: Schema.Boolean,
    /** Exit code; null when it did not end in time. */
    exitCode: Schema.NullOr(Schema.Int),
    ms: Milliseconds,
    /** Its output, below the feature's folder. */
    output: Schema.Struct({ path: Schema.String, sha256: Digest })
  }),
  Schema.TaggedStruct("BranchMerged", {
    branch: Schema.String,
    /** Head of the branch. */
    head: Commit,
    into: Schema.String,
    /** Head of `into` before. */
    base: Commit,
    /** Head of `into` after. */
    commit: Commit,
    how: Schema.Literals(["fast-forward", "merge-commit", "already-merged"])
  }),
  Schema.TaggedStruct("MergeConflicted", {
    branch: Schema.String,
    head: Commit,
    into: Schema.String,
    base: Commit,
    files: Schema.Array(Schema.String)
  }),
  Schema.TaggedStruct("FeatureDeployed", {
    commit: Commit,
    succeeded: Schema.Boolean,
    /** Exit code of the project's command; null when it did not end in time, or when the deployment is a record. */
    exitCode: Schema.NullOr(Schema.Int),
    ms: Milliseconds,
    /** Where the deployment can be seen, for one that was made elsewhere; null for one by the project's command. */
    reference: Schema.NullOr(Schema.String),
    /** Output of the project's command; null for one that was made elsewhere. */
    output: Schema.NullOr(Schema.Struct({ path: Schema.String, sha256: Digest }))
  }),
  Schema.TaggedStruct("FeatureArchived", { reason: Schema.String }),
  Schema.TaggedStruct("FeatureRestored", { reason: Schema.String })
])
export type FeatureEvent = typeof FeatureEvent.Type

/** The name of a kind of event. */
export type FeatureEventTag = FeatureEvent["_tag"]

/** An idempotency key, and what was asked for under it. */
export const CommandKey = Schema.Struct({
  id: Schema.String,
  /** SHA-256 of the command. */
  request: Digest
})
export interface CommandKey extends Schema.Schema.Type<typeof CommandKey> {}

/** One line of a feature's log. */
export const FeatureLogEntry = Schema.Struct({
  /** 1 for the first, then without a gap. */
  seq: Schema.Int,
  /** SHA-256 of the line before; {@link firstPrevious} for the first. */
  prev: Digest,
  /** ISO 8601 in UTC. */
  at: Schema.String,
  actor: LoggedActor,
  key: Schema.optionalKey(CommandKey),
  event: FeatureEvent
})
export interface FeatureLogEntry extends Schema.Schema.Type<typeof FeatureLogEntry> {}

/** What stands for the line before the first. */
export const firstPrevious = "0".repeat(64)
