import type { ExplainedRule, FeatureListing, FeatureRow, NextStep, WhoActs } from "@slipway/core"
import { ageText } from "./Durations.ts"
import { present } from "./Envelope.ts"
import { fieldLines, hintText, lines, printable } from "./Messages.ts"
import type { OutputStream } from "./Screen.ts"
import type { Style } from "./Style.ts"
import { type Column, layoutTable, tabSeparated } from "./Table.ts"

/** The next action as `--json` shows it: what does not apply is absent. */
export const nextData = ({ head, ...next }: NextStep) => present({ ...next, head: head ?? undefined })

/** The next action for people. */
export const nextText = (next: NextStep, style: Style): string => {
  const { artifact, blocked_by, feature, files, gates, head, inputs, path, phase, reason, rule, task_id, task_title } =
    next
  const what = task_id === undefined ? next.action : `${next.action} ${task_id}`
  return lines(
    `${style.bold(what)}  ${feature}  ${style.dim(phase)}`,
    `  ${printable(reason)}`,
    fieldLines([
      ...(task_title === undefined ? [] : [["task", printable(task_title)] as const]),
      ["who", whoText(next.actor)],
      ...(artifact === undefined ? [] : [[artifact, `${next.root}/${path ?? ""}`] as const]),
      ...(inputs.length === 0 ? [] : [["read", readText(next)] as const]),
      ...(blocked_by.length === 0 ? [] : [["blocked by", blocked_by.join(", ")] as const]),
      ...(gates.length === 0 ? [] : [["gates", gates.join(", ")] as const]),
      ...(files === undefined ? [] : [["files", printable(files.join(", "))] as const]),
      ...(next.worktree === undefined ? [] : [["worktree", worktreeText(next.worktree)] as const]),
      ...(head === null ? [] : [["head", head.slice(0, 9)] as const]),
      ["rule", rule]
    ], style),
    commandFor(next).map((text) => hintText(text, style))
  )
}

/** The texts to read, with their folder once. */
const readText = ({ inputs, root }: NextStep): string => {
  const names = inputs.map(({ path }) => path.slice(path.lastIndexOf("/") + 1))
  const folder = inputs[0]?.path.slice(0, -(names[0]?.length ?? 0) - 1) ?? ""
  return `${names.join(", ")} in ${root}/${folder}`
}

const worktreeText = ({ branch, slot, worktree }: NonNullable<NextStep["worktree"]>): string =>
  `${worktree} (${branch}${slot === null ? "" : `, slot ${slot}`})`

/** Who can act, in words. */
const whoText = (actor: WhoActs): string => {
  switch (actor) {
    case "anyone":
      return "a human or an agent"
    case "agent":
      return "an agent"
    case "human":
      return "a human"
    case "nobody":
      return "nobody"
  }
}

/** The commands that carry an action out, where commands do. */
const commandFor = (next: NextStep): ReadonlyArray<string> => {
  const { action, artifact, blocked_by, feature, path = "", root, task_id, worktree } = next
  const of = (words: string) => `\`slipway feature ${words}\``
  const [first] = blocked_by
  switch (action) {
    case "create-spec":
    case "create-design":
    case "create-tasks":
    case "create-qa-plan":
    case "create-review":
    case "create-audit":
    case "run-qa":
      return [`write ${root}/${path}, then ${of(`submit ${feature} ${artifact ?? ""}`)}`]
    case "approve-spec":
    case "approve-design":
    case "approve-tasks":
    case "approve-qa-plan":
    case "approve-review":
    case "approve-audit":
    case "approve-qa":
      return [
        `${of(`approve ${feature} ${artifact ?? ""}`)}, or ${of(`reject ${feature} ${artifact ?? ""} --reason TEXT`)}`
      ]
    case "fix-review-issues":
    case "fix-audit-issues":
    case "fix-qa-issues":
      return [`mend it and commit, then write ${root}/${path} anew and ${of(`submit ${feature} ${artifact ?? ""}`)}`]
    case "implement-task": {
      const begin = worktree === undefined ? [`\`slipway impl ${feature}\` makes a worktree to work in`] : []
      return task_id === undefined
        ? begin
        : [...begin, `${of(`task start ${feature} ${task_id}`)}, commit, ${of(`task complete ${feature} ${task_id}`)}`]
    }
    case "unblock-task":
      return [of(`task unblock ${feature} ${task_id ?? ""} --reason TEXT`)]
    case "run-gates":
      return [of(`gates ${feature}`)]
    case "merge":
      return [of(`merge ${feature}`)]
    case "resolve-conflict":
      return [`merge the other branch into the feature's, resolve and commit; then ${of(`next ${feature}`)}`]
    case "deploy":
      return [of(`deploy ${feature}`)]
    case "unblock":
    case "answer-question":
      return [of(`resolve ${feature} ${first ?? ""} --answer TEXT`)]
    case "wait-for-dependency":
      return blocked_by.map((name) =>
        `${of(`next ${name}`)}; ${of(`depend ${feature} ${name} --remove`)} if it is not to wait any more`
      )
    case "done":
      return []
  }
}

