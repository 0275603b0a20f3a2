import { Schema } from "effect"
import { EnvironmentVariable, publishModes } from "../kinds/Kinds.ts"
import { ResourceLimits } from "../kinds/ResourceLimits.ts"
import { TaskContext } from "../kinds/TaskContext.ts"

export const runnerKinds = ["process", "docker"] as const
export type RunnerKind = (typeof runnerKinds)[number]

/** The rules that a run goes by; each absent field of the BatchRun has become its default. */
export const RunPolicy = Schema.Struct({
  maxParallel: Schema.Int,
  /** Failed tasks that a run bears before it starts no more; null: any number. */
  maxFailures: Schema.NullOr(Schema.Int),
  failFast: Schema.Boolean,
  /** Seconds of the whole run, from its start or last resumption; null: no limit. */
  timeoutSeconds: Schema.NullOr(Schema.Finite),
  /** Seconds of one attempt of a task; null: no limit. */
  taskTimeoutSeconds: Schema.NullOr(Schema.Finite),
  /** How many times a task is run again after its agent failed. */
  retry: Schema.Int,
  ttlSecondsAfterFinished: Schema.NullOr(Schema.Int)
})
export interface RunPolicy extends Schema.Schema.Type<typeof RunPolicy> {}

/** The WorkspaceConfig as it was found when the run was made. */
export const AgentProfile = Schema.Struct({
  /** The WorkspaceConfig's name; null for the built-in one. */
  workspaceConfig: Schema.NullOr(Schema.String),
  image: Schema.String,
  /** Null: what the image runs by itself. */
  command: Schema.NullOr(Schema.Union([Schema.String, Schema.Array(Schema.String)])),
  env: Schema.Array(EnvironmentVariable),
  /** What a container may use at most; absent where nothing limits it, and in runs that are older than this field. */
  limits: Schema.optionalKey(ResourceLimits)
})
export interface AgentProfile extends Schema.Schema.Type<typeof AgentProfile> {}

/** A referenced value of a ConfigMap or a Secret, in base64. */
export const KeyedValues = Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.String))
/** Object name, then key, to the value's bytes in base64. */
export type KeyedValues = typeof KeyedValues.Type

/**
 * A run as it was when it was made: nothing that happens to the files afterwards changes it. It holds no secret; those
 * are kept apart ({@link RunValues}).
 */
export const RunSnapshot = Schema.Struct({
  schema: Schema.Literal("slipway/batch-run/v1"),
  /** Random; never the same twice, also when the name is. */
  uid: Schema.String,
  name: Schema.String,
  namespace: Schema.String,
  /** `Task`: one task that bears the run's own name. */
  kind: Schema.Literals(["BatchRun", "Task"]),
  /** Name of the Batch; null for an inline one and for a Task. */
  batch: Schema.NullOr(Schema.String),
  labels: Schema.Record(Schema.String, Schema.String),
  commonContext: Schema.Array(TaskContext),
  variableContexts: Schema.Array(Schema.Array(TaskContext)),
  policy: RunPolicy,
  /** What the BatchRun says of itself when the run is made; later requests are in the journal. */
  suspend: Schema.Boolean,
  cancel: Schema.Boolean,
  runner: Schema.Literals(runnerKinds),
  agent: AgentProfile,
  publish: Schema.Literals(publishModes),
  /** Makes a URL of a repository without one, such as `https://github.com/{org}/{repo}.git`. */
  hostTemplate: Schema.String,
  keepWorkspaces: Schema.Boolean,
  /** SHA-256 of what the tasks are made of. */
  specHash: Schema.String,
  /** ISO 8601, UTC. */
  createdAt: Schema.String,
  /** What should be known about it, such as a file name given twice. */
  warnings: Schema.Array(Schema.String)
})
export interface RunSnapshot extends Schema.Schema.Type<typeof RunSnapshot> {}

/** The values that a run's tasks refer to. */
export const RunValues = Schema.Struct({ configMaps: KeyedValues, secrets: KeyedValues })
export interface RunValues extends Schema.Schema.Type<typeof RunValues> {}
