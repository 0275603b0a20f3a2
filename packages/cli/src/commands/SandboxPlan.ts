import type { PlannedStep, SandboxRequest, WorktreeStatus } from "@slipway/core"
import { Effect } from "effect"
import { lines } from "../output/Messages.ts"
import { planLines } from "../output/Plan.ts"
import type { Style } from "../output/Style.ts"
import { perform } from "../Report.ts"

/** Shows what a command of `slipway sandbox` would do to a worktree as it is now. */
export const showSandboxPlan = (
  command: string,
  request: Omit<SandboxRequest, "directory">,
  steps: (status: WorktreeStatus) => ReadonlyArray<PlannedStep>
) =>
  perform({
    command,
    label: "planning",
    work: ({ overview }, { directory }) => Effect.map(overview.status({ ...request, directory }), steps),
    data: (planned) => ({ dryRun: true, steps: planned }),
    text: (planned, { style }) => sandboxPlanText(planned, style)
  })

/** The steps of a dry run, for people. */
export const sandboxPlanText = (steps: ReadonlyArray<PlannedStep>, style: Style): string =>
  lines(
    steps.length === 0 ? "nothing is to be done" : "this would be done; nothing was changed",
    planLines(steps, style)
  )

/** The services that were asked for, or all of a worktree. */
export const servicesText = (status: WorktreeStatus, asked: ReadonlyArray<string>): string => {
  const services = asked.length > 0 ? asked : status.services.map(({ service }) => service)
  return services.length === 0 ? "all services" : services.join(", ")
}
