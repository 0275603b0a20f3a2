import type { BatchPlan, BatchRunEntry, BatchRunReport, BatchTaskReport } from "@slipway/core"
import { repositoriesText } from "./BatchData.ts"
import { nextOfRun } from "./BatchNext.ts"
import { changesText, failureText, isWell, lineOf, noteText, outcomeMark } from "./BatchRunView.ts"
import { ageText, durationText } from "./Durations.ts"
import { counted, fieldLines, hintText, lines, printable } from "./Messages.ts"
import type { OutputStream } from "./Screen.ts"
import type { Style } from "./Style.ts"
import { type Column, layoutTable, tabSeparated } from "./Table.ts"

type Plan = BatchPlan["tasks"][number]
type Field = readonly [label: string, value: string]

/** A run that would be made, for people. */
export const batchPlanText = ({ snapshot, tasks }: BatchPlan, stream: OutputStream): string =>
  lines(
    `${stream.style.bold(snapshot.name)}: ${counted(tasks.length, "task")} would run; nothing was started`,
    fieldLines([["namespace", snapshot.namespace], ...snapshotFields(snapshot)], stream.style),
    tableLines(planColumns(stream.style), tasks, stream)
  )

const planColumns = (style: Style): ReadonlyArray<Column<Plan>> => [
  { title: "TASK", cell: ({ name }) => name, hideOrder: 0 },
  { title: "REPOSITORY", cell: ({ contexts }) => repositoriesText(contexts), hideOrder: 1 },
  {
    title: "BRANCH",
    cell: ({ contexts }) =>
      contexts.flatMap((context) => context.type === "Repository" ? [context.repository.branch] : []).join(", "),
    hideOrder: 2
  },
  {
    title: "FILES",
    cell: ({ contexts }) =>
      contexts.flatMap((context) => context.type === "File" ? [context.file.name] : []).join(", "),
    hideOrder: 3
  },
  { title: "FROM", cell: ({ urls }) => style.dim(printable(urls.join(", "))), hideOrder: 4 }
]

const snapshotFields = ({ agent, batch, policy, publish, runner }: BatchPlan["snapshot"]): ReadonlyArray<Field> => {
  const { command, image, workspaceConfig } = agent
  const limits = [
    `${policy.maxParallel} at once`,
    ...(policy.retry === 0 ? [] : [`${counted(policy.retry, "retry").replace(/ys$/u, "ies")} each`]),
    ...(policy.maxFailures === null ? [] : [`at most ${counted(policy.maxFailures, "failure")}`]),
    ...(policy.failFast ? ["stops at the first failure"] : []),
    ...(policy.taskTimeoutSeconds === null ? [] : [`${durationText(policy.taskTimeoutSeconds * 1000)} each`]),
    ...(policy.timeoutSeconds === null ? [] : [`${durationText(policy.timeoutSeconds * 1000)} in all`])
  ]
  return [
    ...(batch === null ? [] : [["batch", batch] as const]),
    ["runner", `${runner}, ${limits.join(", ")}`],
    [
      "agent",
      printable(
        [
          ...(command === null ? [] : [typeof command === "string" ? command : command.join(" ")]),
          ...(runner === "docker" ? [`in ${image}`] : []),
          ...(workspaceConfig === null ? [] : [`(${workspaceConfig})`])
        ].join(" ")
      )
    ],
    ["publish", publish]
  ]
}

/** The most tasks of which each gets a line at a run's end; of more, only those that did not go well. */
const fewTasks = 40

/** How a run that was worked on has ended, for people. */
export const batchEndText = (report: BatchRunReport, stream: OutputStream): string => {
  const told = report.tasks.length <= fewTasks
    ? report.tasks
    : report.tasks.filter(({ standing }) => standing.outcome !== null && !isWell(standing.outcome))
  const left = report.tasks.length - told.length
  return lines(
    headLine(report, stream.style),
    tableLines(taskColumns(report.state, stream.style), told, stream),
    left === 0 || told.length === 0 ? null : stream.style.dim(`and ${left} more: \`slipway batch status\` lists them`),
    nextLines(report, stream.style)
  )
}

/** How a run stands, for people. */
export const batchStatusText = (report: BatchRunReport, now: number, stream: OutputStream): string =>
  lines(
    headLine(report, stream.style),
    fieldLines([
      ["namespace", report.snapshot.namespace],
      ...snapshotFields(report.snapshot),
      [
        "started",
        report.startTime === null ? "not yet" : `${ageText((now - Date.parse(report.startTime)) / 1000)} ago`
      ],
      ...conditionFields(report)
    ], stream.style),
    tableLines(taskColumns(report.state, stream.style), report.tasks, stream),
    nextLines(report, stream.style)
  )

const conditionFields = ({ standing }: BatchRunReport): ReadonlyArray<Field> =>
  standing.conditions.flatMap(({ message, status, type }): ReadonlyArray<Field> =>
    message !== "" && (status === "False" || type === "Failed" || type === "Suspended")
      ? [[type.toLowerCase(), printable(message)]]
      : []
  )

const nextLines = (report: BatchRunReport, style: Style): ReadonlyArray<string> => {
  const next = nextOfRun(report)
  return next === null ? [] : [hintText(next, style)]
}

