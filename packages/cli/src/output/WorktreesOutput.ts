import type { SandboxState, WorktreeList, WorktreeRow, WorktreeStatus } from "@slipway/core"
import { ageText } from "./Durations.ts"
import { present } from "./Envelope.ts"
import { counted, fieldLines, hintText, lines } from "./Messages.ts"
import { serviceData, serviceFields } from "./SandboxOutput.ts"
import type { OutputStream } from "./Screen.ts"
import type { Style } from "./Style.ts"
import { type Column, layoutTable, tabSeparated } from "./Table.ts"

/** A worktree as `--json` shows it. */
const worktreeData = (row: WorktreeRow) =>
  present({
    project: row.project,
    kind: row.kind,
    name: row.name,
    path: row.path,
    branch: row.branch ?? undefined,
    slot: row.slot ?? undefined,
    state: row.state ?? undefined,
    urls: row.urls,
    changedFiles: row.changedFiles,
    ahead: row.ahead,
    behind: row.behind,
    claimedAt: row.claimedAt ?? undefined,
    problems: row.problems
  })

/** All worktrees as `--json` shows them. */
export const worktreesData = (list: WorktreeList) => ({
  worktrees: list.worktrees.map(worktreeData),
  warnings: list.warnings
})

/** One worktree in detail as `--json` shows it. */
export const statusData = (status: WorktreeStatus) =>
  present({
    ...worktreeData(status),
    changes: status.changes,
    services: status.services.map(serviceData),
    ageSeconds: status.ageSeconds ?? undefined,
    warnings: status.warnings
  })

/** All worktrees: a table on a terminal, tab-separated elsewhere. */
export const worktreesText = (list: WorktreeList, stream: OutputStream): string => {
  const { columns: width, isTerminal, style } = stream
  if (list.worktrees.length === 0) return ""
  if (!isTerminal) return tabSeparated(columns(style), list.worktrees)
  const table = layoutTable(columns(style), list.worktrees, width)
  return lines(
    style.dim(table.heading),
    list.worktrees.flatMap((row, index) => [
      table.rows[index] ?? "",
      ...row.problems.map((problem) => `  ${hintText(problem, style)}`)
    ]),
    table.hidden.length === 0
      ? null
      : style.dim(`hidden on ${width} columns: ${table.hidden.join(", ").toLowerCase()}`)
  )
}

/** One worktree in detail, for people. */
export const statusText = (status: WorktreeStatus, { style }: OutputStream): string => {
  const distance = distanceText(status, style)
  return lines(
    [
      style.bold(`${status.project} ${status.name}`),
      ...(status.slot === null ? [] : [`slot ${status.slot}`]),
      ...(status.state === null ? [] : [stateText(status.state, style)]),
      ...(status.ageSeconds === null ? [] : [style.dim(ageText(status.ageSeconds))])
    ].join("  "),
    fieldLines([
      ["worktree", status.path],
      ["branch", [status.branch ?? "(detached)", distance].filter((text) => text !== "").join("  ")],
      ["changes", status.changedFiles === null ? "unknown" : changesText(status)],
      ...serviceFields(status.services, status.urls, style)
    ], style),
    status.problems.map((problem) => hintText(problem, style))
  )
}

const shownChanges = 5

const changesText = ({ changedFiles, changes }: WorktreeStatus): string => {
  if (changes.length === 0) return changedFiles === 0 ? "none" : counted(changedFiles ?? 0, "file")
  const shown = changes.slice(0, shownChanges).map(({ kind, path }) => `${path} (${kind})`)
  const rest = changes.length - shown.length
  return [...shown, ...(rest === 0 ? [] : [`${rest} more`])].join(", ")
}

const columns = (style: Style): ReadonlyArray<Column<WorktreeRow>> => [
  { title: "PROJECT", cell: ({ project }) => project, hideOrder: 1 },
  { title: "NAME", cell: ({ kind, name }) => kind === "spec" ? `${name} (spec)` : name, hideOrder: 0 },
  { title: "SLOT", cell: ({ slot }) => slot === null ? "" : String(slot), hideOrder: 2 },
  { title: "STATE", cell: ({ state }) => state === null ? "" : stateText(state, style), hideOrder: 0 },
  { title: "BRANCH", cell: ({ branch }) => branch ?? "(detached)", hideOrder: 5 },
  { title: "COMMITS", cell: (row) => distanceText(row, style), hideOrder: 4 },
  {
    title: "CHANGES",
    cell: ({ changedFiles }) =>
      changedFiles === null ? "?" : changedFiles === 0 ? "" : style.yellow(String(changedFiles)),
    hideOrder: 3
  },
  { title: "URLS", cell: ({ urls }) => urls.map(({ url }) => url).join(" "), hideOrder: 6 }
]

const distanceText = ({ ahead, behind }: WorktreeRow, style: Style): string =>
  ahead === null && behind === null
    ? "?"
    : [
      ...(ahead === 0 ? [] : [style.green(`+${ahead ?? "?"}`)]),
      ...(behind === 0 ? [] : [style.red(`-${behind ?? "?"}`)])
    ].join(" ")

const stateText = (state: SandboxState, style: Style): string => {
  switch (state) {
    case "running":
      return style.green(state)
    case "partial":
    case "starting":
      return style.yellow(state)
    case "dead":
    case "orphaned":
      return style.red(state)
    case "stopped":
    case "unknown":
      return style.dim(state)
  }
}
