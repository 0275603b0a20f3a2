import {
  actions,
  artifacts,
  CommandKey,
  commentKinds,
  FeatureEvent,
  gatePhases,
  LoggedActor,
  phases
} from "@slipway/core"
import { Schema } from "effect"
import { Count, StepOutput } from "./Parts.ts"

const ArtifactName = Schema.Literals(artifacts)
const PhaseName = Schema.Literals(phases)
const Time = Schema.String.annotate({ description: "ISO 8601 in UTC" })
const FeatureName = Schema.String

const WorktreeOutput = Schema.Struct({
  branch: Schema.String,
  worktree: Schema.String.annotate({ description: "Absolute path" }),
  milestone: Schema.NullOr(Schema.String),
  slot: Schema.NullOr(Schema.Int)
})

const nextFields = {
  action: Schema.Literals(actions),
  task_id: Schema.optionalKey(Schema.String),
  task_title: Schema.optionalKey(Schema.String),
  reason: Schema.String.annotate({ description: "Why, for people" }),
  rule: Schema.String.annotate({ description: "Id of the rule that gave it" }),
  feature: FeatureName,
  phase: PhaseName,
  actor: Schema.Literals(["anyone", "agent", "human", "nobody"]).annotate({ description: "Who can carry it out" }),
  artifact: Schema.optionalKey(ArtifactName),
  path: Schema.optionalKey(
    Schema.String.annotate({ description: "Where the artifact is or belongs, relative to the main checkout" })
  ),
  inputs: Schema.Array(Schema.Struct({ path: Schema.String, sha256: Schema.String })).annotate({
    description: "Texts to read for it"
  }),
  blocked_by: Schema.Array(Schema.String).annotate({ description: "Comments, features, tasks or gates in the way" }),
  gates: Schema.Array(Schema.String).annotate({ description: "Gates to run" }),
  files: Schema.optionalKey(Schema.Array(Schema.String).annotate({ description: "Files in conflict" })),
  head: Schema.optionalKey(
    Schema.String.annotate({ description: "The commit that evidence must name; absent while there is none" })
  ),
  worktree: Schema.optionalKey(WorktreeOutput.annotate({ description: "Where the work is done" })),
  revision: Count.annotate({ description: "Number of the last event" }),
  root: Schema.String.annotate({ description: "Absolute path of the main checkout" })
}
const Next = Schema.Struct(nextFields)

/** `data` of `feature next`. */
const FeatureNextSchema = Schema.Struct({
  ...nextFields,
  rules: Schema.optionalKey(
    Schema.Array(Schema.Struct({
      rule: Schema.String,
      phase: Schema.optionalKey(PhaseName.annotate({ description: "Absent for a rule across all phases" })),
      holds: Schema.Boolean,
      why: Schema.String
    })).annotate({ description: "With --explain: every rule, in order" })
  )
})

const Entry = Schema.Struct({
  seq: Schema.Int,
  prev: Schema.String,
  at: Time,
  actor: LoggedActor,
  key: Schema.optionalKey(CommandKey),
  event: FeatureEvent
})

const change = Schema.Struct({
  dryRun: Schema.Literal(false),
  feature: FeatureName,
  revision: Count,
  replayed: Schema.Boolean.annotate({ description: "Whether it was done before, under the same key" }),
  entry: Entry,
  next: Next
})

/** `data` of each command that changes a feature by one event. */
const FeatureChangeSchema = Schema.Union([
  change,
  Schema.Struct({ dryRun: Schema.Literal(true), feature: FeatureName, actor: LoggedActor, event: FeatureEvent })
])

/** `data` of `feature create`. */
const FeatureCreateSchema = Schema.Union([
  change,
  Schema.Struct({
    dryRun: Schema.Literal(true),
    feature: FeatureName,
    actor: LoggedActor,
    event: FeatureEvent,
    steps: Schema.Array(StepOutput)
  })
])

