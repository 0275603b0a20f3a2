import type { Artifact } from "../project/LifecyclePolicy.ts"

/** The phases of a feature, in order. */
export const phases = [
  "draft",
  "specified",
  "planned",
  "ready",
  "implementation",
  "review",
  "audit",
  "qa",
  "merge",
  "released"
] as const

/** A phase. It is derived from what is known of a feature, never set. */
export type Phase = typeof phases[number]

/** Artifacts that judge a commit: they are evidence for that commit alone. */
export const commitArtifacts = ["review", "audit", "qa-results"] as const satisfies ReadonlyArray<Artifact>

/** An artifact that judges a commit. */
export type CommitArtifact = typeof commitArtifacts[number]

/** Whether an artifact judges a commit. */
export const judgesCommit = (artifact: Artifact): artifact is CommitArtifact =>
  artifact === "review" || artifact === "audit" || artifact === "qa-results"

/**
 * How an artifact stands: `missing` was never submitted, `draft` is submitted and not decided on, `stale` was submitted
 * or approved for another text or commit than the present one.
 */
export type ArtifactStatus = "missing" | "draft" | "approved" | "rejected" | "waived" | "stale"

/** How a task stands. */
export type TaskStatus = "pending" | "in-progress" | "blocked" | "completed" | "cancelled"

/** What a comment is. Blockers and questions hold a feature up until they are resolved. */
export const commentKinds = ["blocker", "question", "decision", "note"] as const

/** A kind of comment. */
export type CommentKind = typeof commentKinds[number]

/** All that `next` can ask for. */
export const actions = [
  "create-spec",
  "approve-spec",
  "create-design",
  "approve-design",
  "create-tasks",
  "approve-tasks",
  "create-qa-plan",
  "approve-qa-plan",
  "wait-for-dependency",
  "implement-task",
  "unblock-task",
  "run-gates",
  "create-review",
  "fix-review-issues",
  "approve-review",
  "create-audit",
  "fix-audit-issues",
  "approve-audit",
  "run-qa",
  "fix-qa-issues",
  "approve-qa",
  "merge",
  "resolve-conflict",
  "deploy",
  "done",
  "unblock",
  "answer-question"
] as const

/** What is to be done next. */
export type Action = typeof actions[number]
