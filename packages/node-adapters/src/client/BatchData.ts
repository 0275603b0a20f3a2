import {
  type BatchEvent,
  type BatchPlan,
  type BatchRunEntry,
  type BatchRunReport,
  exitCodeOfRun,
  type RunSnapshot,
  type RunStanding,
  type TaskStanding
} from "@slipway/core"
import type {
  BatchPlanned,
  BatchRunDetails,
  BatchRunEvent,
  BatchRunListing,
  BatchRunSummary,
  BatchRunTerms,
  BatchStanding,
  BatchTaskState
} from "./BatchTypes.ts"

/** A run that would be made, as plain data. */
export const plannedOf = ({ snapshot, tasks }: BatchPlan): BatchPlanned => ({ ...termsOf(snapshot), tasks })

/** A run in detail, as plain data. */
export const detailsOf = (report: BatchRunReport): BatchRunDetails => ({
  ...summaryOf(report),
  exitCode: exitCodeOfRun(report.standing),
  tasks: report.tasks.map(({ contexts, contextsHash, folder, name, result, standing }) => ({
    ...taskStateOf(standing),
    name,
    contexts,
    contextsHash,
    result,
    folder
  }))
})

/** One run of a list, as plain data. */
export const listingOf = ({ name, problem, report }: BatchRunEntry): BatchRunListing =>
  report === null
    ? { name, run: null, problem: problem ?? "it cannot be read" }
    : { name, run: summaryOf(report), problem: null }

const termsOf = (snapshot: RunSnapshot): BatchRunTerms => ({
  name: snapshot.name,
  namespace: snapshot.namespace,
  kind: snapshot.kind,
  batch: snapshot.batch,
  labels: snapshot.labels,
  runner: snapshot.runner,
  publish: snapshot.publish,
  policy: {
    maxParallel: snapshot.policy.maxParallel,
    maxFailures: snapshot.policy.maxFailures,
    failFast: snapshot.policy.failFast,
    timeoutSeconds: snapshot.policy.timeoutSeconds,
    taskTimeoutSeconds: snapshot.policy.taskTimeoutSeconds,
    retry: snapshot.policy.retry
  },
  agent: {
    workspaceConfig: snapshot.agent.workspaceConfig,
    image: snapshot.agent.image,
    command: snapshot.agent.command
  },
  warnings: snapshot.warnings
})

const summaryOf = (report: Omit<BatchRunReport, "tasks">): BatchRunSummary => ({
  ...termsOf(report.snapshot),
  uid: report.snapshot.uid,
  specHash: report.snapshot.specHash,
  createdAt: report.snapshot.createdAt,
  state: report.state,
  phase: report.standing.phase,
  progress: report.standing.progress,
  conditions: report.standing.conditions,
  startTime: report.startTime,
  completionTime: report.completionTime
})

const standingOf = ({ conditions, phase, progress, tasks }: RunStanding): BatchStanding => ({
  phase,
  progress,
  conditions,
  tasks: tasks.map(taskStateOf)
})

const taskStateOf = (
  { attempt, finishedAt, index, outcome, phase, reason, startedAt }: TaskStanding
): BatchTaskState => ({
  index,
  phase,
  outcome,
  reason,
  attempt,
  startTime: timeOf(startedAt),
  completionTime: timeOf(finishedAt)
})

const timeOf = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : new Date(milliseconds).toISOString()

/** What happened, as plain data. */
export const plainEvent = (event: BatchEvent): BatchRunEvent => {
  switch (event._tag) {
    case "RunStarted":
      return { event: "run-started", ...untagged(event) }
    case "AttemptStarted":
      return { event: "attempt-started", ...untagged(event) }
    case "AgentStarted":
      return { event: "agent-started", ...untagged(event) }
    case "AttemptFinished":
      return { event: "attempt-finished", ...untagged(event) }
    case "TaskMarked":
      return { event: "task-marked", ...untagged(event) }
    case "Suspended":
      return { event: "suspended", ...untagged(event) }
    case "Cancelling":
      return { event: "cancelling", ...untagged(event) }
    case "Progress":
      return { event: "progress", ...untagged(event) }
    case "RunFinished":
      return { event: "run-finished", ...untagged(event), standing: standingOf(event.standing) }
  }
}

const untagged = <A extends { readonly _tag: string }>({ _tag, ...fields }: A): Omit<A, "_tag"> => fields
