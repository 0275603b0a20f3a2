import { conditionTypes, failureKinds, publishModes, runnerKinds, runPhases, taskOutcomes } from "@slipway/core"
import { Schema } from "effect"
import { Count, StepOutput, Warnings } from "./Parts.ts"

const Time = Schema.String.annotate({ description: "ISO 8601, UTC" })
const Phase = Schema.Literals(runPhases)
const Outcome = Schema.Literals(taskOutcomes).annotate({ description: "Absent until it is decided" })
const Index = Count.annotate({ description: "Number of the task, from 0" })
const Attempt = Count.annotate({ description: "Number of the newest attempt, from 1; 0 before the first" })
const TaskName = Schema.String.annotate({ description: "Such as update-dependencies-x7k2p-task-0" })

const KeyOutput = Schema.Struct({ name: Schema.String, key: Schema.String })

/** A context as the file has it. Its rules are those of the CRDs. */
const ContextOutput = Schema.Union([
  Schema.Struct({
    type: Schema.Literal("File"),
    file: Schema.Struct({
      name: Schema.String.annotate({ description: "Relative to the workspace" }),
      source: Schema.Union([
        Schema.Struct({ inline: Schema.String }),
        Schema.Struct({ configMapKeyRef: KeyOutput }),
        Schema.Struct({ secretKeyRef: KeyOutput })
      ])
    })
  }),
  Schema.Struct({
    type: Schema.Literal("Repository"),
    repository: Schema.Struct({
      org: Schema.String,
      repo: Schema.String,
      branch: Schema.String,
      url: Schema.optionalKey(Schema.String),
      commit: Schema.optionalKey(Schema.String),
      path: Schema.optionalKey(Schema.String),
      depth: Schema.optionalKey(Count),
      secretRef: Schema.optionalKey(Schema.Struct({ name: Schema.String }))
    })
  })
])

const Progress = Schema.Struct({ total: Count, pending: Count, running: Count, completed: Count, failed: Count })
  .annotate({ description: "completed went well; failed did not and will not" })

const Conditions = Schema.Array(Schema.Struct({
  type: Schema.Literals(conditionTypes),
  status: Schema.Literals(["True", "False", "Unknown"]),
  reason: Schema.String,
  message: Schema.String
}))

const snapshotFields = {
  name: Schema.String.annotate({ description: "Name of the run" }),
  namespace: Schema.String,
  kind: Schema.Literals(["BatchRun", "Task"]),
  batch: Schema.optionalKey(Schema.String.annotate({ description: "Absent for an inline batch and for a Task" })),
  labels: Schema.Record(Schema.String, Schema.String),
  runner: Schema.Literals(runnerKinds),
  publish: Schema.Literals(publishModes),
  policy: Schema.Struct({
    maxParallel: Count,
    maxFailures: Schema.optionalKey(Count.annotate({ description: "Absent: any number" })),
    failFast: Schema.Boolean,
    timeoutSeconds: Schema.optionalKey(Schema.Finite.annotate({ description: "Of the whole run; absent: no limit" })),
    taskTimeoutSeconds: Schema.optionalKey(Schema.Finite.annotate({ description: "Of one attempt; absent: no limit" })),
    retry: Count
  }),
  agent: Schema.Struct({
    workspaceConfig: Schema.optionalKey(Schema.String.annotate({ description: "Absent for the built-in one" })),
    image: Schema.String,
    command: Schema.optionalKey(
      Schema.Union([Schema.String, Schema.Array(Schema.String)]).annotate({
        description: "Absent: what the image runs by itself"
      })
    )
  })
}

const planFields = {
  dryRun: Schema.Literal(true),
  ...snapshotFields,
  warnings: Warnings,
  tasks: Schema.Array(Schema.Struct({
    index: Index,
    name: TaskName,
    contexts: Schema.Array(ContextOutput),
    urls: Schema.Array(Schema.String).annotate({ description: "Of its repositories, in order" })
  }))
}

const headFields = {
  ...snapshotFields,
  uid: Schema.String.annotate({ description: "Never the same twice" }),
  specHash: Schema.String.annotate({ description: "SHA-256 of what the tasks are made of" }),
  createdAt: Time,
  state: Schema.Literals(["running", "interrupted", "suspended", "finished"]).annotate({
    description: "running: a process works on it; interrupted: none does, and it is not finished"
  }),
  phase: Phase,
  startTime: Schema.optionalKey(Time),
  completionTime: Schema.optionalKey(Time),
  progress: Progress,
  conditions: Conditions
}

const standingFields = {
  phase: Phase,
  outcome: Schema.optionalKey(Outcome),
  reason: Schema.optionalKey(Schema.String.annotate({ description: "One word, such as ExitCode" })),
  attempt: Attempt,
  startTime: Schema.optionalKey(Time),
  completionTime: Schema.optionalKey(Time)
}

const Result = Schema.Struct({
  outcome: Schema.Literals(taskOutcomes),
  reason: Schema.optionalKey(Schema.String),
  message: Schema.optionalKey(Schema.String),
  failure: Schema.optionalKey(
    Schema.Literals(failureKinds).annotate({ description: "What it failed at; absent when it did not fail" })
  ),
  exitCode: Schema.optionalKey(
    Schema.Int.annotate({ description: "Of the agent; absent when it did not end by itself" })
  ),
  summary: Schema.optionalKey(Schema.String.annotate({ description: "From the agent's result.json" })),
  repositories: Schema.Array(Schema.Struct({
    path: Schema.String,
    url: Schema.String,
    base: Schema.String.annotate({ description: "The commit that it began at" }),
    head: Schema.String.annotate({ description: "The commit that it ended at" }),
    commits: Count,
    filesChanged: Count,
    insertions: Count,
    deletions: Count,
    published: Schema.optionalKey(Schema.String.annotate({ description: "The branch that was pushed" }))
  }))
}).annotate({ description: "Of the newest finished attempt" })

