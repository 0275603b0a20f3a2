import type { ImplPlan, ImplResult } from "@slipway/core"
import { present } from "./Envelope.ts"
import { fieldLines, lines } from "./Messages.ts"
import { planLines } from "./Plan.ts"
import { sandboxData, sandboxFields } from "./SandboxOutput.ts"
import type { Style } from "./Style.ts"

/** A made worktree as `--json` shows it. */
export const implData = (result: ImplResult) =>
  present({
    dryRun: false as const,
    project: result.project,
    kind: result.kind,
    feature: result.feature,
    milestone: result.milestone ?? undefined,
    milestoneFile: result.milestoneFile ?? undefined,
    branch: result.branch,
    worktree: result.worktree,
    slot: result.slot === null
      ? undefined
      : { number: result.slot.slot_id, folder: result.slot.slot_dir, ports: result.slot.ports },
    sandbox: result.sandbox === null ? undefined : sandboxData(result.sandbox),
    skippedSlots: result.skippedSlots,
    warnings: result.warnings
  })

/** What would be made, as `--json` shows it. */
export const implPlanData = (plan: ImplPlan) =>
  present({
    dryRun: true as const,
    project: plan.project,
    branch: plan.branch,
    worktree: plan.worktree,
    slot: plan.slot ?? undefined,
    steps: plan.steps,
    warnings: plan.warnings
  })

/** A made worktree, for people. */
export const implText = (result: ImplResult, style: Style): string => {
  const name = result.milestone === null ? result.feature : `${result.feature}/${result.milestone}`
  return lines(
    `${style.green("✓")} ${style.bold(`${result.kind} ${name}`)} of ${result.project} is ready`,
    fieldLines([
      ["worktree", result.worktree],
      ["branch", result.branch],
      ...(result.milestoneFile === null ? [] : [["milestone", result.milestoneFile] as const]),
      ...(result.slot === null ? [] : [["slot", String(result.slot.slot_id)] as const]),
      ...(result.sandbox === null ? [] : sandboxFields(result.sandbox, style))
    ], style)
  )
}

/** What would be made, for people. */
export const implPlanText = (plan: ImplPlan, style: Style): string =>
  lines(
    `${style.bold(plan.branch)} of ${plan.project} would be made; nothing was changed`,
    fieldLines([
      ["worktree", plan.worktree],
      ...(plan.slot === null ? [] : [
        [
          "slot",
          [
            String(plan.slot.number),
            ...Object.entries(plan.slot.ports).map(([variable, port]) => `${variable}=${port}`)
          ].join(" ")
        ] as const
      ])
    ], style),
    planLines(plan.steps, style)
  )
