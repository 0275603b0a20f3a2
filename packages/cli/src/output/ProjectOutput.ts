import type { ChecklistItem, CreatedSpec, SpecProject, SpecProjectDetails, TaskProgress } from "@slipway/core"
import { present } from "./Envelope.ts"
import { fieldLines, hintText, lines, printable } from "./Messages.ts"
import { planLines } from "./Plan.ts"
import type { OutputStream } from "./Screen.ts"
import type { Style } from "./Style.ts"
import { type Column, layoutTable, tabSeparated } from "./Table.ts"

/** A project as `--json` shows it. */
const specProjectData = (project: SpecProject) =>
  present({
    name: project.name,
    displayName: project.displayName,
    path: project.path,
    format: project.format ?? undefined,
    status: project.status,
    artifacts: project.artifacts,
    tasks: project.tasks ?? undefined,
    codevNumber: project.codevNumber ?? undefined,
    tags: project.tags,
    repository: project.repository ?? undefined,
    description: project.description ?? undefined,
    created: project.created === "" ? null : project.created,
    updated: project.updated === "" ? null : project.updated,
    problem: project.problem ?? undefined
  })

/** All projects as `--json` shows them. */
export const specProjectsData = (list: { readonly projects: ReadonlyArray<SpecProject> }) => ({
  projects: list.projects.map(specProjectData)
})

/** One project in detail as `--json` shows it. */
export const specDetailsData = (details: SpecProjectDetails) =>
  present({
    ...specProjectData(details),
    tasksFile: details.tasksFile ?? undefined,
    items: details.items.map(itemData)
  })

const itemData = (item: ChecklistItem) =>
  present({
    line: item.line,
    depth: item.depth,
    label: item.label ?? undefined,
    title: item.title,
    checked: item.isChecked,
    optional: item.isOptional,
    group: item.isGroup,
    requirements: item.requirements,
    details: item.details
  })

/** A project that was, or would be, made, as `--json` shows it. */
export const createdSpecData = ({ project, steps }: CreatedSpec, dryRun: boolean) => ({
  dryRun,
  project: specProjectData(project),
  steps
})

/** A project that was, or would be, made, for people. */
export const createdSpecText = ({ project, steps }: CreatedSpec, dryRun: boolean, style: Style): string =>
  dryRun
    ? lines(`${style.bold(project.name)} would be made; nothing was changed`, planLines(steps, style))
    : lines(
      `${style.green("✓")} ${style.bold(project.name)} is there`,
      fieldLines([
        ["folder", project.path],
        ...(project.codevNumber === null ? [] : [["number", project.codevNumber] as const])
      ], style)
    )

const tasksText = (tasks: TaskProgress | null): string => tasks === null ? "" : `${tasks.done}/${tasks.total}`

const columns = (style: Style): ReadonlyArray<Column<SpecProject>> => [
  { title: "NAME", cell: ({ name }) => name, hideOrder: 0 },
  { title: "FORMAT", cell: ({ format }) => format ?? "", hideOrder: 1 },
  { title: "STATUS", cell: ({ problem, status }) => problem === null ? status : style.yellow("?"), hideOrder: 0 },
  { title: "TASKS", cell: ({ tasks }) => tasksText(tasks), hideOrder: 0 },
  { title: "NUMBER", cell: ({ codevNumber }) => codevNumber ?? "", hideOrder: 2 },
  { title: "UPDATED", cell: ({ updated }) => updated, hideOrder: 3 },
  { title: "TITLE", cell: ({ displayName }) => printable(displayName), hideOrder: 4 }
]

/** All projects: a table on a terminal, tab-separated elsewhere. */
export const specProjectsText = (
  { projects }: { readonly projects: ReadonlyArray<SpecProject> },
  { columns: width, isTerminal, style }: OutputStream
): string => {
  if (projects.length === 0) return ""
  if (!isTerminal) return tabSeparated(columns(style), projects)
  const table = layoutTable(columns(style), projects, width)
  return lines(
    style.dim(table.heading),
    projects.flatMap(({ problem }, index) => [
      table.rows[index] ?? "",
      ...(problem === null ? [] : [`  ${hintText(problem, style)}`])
    ]),
    table.hidden.length === 0 ? null : style.dim(`hidden on ${width} columns: ${table.hidden.join(", ").toLowerCase()}`)
  )
}

/** One project in detail, for people. */
export const specDetailsText = (details: SpecProjectDetails, style: Style): string =>
  lines(
    `${style.bold(printable(details.displayName))}  ${printable(details.status)}`,
    fieldLines([
      ["folder", details.path],
      ...(details.format === null ? [] : [["format", formatText(details)] as const]),
      ["artifacts", details.artifacts.length === 0 ? "none yet" : details.artifacts.join(", ")],
      ...(details.tasks === null ? [] : [["tasks", progressText(details.tasks)] as const]),
      ...(details.tags.length === 0 ? [] : [["tags", printable(details.tags.join(", "))] as const]),
      ...(details.description === null ? [] : [["about", printable(details.description)] as const]),
      ...(details.updated === "" ? [] : [["updated", details.updated] as const])
    ], style),
    details.items.map((item) => itemLine(item, style)),
    details.problem === null ? null : hintText(details.problem, style)
  )

const formatText = ({ codevNumber, format }: SpecProjectDetails): string =>
  codevNumber === null ? `${format}` : `${format} ${codevNumber}`

const progressText = ({ done, optionalDone, optionalTotal, total }: TaskProgress): string =>
  optionalTotal === 0
    ? `${done} of ${total} done`
    : `${done} of ${total} done, and ${optionalDone} of ${optionalTotal} optional ones`

const itemLine = ({ depth, isChecked, isGroup, isOptional, label, title }: ChecklistItem, style: Style): string => {
  const text = `${label === null ? "" : `${label} `}${printable(title)}${isOptional ? style.dim(" (optional)") : ""}`
  return `${"  ".repeat(depth + 1)}${isChecked ? style.green("✓") : "·"} ${isGroup ? style.bold(text) : text}`
}
