import type { DonePlan, DoneResult, LossReason } from "@slipway/core"
import { present } from "./Envelope.ts"
import { fieldLines, hintText, lines } from "./Messages.ts"
import { planLines } from "./Plan.ts"
import type { Style } from "./Style.ts"

/** What was taken down, as `--json` shows it. */
export const doneData = (result: DoneResult) =>
  present({
    dryRun: false as const,
    project: result.project,
    worktree: result.worktree,
    branch: result.branch ?? undefined,
    branchKept: result.branchKept ?? undefined,
    slot: result.slot ?? undefined,
    warnings: result.warnings
  })

/** What would be taken down, as `--json` shows it. */
export const donePlanData = (plan: DonePlan) =>
  present({
    dryRun: true as const,
    project: plan.project,
    worktree: plan.worktree,
    branch: plan.branch ?? undefined,
    slot: plan.slot ?? undefined,
    steps: plan.steps,
    refusals: plan.refusals,
    warnings: plan.warnings
  })

/** What was taken down, for people. */
export const doneText = (result: DoneResult, style: Style): string =>
  lines(
    `${style.green("✓")} ${style.bold(result.worktree)} of ${result.project} is gone`,
    fieldLines([
      ...(result.slot === null ? [] : [["slot", `${result.slot} released`] as const]),
      ...(result.branch === null ? [] : [
        [
          "branch",
          result.branchKept === null ? `${result.branch} deleted` : `${result.branch} kept: ${result.branchKept}`
        ] as const
      ])
    ], style)
  )

/** What would be taken down, for people. */
export const donePlanText = (plan: DonePlan, style: Style): string =>
  lines(
    `${style.bold(plan.worktree)} of ${plan.project} would be taken down; nothing was changed`,
    planLines(plan.steps, style),
    plan.refusals.flatMap((refusal) => refusalLines(refusal, style)),
    plan.refusals.length === 0 ? null : hintText("it would refuse, to lose no work; --force overrides", style)
  )

const refusalLines = ({ items, text }: LossReason, style: Style): ReadonlyArray<string> => [
  `${style.red("✗")} ${text}`,
  ...items.map((item) => `    ${item}`)
]
