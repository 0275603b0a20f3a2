import { type BatchRunReport, type PlannedStep, RunConflict } from "@slipway/core"
import { Effect } from "effect"
import { Invocation, type StopSignal } from "../../Invocation.ts"
import { batchRunData } from "../../output/BatchData.ts"
import { batchStepsData, batchStepsText } from "../../output/BatchSteps.ts"
import { batchEndText } from "../../output/BatchText.ts"
import { perform } from "../../Report.ts"

/** Stops a run for good, or shows what would be stopped. */
export const performCancel = ({ dryRun, run }: { readonly dryRun: boolean; readonly run: string }) =>
  dryRun
    ? perform({
      command: "batch-cancel",
      label: "planning",
      work: ({ batches }) =>
        Effect.flatMap(batches.status(run), (report) =>
          report.state === "finished"
            ? Effect.fail(
              new RunConflict({
                run,
                reason: "it is finished",
                advice: `\`slipway batch status ${run}\` shows how it ended`
              })
            )
            : Effect.succeed({ run: report.snapshot.name, steps: report.tasks.flatMap(cancelStep) })),
      data: batchStepsData,
      text: batchStepsText
    })
    : perform({
      command: "batch-cancel",
      label: `cancelling ${run}`,
      work: ({ batches }) =>
        Effect.scoped(Effect.gen(function*() {
          const stopSignal = yield* (yield* Invocation).stopSignal
          const ended = yield* Effect.raceFirst(
            Effect.map(batches.cancel(run), (report) => ({ report, signal: null })),
            Effect.map(stopSignal, (signal: StopSignal) => ({ report: null, signal }))
          )
          if (ended.report !== null) return ended
          // What was asked for cannot be taken back: how the run stands is all that is left to tell.
          return { report: yield* batches.status(run), signal: ended.signal }
        })),
      data: ({ report }) => ({ dryRun: false, ...batchRunData(report) }),
      text: ({ report }, stream) => batchEndText(report, stream),
      warnings: ({ report, signal }) =>
        signal === null || report.state === "finished"
          ? []
          : [`${signal.message}: it may still be stopping; \`slipway batch cancel ${run}\` waits for it again`],
      exitCode: ({ report, signal }) => report.state === "finished" ? 0 : signal?.exitCode ?? 0
    })

const cancelStep = ({ name, standing }: BatchRunReport["tasks"][number]): ReadonlyArray<PlannedStep> =>
  standing.outcome !== null
    ? []
    : [
      standing.phase === "Running"
        ? { step: "stop-task", title: `stop ${name}`, reason: `attempt ${standing.attempt} runs` }
        : { step: "mark-task", title: `mark ${name} as cancelled` }
    ]