/** `✗ run failed: 97 of 100 well, 3 failed in 3 min 2 s`. */
const headLine = ({ completionTime, snapshot, standing, startTime, state }: BatchRunReport, style: Style): string => {
  const { completed, failed, pending, running, total } = standing.progress
  const counts = [
    `${completed} of ${counted(total, "task")} well`,
    ...(failed === 0 ? [] : [`${failed} not`]),
    // Where nobody works on it, nothing runs: what did was cut off.
    ...(running === 0 ? [] : [`${running} ${state === "running" ? "running" : "interrupted"}`]),
    ...(pending === 0 ? [] : [`${pending} to do`])
  ].join(", ")
  const time = startTime === null || completionTime === null
    ? ""
    : style.dim(` in ${durationText(Date.parse(completionTime) - Date.parse(startTime))}`)
  const mark = state !== "finished"
    ? style.yellow("·")
    : standing.phase === "Succeeded"
    ? style.green("✓")
    : style.red("✗")
  return `${mark} ${style.bold(snapshot.name)} ${stateText({ standing, state })}: ${counts}${time}`
}

/** How a run stands in one word: `running`, `interrupted`, `suspended`, `succeeded`, `failed`. */
const stateText = ({ standing, state }: Pick<BatchRunReport, "standing" | "state">): string =>
  state === "finished" ? standing.phase.toLowerCase() : state

const taskColumns = (state: BatchRunReport["state"], style: Style): ReadonlyArray<Column<BatchTaskReport>> => [
  { title: "TASK", cell: ({ index }) => `${index}`, hideOrder: 0 },
  { title: "REPOSITORY", cell: ({ contexts }) => repositoriesText(contexts), hideOrder: 1 },
  { title: "OUTCOME", cell: (task) => outcomeText(task, state, style), hideOrder: 0 },
  { title: "ATTEMPT", cell: ({ standing }) => standing.attempt === 0 ? "" : `${standing.attempt}`, hideOrder: 5 },
  { title: "TIME", cell: ({ standing }) => timeText(standing), hideOrder: 4 },
  { title: "CHANGES", cell: ({ result }) => result === null ? "" : changesText(result, style), hideOrder: 2 },
  { title: "DETAIL", cell: (task) => detailText(task), hideOrder: 3 }
]

const outcomeText = (
  { result, standing: { outcome, phase } }: BatchTaskReport,
  state: BatchRunReport["state"],
  style: Style
): string => {
  if (outcome !== null) return `${outcomeMark(outcome, style)} ${outcome}`
  const wasInterrupted = phase === "Pending" ? result?.failure === "interrupted" : state !== "running"
  return style.dim(wasInterrupted ? "Interrupted" : phase)
}

const timeText = ({ finishedAt, startedAt }: BatchTaskReport["standing"]): string =>
  startedAt === null || finishedAt === null ? "" : durationText(finishedAt - startedAt)

const detailText = ({ result, standing }: BatchTaskReport): string => {
  if (standing.outcome === null) return ""
  if (isWell(standing.outcome)) {
    if (result?.message != null) return lineOf(noteText(result, result.message), 60)
    return result?.summary == null ? "" : lineOf(result.summary, 60)
  }
  // A mark comes after the last attempt, and says why no other follows.
  return result === null || result.outcome !== standing.outcome
    ? standing.reason ?? ""
    : lineOf(failureText(result), 60)
}

const tableLines = <Row>(
  columns: ReadonlyArray<Column<Row>>,
  rows: ReadonlyArray<Row>,
  { columns: width, isTerminal, style }: OutputStream
): ReadonlyArray<string> => {
  if (rows.length === 0) return []
  const table = layoutTable(columns, rows, isTerminal ? width - 2 : Number.POSITIVE_INFINITY)
  return [
    style.dim(`  ${table.heading}`),
    ...table.rows.map((row) => `  ${row}`),
    ...(table.hidden.length === 0
      ? []
      : [style.dim(`  hidden on ${width} columns: ${table.hidden.join(", ").toLowerCase()}`)])
  ]
}

const listColumns = (now: number, style: Style): ReadonlyArray<Column<BatchRunEntry>> => [
  { title: "RUN", cell: ({ name }) => printable(name), hideOrder: 0 },
  {
    title: "STATE",
    cell: ({ report }) => report === null ? style.yellow("unreadable") : stateText(report),
    hideOrder: 0
  },
  { title: "WELL", cell: ({ report }) => report === null ? "" : progressText(report), hideOrder: 0 },
  { title: "FAILED", cell: ({ report }) => report === null ? "" : `${report.standing.progress.failed}`, hideOrder: 1 },
  { title: "BATCH", cell: ({ report }) => report?.snapshot.batch ?? "", hideOrder: 4 },
  { title: "NAMESPACE", cell: ({ report }) => report?.snapshot.namespace ?? "", hideOrder: 5 },
  { title: "RUNNER", cell: ({ report }) => report?.snapshot.runner ?? "", hideOrder: 3 },
  {
    title: "AGE",
    cell: ({ report }) => report === null ? "" : ageText((now - Date.parse(report.snapshot.createdAt)) / 1000),
    hideOrder: 2
  }
]

const progressText = ({ standing: { progress } }: NonNullable<BatchRunEntry["report"]>): string =>
  `${progress.completed}/${progress.total}`

/** All runs: a table on a terminal, tab-separated elsewhere. */
export const batchListText = (
  entries: ReadonlyArray<BatchRunEntry>,
  now: number,
  { columns: width, isTerminal, style }: OutputStream
): string => {
  if (entries.length === 0) return ""
  if (!isTerminal) return tabSeparated(listColumns(now, style), entries)
  const table = layoutTable(listColumns(now, style), entries, width)
  return lines(
    style.dim(table.heading),
    entries.flatMap(({ problem }, index) => [
      table.rows[index] ?? "",
      ...(problem === null ? [] : [`  ${hintText(printable(problem), style)}`])
    ]),
    table.hidden.length === 0 ? null : style.dim(`hidden on ${width} columns: ${table.hidden.join(", ").toLowerCase()}`)
  )
}
