import { Schema } from "effect"
import { RepositoryContext } from "../kinds/TaskContext.ts"
import { runPhases, taskOutcomes } from "../record/RunEvent.ts"
import { conditionTypes } from "../record/RunState.ts"

const Time = Schema.String.annotate({ format: "date-time" })
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

const Phase = Schema.Literals(runPhases)

const Condition = Schema.Struct({
  type: Schema.Literals(conditionTypes),
  status: Schema.Literals(["True", "False", "Unknown"]),
  reason: Schema.String.annotate({ description: "One word in CamelCase." }),
  message: Schema.String,
  lastTransitionTime: Schema.optionalKey(Time),
  observedGeneration: Schema.optionalKey(Count)
})

const Outcome = Schema.Literals(taskOutcomes)

/** How one task of a run stands; the seed's `TaskStatus`, with what people ask for. */
const RunTaskStatus = Schema.Struct({
  contexts: Schema.Array(RepositoryContext).annotate({ description: "The task's own repositories." }),
  status: Phase,
  jobName: Schema.optionalKey(Schema.String),
  startTime: Schema.optionalKey(Time),
  completionTime: Schema.optionalKey(Time),
  index: Schema.optionalKey(Count),
  outcome: Schema.optionalKey(Outcome),
  reason: Schema.optionalKey(Schema.String.annotate({ description: "One word in CamelCase." })),
  attempt: Schema.optionalKey(Count.annotate({ description: "The newest attempt, from 1." })),
  summary: Schema.optionalKey(Schema.String.annotate({ description: "One line, from the agent." })),
  contextsHash: Schema.optionalKey(Schema.String.annotate({ description: "SHA-256 of all contexts of the task." }))
})

/** `status` of a BatchRun: the seed's `BatchRunStatus`. */
export const BatchRunStatusSchema = Schema.Struct({
  phase: Schema.optionalKey(Phase),
  startTime: Schema.optionalKey(Time),
  completionTime: Schema.optionalKey(Time),
  progress: Schema.optionalKey(
    Schema.Struct({ total: Count, pending: Count, running: Count, completed: Count, failed: Count })
  ),
  tasks: Schema.optionalKey(Schema.Array(RunTaskStatus)),
  conditions: Schema.optionalKey(Schema.Array(Condition)),
  observedGeneration: Schema.optionalKey(Count)
})

/** `status` of a Task: the seed's `TaskExecutionStatus`. */
export const TaskStatusSchema = Schema.Struct({
  phase: Schema.optionalKey(Phase),
  jobName: Schema.optionalKey(Schema.String),
  startTime: Schema.optionalKey(Time),
  completionTime: Schema.optionalKey(Time),
  outcome: Schema.optionalKey(Outcome),
  reason: Schema.optionalKey(Schema.String.annotate({ description: "One word in CamelCase." })),
  conditions: Schema.optionalKey(Schema.Array(Condition)),
  observedGeneration: Schema.optionalKey(Count)
})
