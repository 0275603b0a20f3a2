import { DateTime } from "effect"
import type { BatchRunReport, BatchTaskReport } from "./Batches.ts"
import { contextsHasher } from "./plan/ContextsHash.ts"
import type { StoredRun } from "./record/BatchRunStore.ts"
import { taskContexts, taskName } from "./record/Expand.ts"
import type { AttemptResult } from "./record/RunEvent.ts"
import type { RunCondition, RunHistory, RunStanding, TaskStanding } from "./record/RunState.ts"

/** What a report is made from. */
export interface ReportInput {
  readonly stored: Pick<StoredRun, "snapshot">
  readonly history: RunHistory
  readonly standing: RunStanding
  /** Whether a living process works on the run. */
  readonly isHeld: boolean
  /** Absolute path of the folder of an attempt. */
  readonly folder: (name: string, index: number, attempt: number) => string
}

/** A run without its tasks. What its snapshot warns of is told by the condition `ContextsReady`. */
export const runOverview = (
  { history, isHeld, standing, stored: { snapshot } }: ReportInput
): Omit<BatchRunReport, "tasks"> => ({
  snapshot,
  standing: { ...standing, conditions: withWarnings(standing.conditions, snapshot.warnings) },
  state: history.finished !== null
    ? "finished"
    : isHeld
    ? "running"
    : history.desired.suspend
    ? "suspended"
    : "interrupted",
  startTime: timeText(history.startedAt),
  completionTime: timeText(history.finished?.at ?? null)
})

/** A run in detail. */
export const runReport = (input: ReportInput): BatchRunReport => {
  const { folder, history, standing, stored: { snapshot } } = input
  const hash = contextsHasher(snapshot.commonContext)
  return {
    ...runOverview(input),
    tasks: standing.tasks.map((task): BatchTaskReport => ({
      index: task.index,
      name: taskName(snapshot, task.index),
      standing: task,
      contexts: taskContexts(snapshot, task.index).filter(({ type }) => type === "Repository"),
      contextsHash: hash(snapshot.variableContexts[task.index] ?? []),
      result: newestResult(history, task),
      folder: task.attempt === 0 ? null : folder(snapshot.name, task.index, task.attempt)
    }))
  }
}

const timeText = (at: number | null): string | null => at === null ? null : DateTime.formatIso(DateTime.makeUnsafe(at))

const newestResult = ({ results }: RunHistory, { attempt, index }: TaskStanding): AttemptResult | null => {
  for (let number = attempt; number > 0; number -= 1) {
    const result = results.get(`${index}/${number}`)
    if (result !== undefined) return result
  }
  return null
}

const withWarnings = (
  conditions: ReadonlyArray<RunCondition>,
  warnings: ReadonlyArray<string>
): ReadonlyArray<RunCondition> => {
  if (warnings.length === 0) return conditions
  const warning = warnings.join("; ")
  const ready: RunCondition = { type: "ContextsReady", status: "True", reason: "ReadyWithWarnings", message: warning }
  if (!conditions.some(({ type }) => type === "ContextsReady")) return [...conditions, ready]
  return conditions.map((condition) => {
    if (condition.type !== "ContextsReady") return condition
    if (condition.status === "True") return ready
    const message = condition.message === "" ? warning : `${condition.message}; ${warning}`
    return { ...condition, message }
  })
}
