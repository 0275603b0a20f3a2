import type { Batches, BatchRunReport } from "@slipway/core"
import { Clock, Effect } from "effect"
import { batchListData, batchRunData } from "../../output/BatchData.ts"
import { batchListText, batchStatusText } from "../../output/BatchText.ts"
import { perform } from "../../Report.ts"
import { UsageError } from "../../UsageError.ts"

interface StatusInput {
  readonly run: string | null
  readonly files: ReadonlyArray<string>
  readonly yaml: boolean
}

/** Shows how a run stands. */
export const performStatus = ({ files, run, yaml }: StatusInput) =>
  perform({
    command: "batch-status",
    label: "looking at the run",
    work: ({ batches }, { directory, json }) =>
      Effect.gen(function*() {
        if (json && yaml) {
          return yield* new UsageError({
            reason: "--json and --yaml cannot be given together",
            hint: "leave one of them out"
          })
        }
        const report = files.length === 0
          ? yield* run === null ? batches.status() : batches.status(run)
          : yield* runOfFiles(batches, { directory, files, ...(run === null ? {} : { select: run }) })
        const now = yield* Clock.currentTimeMillis
        if (!yaml) return { report, now, document: null }
        const { batchRunYaml } = yield* Effect.promise(() => import("./StatusDocument.ts"))
        return { report, now, document: batchRunYaml(report) }
      }),
    data: ({ report }) => batchRunData(report),
    text: ({ document, now, report }, stream) => document?.trimEnd() ?? batchStatusText(report, now, stream),
    warnings: ({ document, report }) => document === null ? report.snapshot.warnings : []
  })

/** The run that files name; where they leave its name open, the newest of the same batch. */
const runOfFiles = Effect.fnUntraced(function*(
  batches: Batches["Service"],
  request: Parameters<Batches["Service"]["plan"]>[0]
) {
  const { snapshot } = yield* batches.plan(request)
  return yield* Effect.catchTag(batches.status(snapshot.name), "RunMissing", (missing) =>
    Effect.gen(function*() {
      const newest = (yield* batches.list).findLast(({ report }) =>
        report !== null && snapshot.batch !== null && report.snapshot.batch === snapshot.batch &&
        report.snapshot.namespace === snapshot.namespace
      )
      const report: BatchRunReport = newest === undefined ? yield* missing : yield* batches.status(newest.name)
      return report
    }))
})

/** Shows all runs. */
export const performList = () =>
  perform({
    command: "batch-list",
    label: "looking for runs",
    work: ({ batches }) => Effect.all({ entries: batches.list, now: Clock.currentTimeMillis }),
    data: ({ entries }) => batchListData(entries),
    text: ({ entries, now }, stream) => batchListText(entries, now, stream)
  })
