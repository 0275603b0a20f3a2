import type { RunningTask, RunView } from "./BatchRunView.ts"
import { elapsedText } from "./Durations.ts"
import type { Size } from "./PassingLines.ts"
import { spinnerFrame } from "./Progress.ts"
import type { Style } from "./Style.ts"
import { type Column, layoutTable } from "./Table.ts"

/**
 * The table below the narration while a run is worked on: how far it is, and the tasks that run, as many as the terminal
 * has lines for.
 */
export const liveText = (
  view: RunView,
  repositories: (index: number) => string,
  { columns, rows }: Size,
  now: number,
  style: Style
): string => {
  const head = headLine(view, now)
  // One line stays free, so that nothing scrolls.
  const room = rows - 2
  if (view.running.length === 0 || room < 2) return head
  const fits = view.running.length + 1 <= room
  const shown = fits ? view.running : view.running.slice(0, room - 2)
  const table = layoutTable(liveColumns(repositories, now), shown, columns - 3)
  const left = view.running.length - shown.length
  return [
    head,
    ...(shown.length === 0 ? [] : [style.dim(`  ${table.heading}`), ...table.rows.map((row) => `  ${row}`)]),
    ...(left === 0 ? [] : [style.dim(`  … and ${left} more`)])
  ].join("\n")
}

/** `12/100 done, 3 failed, 4 running`. */
const headLine = ({ ending, progress, run, running, since }: RunView, now: number): string => {
  const { completed, failed, total } = progress
  const counts = [
    `${completed + failed}/${total} done`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(running.length === 0 ? [] : [`${running.length} running`]),
    ...(ending === null ? [] : [ending])
  ].join(", ")
  return `${spinnerFrame(now)} ${counts} · ${run} ${elapsedText(now - since)}`
}

const liveColumns = (repositories: (index: number) => string, now: number): ReadonlyArray<Column<RunningTask>> => [
  { title: "TASK", cell: ({ task }) => task, hideOrder: 0 },
  { title: "REPOSITORY", cell: ({ index }) => repositories(index), hideOrder: 2 },
  { title: "PHASE", cell: ({ hasAgent }) => hasAgent ? "agent runs" : "preparing", hideOrder: 1 },
  { title: "ATTEMPT", cell: ({ attempt }) => `${attempt}`, hideOrder: 3 },
  { title: "TIME", cell: ({ since }) => elapsedText(now - since), hideOrder: 0 }
]