/** `data` of `feature list`. */
const FeatureListSchema = Schema.Struct({
  project: Schema.String,
  features: Schema.Array(Schema.Struct({
    feature: FeatureName,
    title: Schema.String,
    phase: PhaseName,
    action: Schema.Literals(actions),
    task_id: Schema.optionalKey(Schema.String),
    actor: nextFields.actor,
    reason: Schema.String,
    rule: Schema.String,
    blocked_by: Schema.Array(Schema.String),
    revision: Count,
    createdAt: Time,
    updatedAt: Time,
    ageSeconds: Count.annotate({ description: "Since the last event" }),
    isArchived: Schema.Boolean
  })),
  unreadable: Schema.Array(Schema.Struct({ feature: FeatureName, code: Schema.String, message: Schema.String }))
    .annotate({ description: "Features whose log cannot be read" })
})

/** `data` of `feature show`. */
const FeatureShowSchema = Schema.Struct({
  feature: FeatureName,
  title: Schema.String,
  description: Schema.String,
  profile: Schema.Literals(["standard", "light"]),
  phase: PhaseName,
  revision: Count,
  createdAt: Time,
  updatedAt: Time,
  branch: Schema.optionalKey(Schema.String),
  next: Next,
  artifacts: Schema.Array(Schema.Struct({
    artifact: ArtifactName,
    status: Schema.Literals(["missing", "draft", "approved", "rejected", "waived", "stale"]),
    path: Schema.String,
    sha256: Schema.optionalKey(Schema.String.annotate({ description: "Of the present text" })),
    submittedBy: Schema.optionalKey(LoggedActor),
    decidedBy: Schema.optionalKey(LoggedActor),
    reason: Schema.optionalKey(Schema.String),
    selfApproved: Schema.Boolean
  })),
  tasks: Schema.Array(Schema.Struct({
    id: Schema.String,
    title: Schema.String,
    label: Schema.optionalKey(Schema.String),
    dependsOn: Schema.Array(Schema.String),
    status: Schema.Literals(["pending", "in-progress", "blocked", "completed", "cancelled"]),
    reason: Schema.optionalKey(Schema.String),
    commits: Schema.Array(Schema.String),
    worker: Schema.optionalKey(LoggedActor),
    revision: Count.annotate({ description: "Number of the event after which it stands as it does" })
  })),
  comments: Schema.Array(Schema.Struct({
    id: Schema.String,
    kind: Schema.Literals(commentKinds),
    text: Schema.String,
    by: LoggedActor,
    at: Time,
    phase: PhaseName,
    resolution: Schema.optionalKey(Schema.Struct({ answer: Schema.String, by: LoggedActor, at: Time }))
  })),
  dependsOn: Schema.Array(Schema.Struct({ feature: FeatureName, isReleased: Schema.Boolean })),
  gates: Schema.Array(Schema.Struct({
    gate: Schema.String,
    phase: Schema.Literals(gatePhases),
    status: Schema.Literals(["never-ran", "stale", "failed", "passed"]),
    lastRun: Schema.optionalKey(Schema.Struct({
      gate: Schema.String,
      phase: Schema.Literals(gatePhases),
      command: Schema.Array(Schema.String),
      commit: Schema.String,
      passed: Schema.Boolean,
      exitCode: Schema.NullOr(Schema.Int),
      ms: Schema.Number,
      at: Time,
      output: Schema.Struct({ path: Schema.String, sha256: Schema.String })
    }))
  })),
  worktrees: Schema.Array(Schema.Struct({
    branch: Schema.String,
    worktree: Schema.String,
    milestone: Schema.optionalKey(Schema.String),
    slot: Schema.optionalKey(Schema.Int)
  })),
  merge: Schema.optionalKey(Schema.Struct({
    branch: Schema.String,
    head: Schema.String,
    into: Schema.String,
    base: Schema.String,
    commit: Schema.String,
    revision: Count
  })),
  deployment: Schema.optionalKey(Schema.Struct({
    commit: Schema.String,
    succeeded: Schema.Boolean,
    exitCode: Schema.NullOr(Schema.Int),
    reference: Schema.NullOr(Schema.String),
    at: Time,
    revision: Count
  })),
  archived: Schema.optionalKey(Schema.Struct({ reason: Schema.String, by: LoggedActor, at: Time }))
})

