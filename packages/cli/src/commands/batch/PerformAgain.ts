import {
  type Batches,
  type BatchRunReport,
  BatchTaskMissing,
  type BatchTaskReport,
  findTasks,
  type PlannedStep,
  RunBusy,
  RunConflict
} from "@slipway/core"
import { Effect, Stream } from "effect"
import { isToRunAgain } from "../../output/BatchNext.ts"
import { batchStepsData, batchStepsText } from "../../output/BatchSteps.ts"
import { perform } from "../../Report.ts"
import { UsageError } from "../../UsageError.ts"
import { performWork } from "./PerformRun.ts"

interface AgainInput {
  readonly run: string
  readonly events: "jsonl" | null
  readonly dryRun: boolean
}

/** Goes on with a run, or shows what is left to do. */
export const performResume = (input: AgainInput) =>
  input.dryRun
    ? performSteps("batch-resume", input.run, (report) =>
      report.state === "finished"
        ? Effect.fail(
          new RunConflict({
            run: input.run,
            reason: "it is finished",
            advice: `\`slipway batch retry ${input.run}\` runs its failed tasks again`
          })
        )
        : Effect.succeed(report.tasks.filter(({ standing }) => standing.outcome === null)))
    : performWork("batch-resume", input.events, (batches) => Effect.succeed(batches.resume(input.run)))

/** Runs tasks again, or shows which. */
export const performRetry = (
  input: AgainInput & { readonly tasks: ReadonlyArray<string>; readonly failed: boolean; readonly all: boolean }
) => {
  const { all, failed, run, tasks } = input
  const mistake = [tasks.length > 0, all, failed].filter((given) => given).length > 1
    ? Effect.fail(
      new UsageError({
        reason: "which tasks to run again is said twice",
        hint: "name tasks, or give --all or --failed"
      })
    )
    : Effect.void
  if (input.dryRun) {
    return performSteps("batch-retry", run, (report) => Effect.andThen(mistake, tasksAgain(report, tasks, all)))
  }
  return performWork(
    "batch-retry",
    input.events,
    (batches) =>
      Effect.as(
        mistake,
        all ? retryAll(batches, run) : tasks.length > 0 ? batches.retry(run, tasks) : batches.retry(run)
      )
  )
}

const tasksAgain = (
  report: BatchRunReport,
  names: ReadonlyArray<string>,
  all: boolean
): Effect.Effect<ReadonlyArray<BatchTaskReport>, BatchTaskMissing | RunConflict> => {
  if (all) return Effect.succeed(report.tasks)
  const run = report.snapshot.name
  if (names.length > 0) {
    return Effect.map(
      Effect.forEach(names, (task) => {
        const indices = findTasks(report.snapshot, task)
        return indices.length > 0
          ? Effect.succeed(indices)
          : Effect.fail(new BatchTaskMissing({ run, task, total: report.tasks.length }))
      }),
      (indices) => {
        const named = new Set(indices.flat())
        return report.tasks.filter(({ index }) => named.has(index))
      }
    )
  }
  const again = report.tasks.filter(({ standing }) => isToRunAgain(standing))
  return again.length > 0 ? Effect.succeed(again) : Effect.fail(
    new RunConflict({
      run,
      reason: "none of its tasks has failed",
      advice: "name the tasks that are to be run again, or `slipway batch resume` it when it is not finished"
    })
  )
}

const retryAll = (batches: Batches["Service"], run: string) =>
  Stream.unwrap(
    Effect.map(batches.status(run), ({ tasks }) => batches.retry(run, tasks.map(({ index }) => `${index}`)))
  )

const performSteps = (
  command: "batch-resume" | "batch-retry",
  run: string,
  choose: (
    report: BatchRunReport
  ) => Effect.Effect<ReadonlyArray<BatchTaskReport>, BatchTaskMissing | RunConflict | UsageError>
) =>
  perform({
    command,
    label: "planning",
    work: ({ batches }) =>
      Effect.gen(function*() {
        const report = yield* batches.status(run)
        if (report.state === "running") return yield* new RunBusy({ run, pid: null })
        return { run: report.snapshot.name, steps: (yield* choose(report)).map(againStep) }
      }),
    data: batchStepsData,
    text: batchStepsText
  })

const againStep = ({ name, standing }: BatchTaskReport): PlannedStep => ({
  step: "run-task",
  title: `run ${name}${standing.attempt === 0 ? "" : ` again, attempt ${standing.attempt + 1}`}`,
  ...(standing.outcome === null
    ? standing.attempt === 0 ? {} : { reason: "it was interrupted" }
    : { reason: standing.reason === null ? standing.outcome : `${standing.outcome}: ${standing.reason}` })
})
