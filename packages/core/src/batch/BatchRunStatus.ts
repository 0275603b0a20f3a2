import { DateTime } from "effect"
import type { BatchRunReport, BatchTaskReport } from "./Batches.ts"
import type { TaskContext } from "./kinds/TaskContext.ts"
import type { RunPhase, TaskOutcome } from "./record/RunEvent.ts"
import type { RunCondition, RunProgress } from "./record/RunState.ts"

/** `status.tasks[i]` of a BatchRun. What is not known yet is not there. */
export interface BatchTaskStatus {
  /** The task's repositories; its files are in the run's snapshot. */
  readonly contexts: ReadonlyArray<TaskContext>
  readonly status: RunPhase
  readonly jobName: string
  /** RFC 3339 in UTC with whole seconds, as Kubernetes writes times. */
  readonly startTime?: string
  readonly completionTime?: string
  readonly index: number
  readonly outcome?: TaskOutcome
  readonly reason?: string
  /** From 1; absent before the first. */
  readonly attempt?: number
  /** One line, of what the agent says. */
  readonly summary?: string
  readonly contextsHash: string
}

/** `status` of a BatchRun: the seed's fields in the seed's order, and conditions. */
export interface BatchRunStatus {
  readonly phase: RunPhase
  readonly startTime?: string
  readonly completionTime?: string
  readonly progress: RunProgress
  readonly tasks: ReadonlyArray<BatchTaskStatus>
  readonly conditions: ReadonlyArray<RunCondition>
}

/**
 * A run's report as the `status` of its BatchRun, as it would be read from a cluster.
 *
 * @example
 * batchRunStatus(report).tasks[0].jobName // "update-dependencies-run-001-task-0"
 */
export const batchRunStatus = (report: BatchRunReport): BatchRunStatus => {
  const { conditions, phase, progress } = report.standing
  const { completed, failed, pending, running, total } = progress
  return {
    phase,
    ...(report.startTime === null ? {} : { startTime: wholeSeconds(report.startTime) }),
    ...(report.completionTime === null ? {} : { completionTime: wholeSeconds(report.completionTime) }),
    progress: { total, pending, running, completed, failed },
    tasks: report.tasks.map(taskStatus),
    conditions
  }
}

const taskStatus = ({ contexts, contextsHash, index, name, result, standing }: BatchTaskReport): BatchTaskStatus => {
  const { attempt, finishedAt, outcome, phase, reason, startedAt } = standing
  const summary = result?.summary ?? null
  return {
    contexts,
    status: phase,
    jobName: name,
    ...(startedAt === null ? {} : { startTime: timeOf(startedAt) }),
    ...(finishedAt === null ? {} : { completionTime: timeOf(finishedAt) }),
    index,
    ...(outcome === null ? {} : { outcome }),
    ...(reason === null ? {} : { reason }),
    ...(attempt === 0 ? {} : { attempt }),
    ...(summary === null ? {} : { summary }),
    contextsHash
  }
}

const timeOf = (at: number): string => wholeSeconds(DateTime.formatIso(DateTime.makeUnsafe(at)))

const wholeSeconds = (time: string): string => time.replace(/\.\d+Z$/u, "Z")