/** Every rule, and the action, as `--json` shows them. */
export const explainData = (
  { next, rules }: { readonly next: NextStep; readonly rules: ReadonlyArray<ExplainedRule> }
) => ({
  ...nextData(next),
  rules: rules.map(({ phase, ...rule }) => present({ ...rule, phase: phase ?? undefined }))
})

/** Every rule for people, the one that decides marked. */
export const explainText = (
  { next, rules }: { readonly next: NextStep; readonly rules: ReadonlyArray<ExplainedRule> },
  style: Style
): string => {
  const width = Math.max(...rules.map(({ rule }) => rule.length))
  return lines(
    nextText(next, style),
    "",
    rules.map(({ holds, phase, rule, why }) => {
      const mark = rule === next.rule ? style.green("→") : holds ? style.yellow("●") : style.dim("○")
      const name = holds ? rule.padEnd(width) : style.dim(rule.padEnd(width))
      return `${mark} ${name}  ${style.dim((phase ?? "always").padEnd(14))}  ${printable(why)}`
    })
  )
}

/** All features as `--json` shows them. */
export const featuresData = ({ features, project, unreadable }: FeatureListing) => ({
  project,
  features: features.map(({ next, ...row }) => present({ ...row, ...next, task_id: next.task_id })),
  unreadable: unreadable.map(({ feature, problem }) => ({ feature, code: problem.code, message: problem.message }))
})

/** All features: a table on a terminal, tab-separated elsewhere. */
export const featuresText = (
  { features }: FeatureListing,
  { columns: width, isTerminal, style }: OutputStream
): string => {
  if (features.length === 0) return ""
  if (!isTerminal) return tabSeparated(columns(style), features)
  const table = layoutTable(columns(style), features, width)
  return lines(
    style.dim(table.heading),
    table.rows,
    table.hidden.length === 0
      ? null
      : style.dim(`hidden on ${width} columns: ${table.hidden.join(", ").toLowerCase()}`)
  )
}

/** What should be known beside the list. */
export const featuresWarnings = ({ features, unreadable }: FeatureListing): ReadonlyArray<string> => [
  ...unreadable.map(({ feature, problem }) => `${feature} cannot be read: ${problem.message}`),
  ...(features.length === 0 && unreadable.length === 0
    ? ["there are no features yet: `slipway feature create NAME` begins one"]
    : [])
]

const columns = (style: Style): ReadonlyArray<Column<FeatureRow>> => [
  { title: "FEATURE", cell: ({ feature }) => feature, hideOrder: 0 },
  { title: "PHASE", cell: ({ isArchived, phase }) => isArchived ? style.dim("archived") : phase, hideOrder: 1 },
  {
    title: "NEXT",
    cell: ({ next }) => next.task_id === undefined ? next.action : `${next.action} ${next.task_id}`,
    hideOrder: 0
  },
  { title: "WHO", cell: ({ next }) => next.actor, hideOrder: 2 },
  { title: "AGE", cell: ({ ageSeconds }) => ageText(ageSeconds), hideOrder: 3 },
  { title: "TITLE", cell: ({ title }) => printable(title).replaceAll("\n", " "), hideOrder: 4 }
]