/** `data` of `feature log`. */
const FeatureLogSchema = Schema.Struct({
  feature: FeatureName,
  entries: Schema.Array(Entry),
  torn: Count.annotate({ description: "Characters of a last line that was not written to its end" })
})

/** `data` of `feature verify`. */
const FeatureVerifySchema = Schema.Struct({
  feature: FeatureName,
  lines: Count,
  last: Schema.String.annotate({ description: "SHA-256 of the last line" }),
  torn: Count
})

/** `data` of `feature gates`. */
const FeatureGatesSchema = Schema.Union([
  Schema.Struct({
    dryRun: Schema.Literal(false),
    feature: FeatureName,
    commit: Schema.String,
    passed: Schema.Boolean.annotate({ description: "Whether all that ran passed" }),
    results: Schema.Array(Schema.Struct({
      gate: Schema.String,
      passed: Schema.Boolean,
      exitCode: Schema.NullOr(Schema.Int).annotate({ description: "null when it did not end in time" }),
      ms: Schema.Number,
      output: Schema.String.annotate({ description: "What it printed: a file below the main checkout" })
    })),
    next: Next
  }),
  Schema.Struct({
    dryRun: Schema.Literal(true),
    feature: FeatureName,
    commit: Schema.String,
    worktree: Schema.String,
    steps: Schema.Array(StepOutput)
  })
])

const How = Schema.Literals(["fast-forward", "merge-commit", "already-merged"])

/** `data` of `feature merge`. */
const FeatureMergeSchema = Schema.Union([
  Schema.Struct({
    dryRun: Schema.Literal(false),
    feature: FeatureName,
    branch: Schema.String,
    into: Schema.String,
    head: Schema.String,
    commit: Schema.String,
    how: How,
    next: Next
  }),
  Schema.Struct({
    dryRun: Schema.Literal(true),
    feature: FeatureName,
    branch: Schema.String,
    into: Schema.String,
    head: Schema.String,
    how: Schema.optionalKey(How.annotate({ description: "Absent when it would conflict" })),
    conflicts: Schema.Array(Schema.String),
    steps: Schema.Array(StepOutput)
  })
])

/** `data` of `feature deploy`. */
const FeatureDeploySchema = Schema.Union([
  Schema.Struct({
    dryRun: Schema.Literal(false),
    feature: FeatureName,
    commit: Schema.String,
    succeeded: Schema.Boolean,
    exitCode: Schema.optionalKey(Schema.Int),
    ms: Schema.Number,
    output: Schema.optionalKey(Schema.String),
    reference: Schema.optionalKey(Schema.String),
    next: Next
  }),
  Schema.Struct({
    dryRun: Schema.Literal(true),
    feature: FeatureName,
    commit: Schema.String,
    steps: Schema.Array(StepOutput)
  })
])

/** The schemas of the commands about features, by the commands' names in envelopes. */
export const featureSchemas = {
  "feature-approve": FeatureChangeSchema,
  "feature-archive": FeatureChangeSchema,
  "feature-comment": FeatureChangeSchema,
  "feature-create": FeatureCreateSchema,
  "feature-depend": FeatureChangeSchema,
  "feature-deploy": FeatureDeploySchema,
  "feature-gates": FeatureGatesSchema,
  "feature-list": FeatureListSchema,
  "feature-log": FeatureLogSchema,
  "feature-merge": FeatureMergeSchema,
  "feature-next": FeatureNextSchema,
  "feature-reject": FeatureChangeSchema,
  "feature-resolve": FeatureChangeSchema,
  "feature-restore": FeatureChangeSchema,
  "feature-show": FeatureShowSchema,
  "feature-submit": FeatureChangeSchema,
  "feature-task-add": FeatureChangeSchema,
  "feature-task-block": FeatureChangeSchema,
  "feature-task-cancel": FeatureChangeSchema,
  "feature-task-complete": FeatureChangeSchema,
  "feature-task-depend": FeatureChangeSchema,
  "feature-task-start": FeatureChangeSchema,
  "feature-task-unblock": FeatureChangeSchema,
  "feature-verify": FeatureVerifySchema,
  "feature-waive": FeatureChangeSchema
} as const
