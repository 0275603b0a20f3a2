import type {
  AttemptResult,
  BatchEvent,
  BatchPlan,
  BatchRunEntry,
  BatchRunReport,
  BatchTaskReport,
  RepositoryResult,
  RunSnapshot,
  RunStanding,
  TaskContext,
  TaskStanding
} from "@slipway/core"
import { present } from "./Envelope.ts"

/** A run that would be made, as `--json` shows it. */
export const batchPlanData = ({ snapshot, tasks }: BatchPlan) => ({
  dryRun: true as const,
  ...snapshotData(snapshot),
  warnings: snapshot.warnings,
  tasks: tasks.map(({ contexts, index, name, urls }) => ({ index, name, contexts, urls }))
})

/** A run as `--json` shows it. */
export const batchRunData = (report: BatchRunReport) => ({
  ...runHeadData(report),
  warnings: report.snapshot.warnings,
  tasks: report.tasks.map(taskData)
})

/** All runs as `--json` shows them. */
export const batchListData = (entries: ReadonlyArray<BatchRunEntry>) => ({
  runs: entries.map(({ name, problem, report }) =>
    present({ name, ...(report === null ? {} : runHeadData(report)), problem: problem ?? undefined })
  )
})

const snapshotData = (snapshot: RunSnapshot) =>
  present({
    name: snapshot.name,
    namespace: snapshot.namespace,
    kind: snapshot.kind,
    batch: snapshot.batch ?? undefined,
    labels: snapshot.labels,
    runner: snapshot.runner,
    publish: snapshot.publish,
    policy: present({
      maxParallel: snapshot.policy.maxParallel,
      maxFailures: snapshot.policy.maxFailures ?? undefined,
      failFast: snapshot.policy.failFast,
      timeoutSeconds: snapshot.policy.timeoutSeconds ?? undefined,
      taskTimeoutSeconds: snapshot.policy.taskTimeoutSeconds ?? undefined,
      retry: snapshot.policy.retry
    }),
    agent: present({
      workspaceConfig: snapshot.agent.workspaceConfig ?? undefined,
      image: snapshot.agent.image,
      command: snapshot.agent.command ?? undefined
    })
  })

const runHeadData = (report: Omit<BatchRunReport, "tasks">) =>
  present({
    ...snapshotData(report.snapshot),
    uid: report.snapshot.uid,
    specHash: report.snapshot.specHash,
    createdAt: report.snapshot.createdAt,
    state: report.state,
    phase: report.standing.phase,
    startTime: report.startTime ?? undefined,
    completionTime: report.completionTime ?? undefined,
    progress: report.standing.progress,
    conditions: report.standing.conditions
  })

const taskData = ({ contexts, contextsHash, folder, index, name, result, standing }: BatchTaskReport) =>
  present({
    index,
    name,
    ...standingData(standing),
    contexts,
    contextsHash,
    folder: folder ?? undefined,
    result: result === null ? undefined : resultData(result)
  })

const standingData = (standing: TaskStanding) =>
  present({
    phase: standing.phase,
    outcome: standing.outcome ?? undefined,
    reason: standing.reason ?? undefined,
    attempt: standing.attempt,
    startTime: timeOf(standing.startedAt),
    completionTime: timeOf(standing.finishedAt)
  })

const timeOf = (milliseconds: number | null): string | undefined =>
  milliseconds === null ? undefined : new Date(milliseconds).toISOString()

const resultData = (result: AttemptResult) =>
  present({
    outcome: result.outcome,
    reason: result.reason ?? undefined,
    message: result.message ?? undefined,
    failure: result.failure ?? undefined,
    exitCode: result.exitCode ?? undefined,
    summary: result.summary ?? undefined,
    repositories: result.repositories.map(repositoryData)
  })

const repositoryData = ({ published, ...repository }: RepositoryResult) =>
  present({ ...repository, published: published ?? undefined })

/** The schema's name of an event's line. */
const batchEventSchemaName = "slipway/batch-event/v1"

/** What happened, as one line of `--events jsonl` holds it. */
export const batchEventData = (event: BatchEvent) => {
  const { _tag, ...fields } = event
  return {
    schema: batchEventSchemaName,
    event: eventName(_tag),
    ...fields,
    ...("result" in fields ? { result: resultData(fields.result) } : {}),
    ...("standing" in fields ? { standing: runStandingData(fields.standing) } : {})
  }
}

const eventName = (tag: string): string => tag.replaceAll(/(?<=[a-z])[A-Z]/gu, "-$&").toLowerCase()

const runStandingData = ({ conditions, phase, progress, tasks }: RunStanding) => ({
  phase,
  progress,
  conditions,
  tasks: tasks.map((task) => ({ index: task.index, ...standingData(task) }))
})

/** The last line of `--events jsonl` when the run was stopped from outside before it was finished. */
export const interruptedEventData = (report: BatchRunReport, at: string) => ({
  schema: batchEventSchemaName,
  event: "run-interrupted",
  at,
  run: report.snapshot.name,
  state: report.state,
  standing: runStandingData(report.standing)
})

/** The last line of `--events jsonl` when the command failed. */
export const failedEventData = (
  { code, hint, message }: { readonly code: string; readonly message: string; readonly hint: string },
  at: string
) => ({ schema: batchEventSchemaName, event: "failed", at, error: { code, message, hint } })

/** The repositories among contexts, by name: `service-a, service-b`; the empty string without one. */
export const repositoriesText = (contexts: ReadonlyArray<TaskContext>): string =>
  contexts.flatMap((context) => context.type === "Repository" ? [context.repository.repo] : []).join(", ")
