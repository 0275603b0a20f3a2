import { type AuditEntry, type AuditReport, type AuditStatus, type AuditStep, shortOperationId } from "@slipway/core"
import { durationText } from "./Durations.ts"
import { present } from "./Envelope.ts"
import { fieldLines, lines } from "./Messages.ts"
import type { OutputStream } from "./Screen.ts"
import type { Style } from "./Style.ts"
import { type Column, cutTo, displayWidth, layoutTable, tabSeparated } from "./Table.ts"

/** Operations as `--json` shows them; names as in the audit trail's contract. */
export const auditData = (report: AuditReport) => ({
  operations: report.entries.map((entry) => ({ ...entry, steps: entry.steps.map(stepData) })),
  more: report.more,
  warnings: report.warnings
})

const stepData = (step: AuditStep) => present({ ...step, message: step.message ?? undefined })

/** Operations, the newest last: a table on a terminal, tab-separated elsewhere. */
export const auditText = ({ entries, more }: AuditReport, stream: OutputStream): string => {
  const { columns: width, isTerminal, style } = stream
  if (entries.length === 0) return ""
  if (!isTerminal) return tabSeparated(columns(style), entries)
  const table = layoutTable(columns(style), entries.map(shortened), width)
  return lines(
    style.dim(table.heading),
    table.rows,
    more ? style.dim(`older ones are left out: --limit N shows more than ${entries.length}`) : null,
    table.hidden.length === 0
      ? null
      : style.dim(`hidden on ${width} columns: ${table.hidden.join(", ").toLowerCase()}`)
  )
}

/** One operation with its steps, for people. */
export const operationText = ({ entries }: AuditReport, { columns: width, isTerminal, style }: OutputStream): string =>
  entries.flatMap((entry) => [
    [style.bold(subjectText(entry)), statusText(entry.status, style), ...known(durationOf(entry.duration_ms))].join(
      "  "
    ),
    ...fieldLines([
      ["operation", entry.operation_id],
      ["started", entry.started_at],
      ...(entry.process === null ? [] : [["process", String(entry.process.pid)] as const]),
      ...Object.entries(entry.details)
    ], style),
    ...stepLines(entry.steps, isTerminal ? width : Number.POSITIVE_INFINITY, style)
  ]).join("\n")

const subjectText = ({ subject, type }: AuditEntry): string => subject === null ? type : `${type} ${subject}`

const known = (text: string): ReadonlyArray<string> => text === "" ? [] : [text]

const durationOf = (milliseconds: number | null): string => milliseconds === null ? "" : durationText(milliseconds)

const stepLines = (steps: ReadonlyArray<AuditStep>, width: number, style: Style): ReadonlyArray<string> => {
  const names = Math.max(0, ...steps.map(({ name }) => displayWidth(name)))
  const statuses = Math.max(0, ...steps.map(({ status }) => status.length))
  const durations = Math.max(0, ...steps.map(({ duration_ms }) => durationOf(duration_ms).length))
  return steps.flatMap((step) => {
    const before = `${step.name.padEnd(names)}  ${step.status.padEnd(statuses)}  ${
      durationOf(step.duration_ms).padStart(durations)
    }`
    const title = step.title === step.name ? "" : cutTo(step.title, Math.max(1, width - before.length - 6))
    return [
      `  ${markOf(step, style)} ${before}  ${style.dim(title)}`.trimEnd(),
      ...(step.message === null ? [] : step.message.split("\n").map((line) => `      ${line}`))
    ]
  })
}

const markOf = ({ status }: AuditStep, style: Style): string => {
  switch (status) {
    case "completed":
      return style.green("✓")
    case "failed":
    case "undo-failed":
      return style.red("✗")
    case "undone":
    case "interrupted":
      return style.yellow("!")
    case "running":
      return style.cyan("…")
    case "pending":
      return style.dim("·")
  }
}

/** As much of id and time as tells operations apart for people: a terminal is narrow. */
const shortened = (entry: AuditEntry): AuditEntry => ({
  ...entry,
  operation_id: shortOperationId(entry.operation_id),
  started_at: entry.started_at.replace(/\.\d+Z$/u, "Z")
})

const columns = (style: Style): ReadonlyArray<Column<AuditEntry>> => [
  { title: "STARTED", cell: ({ started_at }) => started_at, hideOrder: 1 },
  { title: "OPERATION", cell: ({ operation_id }) => operation_id, hideOrder: 0 },
  { title: "TYPE", cell: ({ type }) => type, hideOrder: 0 },
  { title: "SUBJECT", cell: ({ subject }) => subject ?? "?", hideOrder: 0 },
  { title: "STATUS", cell: ({ status }) => statusText(status, style), hideOrder: 0 },
  { title: "DURATION", cell: ({ duration_ms }) => durationOf(duration_ms), hideOrder: 2 },
  { title: "STEPS", cell: ({ steps }) => progressText(steps), hideOrder: 3 }
]

const progressText = (steps: ReadonlyArray<AuditStep>): string =>
  steps.length === 0 ? "" : `${steps.filter(({ status }) => status === "completed").length}/${steps.length}`

const statusText = (status: AuditStatus, style: Style): string => {
  switch (status) {
    case "succeeded":
      return style.green(status)
    case "running":
      return style.cyan(status)
    case "interrupted":
      return style.yellow(status)
    case "failed":
    case "dead":
      return style.red(status)
  }
}
