import { type Batches, type BatchEvent, type BatchRequest, exitCodeOfRun, type Problem } from "@slipway/core"
import { Effect, type Stream } from "effect"
import { batchPlanData, batchRunData } from "../../output/BatchData.ts"
import { batchEndText, batchPlanText } from "../../output/BatchText.ts"
import { type Call, perform } from "../../Report.ts"
import { UsageError } from "../../UsageError.ts"
import { batchRequest, type RequestInput, requestMistake } from "./RequestFlags.ts"
import { type EventFormat, tellingFailure, type WatchedRun, watchRun } from "./WatchRun.ts"

/** The commands that make a run, by their names in schemas. */
type MakingCommand = "batch-plan" | "batch-run" | "task-run"

const asked = (input: RequestInput, { directory }: Call): Effect.Effect<BatchRequest, UsageError> => {
  const mistake = requestMistake(input)
  return mistake === null ? Effect.succeed(batchRequest(input, directory)) : Effect.fail(new UsageError(mistake))
}

/** Shows what would run. */
export const performPlan = (command: MakingCommand, input: RequestInput) =>
  perform({
    command,
    label: "planning",
    work: ({ batches }, call) =>
      Effect.flatMap(asked(input, call), (request) =>
        command === "task-run" ? batches.plan(request, "Task") : batches.plan(request)),
    data: batchPlanData,
    text: batchPlanText,
    warnings: ({ snapshot }) =>
      snapshot.warnings
  })

/** Makes a run and works on it. */
export const performRun = (
  command: Exclude<MakingCommand, "batch-plan">,
  input: RequestInput & { readonly events: "jsonl" | null }
) =>
  performWork(command, input.events, (batches, call) =>
    Effect.map(
      asked(input, call),
      (request) => command === "task-run" ? batches.run(request, "Task") : batches.run(request)
    ))

/** Works on a run and tells how it ended. */
export const performWork = (
  command: "batch-run" | "batch-resume" | "batch-retry" | "task-run",
  events: "jsonl" | null,
  work: (
    batches: Batches["Service"],
    call: Call
  ) => Effect.Effect<Stream.Stream<BatchEvent, Problem>, UsageError>
) =>
  perform<WatchedRun>({
    command,
    label: "running",
    writesItself: true,
    work: ({ batches }, call) => {
      if (call.json && events !== null) return Effect.fail(twoFormats())
      const format: EventFormat = events ?? (call.json ? "silent" : "text")
      return tellingFailure(format)(Effect.flatMap(work(batches, call), (stream) => watchRun(batches, stream, format)))
    },
    data: ({ report, signal }) => ({ dryRun: false, interrupted: signal !== null, ...batchRunData(report) }),
    text: ({ report }, stream) => events === null ? batchEndText(report, stream) : "",
    exitCode: ({ report, signal }) => signal?.exitCode ?? exitCodeOfRun(report.standing)
  })

const twoFormats = () =>
  new UsageError({
    reason: "--json gives one document and --events many, so they cannot be given together",
    hint: "leave out --json or --events"
  })