const runFields = {
  ...headFields,
  warnings: Warnings,
  tasks: Schema.Array(Schema.Struct({
    index: Index,
    name: TaskName,
    ...standingFields,
    contexts: Schema.Array(ContextOutput).annotate({ description: "Its own repositories" }),
    contextsHash: Schema.String.annotate({ description: "SHA-256 of all its contexts" }),
    folder: Schema.optionalKey(
      Schema.String.annotate({
        description: "Absolute path of the newest attempt's folder, with log, changes.patch and result.json"
      })
    ),
    result: Schema.optionalKey(Result)
  }))
}

const PlanSchema = Schema.Struct(planFields)

const interrupted = Schema.Boolean.annotate({
  description: "Whether it was stopped from outside: `slipway batch resume` goes on; the exit code is 130 or 143 then"
})

const RunSchema = Schema.Union([
  Schema.Struct({ dryRun: Schema.Literal(false), interrupted, ...runFields }),
  PlanSchema
])

const StepsSchema = Schema.Struct({
  dryRun: Schema.Literal(true),
  run: Schema.String,
  steps: Schema.Array(StepOutput).annotate({ description: "What would be done" })
})

const AgainSchema = Schema.Union([
  Schema.Struct({ dryRun: Schema.Literal(false), interrupted, ...runFields }),
  StepsSchema
])

const ListSchema = Schema.Struct({
  runs: Schema.Array(Schema.Union([
    Schema.Struct(headFields),
    Schema.Struct({
      name: Schema.String,
      problem: Schema.String.annotate({ description: "Why it cannot be read" })
    })
  ]))
})

const LogsSchema = Schema.Struct({
  run: Schema.String,
  lines: Schema.Array(Schema.Struct({ task: TaskName, index: Index, text: Schema.String }))
})

const Line = Schema.Int.annotate({ description: "Line of the file before, from 1" })
const ResourceName = Schema.String.annotate({ description: "As it was called, such as Bundle/update-dependencies" })

const MigrateSchema = Schema.Struct({
  dryRun: Schema.Boolean,
  refused: Schema.Boolean.annotate({ description: "Nothing was written, because something has no counterpart" }),
  files: Schema.Array(Schema.Struct({
    source: Schema.String.annotate({ description: "Its name as given; - for standard input" }),
    changed: Schema.Boolean,
    written: Schema.Boolean,
    text: Schema.optionalKey(Schema.String.annotate({ description: "Absent with --write and --dry-run" })),
    diff: Schema.optionalKey(Schema.String.annotate({ description: "With --dry-run; empty without a change" })),
    changes: Schema.Array(Schema.Struct({
      line: Line,
      resource: ResourceName,
      from: Schema.String.annotate({ description: "A field or a value, such as spec.repositories" }),
      to: Schema.String
    })),
    unmapped: Schema.Array(Schema.Struct({
      line: Schema.NullOr(Line),
      resource: ResourceName,
      path: Schema.String,
      message: Schema.String
    })).annotate({ description: "What has no counterpart; the exit code is 1 when there is any" })
  }))
})

/** `data` of the commands about batches. */
export const batchSchemas = {
  "batch-cancel": Schema.Union([Schema.Struct({ dryRun: Schema.Literal(false), ...runFields }), StepsSchema]),
  "batch-list": ListSchema,
  "batch-logs": LogsSchema,
  "batch-migrate": MigrateSchema,
  "batch-plan": PlanSchema,
  "batch-resume": AgainSchema,
  "batch-retry": AgainSchema,
  "batch-run": RunSchema,
  "batch-status": Schema.Struct(runFields),
  "task-run": RunSchema
} as const

const Standing = Schema.Struct({
  phase: Phase,
  progress: Progress,
  conditions: Conditions,
  tasks: Schema.Array(Schema.Struct({ index: Index, ...standingFields }))
})

const line = <const Name extends string, Fields extends Schema.Struct.Fields>(event: Name, fields: Fields) =>
  Schema.Struct({
    schema: Schema.Literal("slipway/batch-event/v1"),
    event: Schema.Literal(event),
    at: Time,
    ...fields
  })

const attempt = { task: TaskName, index: Index, attempt: Attempt }
const milliseconds = Schema.Finite.annotate({ description: "Milliseconds that it took" })

/** One line of `--events jsonl`. */
export const BatchEventSchema = Schema.Union([
  line("run-started", {
    run: Schema.String,
    namespace: Schema.String,
    total: Count,
    reason: Schema.Literals(["run", "resume", "retry"]),
    warnings: Warnings
  }),
  line("attempt-started", attempt),
  line("agent-started", attempt),
  line("attempt-finished", { ...attempt, result: Result, ms: milliseconds }),
  line("task-marked", {
    task: TaskName,
    index: Index,
    outcome: Schema.Literals(taskOutcomes),
    reason: Schema.String
  }),
  line("suspended", { suspend: Schema.Boolean }),
  line("cancelling", {}),
  line("progress", { progress: Progress }),
  line("run-finished", { run: Schema.String, standing: Standing, ms: milliseconds }),
  line("run-interrupted", {
    run: Schema.String,
    state: Schema.String,
    standing: Standing
  }),
  line("failed", {
    error: Schema.Struct({ code: Schema.String, message: Schema.String, hint: Schema.String })
  })
])
