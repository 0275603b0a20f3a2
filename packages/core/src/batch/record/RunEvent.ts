import { Schema } from "effect"

export const taskOutcomes = ["Succeeded", "NoChanges", "Failed", "Skipped", "Cancelled", "TimedOut"] as const
export type TaskOutcome = (typeof taskOutcomes)[number]

export const runPhases = ["Pending", "Running", "Succeeded", "Failed"] as const
export type RunPhase = (typeof runPhases)[number]

/**
 * What a failed attempt failed at: `setup` before the agent started, `agent` by its own doing, `publish` after it,
 * `interrupted` by nobody's fault: its runner was killed or stopped, the engine went away.
 */
export const failureKinds = ["setup", "agent", "publish", "interrupted"] as const
export type FailureKind = (typeof failureKinds)[number]

/** What became of one repository of an attempt. */
export const RepositoryResult = Schema.Struct({
  /** Where it stood in the workspace. */
  path: Schema.String,
  url: Schema.String,
  /** The commit that the attempt began at. */
  base: Schema.String,
  /** The commit that it ended at: that of the agent, or of what it left uncommitted when it was published. */
  head: Schema.String,
  commits: Schema.Int,
  filesChanged: Schema.Int,
  insertions: Schema.Int,
  deletions: Schema.Int,
  /** The branch that was pushed; null when none was. */
  published: Schema.NullOr(Schema.String)
})
export interface RepositoryResult extends Schema.Schema.Type<typeof RepositoryResult> {}

/** How an attempt ended. */
export const AttemptResult = Schema.Struct({
  outcome: Schema.Literals(taskOutcomes),
  /** One word in CamelCase, such as `ExitCode`; null when all went well. */
  reason: Schema.NullOr(Schema.String),
  /** For people; no secret is in it. */
  message: Schema.NullOr(Schema.String),
  failure: Schema.NullOr(Schema.Literals(failureKinds)),
  /** Whether the same may go well when tried again: false for a repository that does not exist. */
  transient: Schema.Boolean,
  /** Null when the agent was not started or did not end by itself. */
  exitCode: Schema.NullOr(Schema.Int),
  /** One line, from `result.json`; null without one. */
  summary: Schema.NullOr(Schema.String),
  repositories: Schema.Array(RepositoryResult)
})
export interface AttemptResult extends Schema.Schema.Type<typeof AttemptResult> {}

const ProcessIdentity = Schema.Struct({ pid: Schema.Int, startedAt: Schema.String })
const at = Schema.String
const index = Schema.Int
const attempt = Schema.Int

/** One line of a run's journal; `at` is an ISO 8601 time in UTC. `index` counts from 0, `attempt` from 1. */
export const RunEvent = Schema.Union([
  /** A process works on the run: after it was made, or resumed, or for tasks to be run again. */
  Schema.TaggedStruct("SessionStarted", {
    at,
    process: ProcessIdentity,
    reason: Schema.Literals(["run", "resume", "retry"])
  }),
  Schema.TaggedStruct("AttemptCreated", { at, index, attempt }),
  /** The workspace is there, the agent runs. */
  Schema.TaggedStruct("AgentStarted", { at, index, attempt }),
  /** Before the push: the commit that a branch is about to be moved to is known to be the run's own. */
  Schema.TaggedStruct("PublishIntended", {
    at,
    index,
    attempt,
    url: Schema.String,
    branch: Schema.String,
    commit: Schema.String
  }),
  Schema.TaggedStruct("AttemptFinished", { at, index, attempt, result: AttemptResult }),
  /** A task that got no (further) attempt, and will not. */
  Schema.TaggedStruct("TaskMarked", {
    at,
    index,
    outcome: Schema.Literals(["Skipped", "Cancelled", "TimedOut"]),
    reason: Schema.String
  }),
  /** What these tasks were before counts no longer: they are to be run again. */
  Schema.TaggedStruct("RetryRequested", { at, indices: Schema.Array(index) }),
  Schema.TaggedStruct("SuspendChanged", { at, suspend: Schema.Boolean }),
  Schema.TaggedStruct("CancelRequested", { at }),
  /** The process stopped working on it, and it is not finished: `batch resume` goes on. */
  Schema.TaggedStruct("SessionInterrupted", { at }),
  Schema.TaggedStruct("RunFinished", { at, phase: Schema.Literals(["Succeeded", "Failed"]), reason: Schema.String })
])
export type RunEvent = typeof RunEvent.Type
