import { type Batches, type BatchRunReport, BatchTaskMissing, type BatchTaskReport, findTasks } from "@slipway/core"
import { Effect, Option, Stream } from "effect"
import { byLines, logLinesOf, prefixed } from "../../output/BatchLogs.ts"
import { printable } from "../../output/Messages.ts"
import { Screen } from "../../output/Screen.ts"
import { perform } from "../../Report.ts"
import { UsageError } from "../../UsageError.ts"

interface LogsInput {
  readonly run: string
  readonly task: string | null
  readonly follow: boolean
  readonly attempt: number | null
  readonly tail: number | null
}

/** Milliseconds between two looks at whether more tasks have started. */
const patience = 500

/** Shows what agents have printed. */
export const performLogs = (input: LogsInput) =>
  perform({
    command: "batch-logs",
    label: "reading logs",
    writesItself: true,
    isEndless: input.follow,
    work: ({ batches }, { json }) =>
      Effect.gen(function*() {
        if (json && input.follow) return yield* endlessEnvelope()
        const report = yield* batches.status(input.run)
        const tasks = yield* wantedTasks(report, input)
        if (json) return yield* readLines(batches, report, tasks, input)
        const [only] = tasks
        const { run, task } = input
        yield* task !== null || report.tasks.length === 1
          ? only === undefined ? Effect.void : printBytes(taskLog(batches, run, only, input))
          : input.follow && report.state === "running"
          ? printBytes(followAll(batches, input))
          : printInTurn(batches, tasks, input)
        return { run: report.snapshot.name, lines: [] }
      }),
    data: (logs) => logs,
    text: () => ""
  })

const endlessEnvelope = () =>
  Effect.fail(
    new UsageError({
      reason: "--follow may have no end, so it cannot be one JSON envelope",
      hint: "leave out --json or --follow"
    })
  )

const wantedTasks = (
  report: BatchRunReport,
  { attempt, task }: LogsInput
): Effect.Effect<ReadonlyArray<BatchTaskReport>, BatchTaskMissing | UsageError> => {
  if (task === null) {
    return attempt === null || report.tasks.length === 1
      ? Effect.succeed(report.tasks)
      : Effect.fail(
        new UsageError({
          reason: "--attempt is that of one task, and no task is named",
          hint: `its tasks are 0 to ${report.tasks.length - 1}`
        })
      )
  }
  const [index] = findTasks(report.snapshot, task)
  const found = report.tasks.find((each) => each.index === index)
  return found === undefined
    ? Effect.fail(new BatchTaskMissing({ run: report.snapshot.name, task, total: report.tasks.length }))
    : Effect.succeed([found])
}

const request = (run: string, { index }: BatchTaskReport, { attempt, follow, tail }: LogsInput) => ({
  name: run,
  task: `${index}`,
  ...(attempt === null ? {} : { attempt }),
  ...(tail === null ? {} : { tail }),
  ...(follow ? { follow } : {})
})

/** The log of one task; followed, it begins when the task does. */
const taskLog = (batches: Batches["Service"], run: string, task: BatchTaskReport, input: LogsInput) => {
  const log = batches.logs(request(run, task, input))
  if (!input.follow || task.standing.attempt > 0 || input.attempt !== null) return log
  return Stream.unwrap(
    Effect.as(
      Effect.repeat(Effect.delay(batches.status(run), patience), {
        until: ({ state, tasks }) =>
          state !== "running" || (tasks.find(({ index }) => index === task.index)?.standing.attempt ?? 0) > 0
      }),
      log
    )
  )
}

const printBytes = Effect.fnUntraced(function*<E>(bytes: Stream.Stream<Uint8Array, E>) {
  const screen = yield* Screen
  yield* Stream.runForEach(bytes, screen.write)
})

/** Each task that has a log, under a heading that does not mix with what they have printed. */
const printInTurn = Effect.fnUntraced(function*(
  batches: Batches["Service"],
  tasks: ReadonlyArray<BatchTaskReport>,
  input: LogsInput
) {
  const screen = yield* Screen
  for (const task of tasks) {
    if (task.standing.attempt === 0) continue
    const { attempt } = task.standing
    yield* screen.narrate(
      screen.stderr.style.bold(`==> ${task.name}${attempt > 1 ? `, attempt ${attempt}` : ""} <==`)
    )
    yield* printBytes(batches.logs(request(input.run, task, input)))
  }
})

/** What all tasks print that run now or start later, line by line behind the task's name, until the run stands still. */
const followAll = (batches: Batches["Service"], input: LogsInput) =>
  Stream.unwrap(Effect.sync(() => {
    const seen = new Set<string>()
    const started = Stream.paginate(true, (isFirst: boolean) =>
      Effect.map(
        isFirst ? batches.status(input.run) : Effect.delay(batches.status(input.run), patience),
        ({ state, tasks }) => {
          const news = tasks.filter(({ index, standing }) => {
            const key = `${index}/${standing.attempt}`
            if (standing.attempt === 0 || seen.has(key)) return false
            seen.add(key)
            return !isFirst || standing.outcome === null
          })
          return [news, state === "running" ? Option.some(false) : Option.none<boolean>()] as const
        }
      ))
    return Stream.flatMap(
      started,
      (task) =>
        byLines(batches.logs({ ...request(input.run, task, input), attempt: task.standing.attempt })).pipe(
          Stream.map((line) => prefixed(printable(task.name), line))
        ),
      { concurrency: "unbounded" }
    )
  }))

const readLines = Effect.fnUntraced(function*(
  batches: Batches["Service"],
  report: BatchRunReport,
  tasks: ReadonlyArray<BatchTaskReport>,
  input: LogsInput
) {
  const lines = yield* Effect.forEach(
    tasks.filter(({ standing }) => standing.attempt > 0),
    (task) =>
      Effect.map(
        Stream.runCollect(batches.logs(request(input.run, task, input))),
        (pieces) => logLinesOf(pieces).map((text) => ({ task: task.name, index: task.index, text }))
      )
  )
  return { run: report.snapshot.name, lines: lines.flat() }
})
