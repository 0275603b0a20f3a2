import type { PlannedStep } from "@slipway/core"
import { lines } from "./Messages.ts"
import { planLines } from "./Plan.ts"
import type { OutputStream } from "./Screen.ts"

/** What would be done with a run. */
export interface BatchSteps {
  readonly run: string
  readonly steps: ReadonlyArray<PlannedStep>
}

/** What would be done with a run, as `--json` shows it. */
export const batchStepsData = ({ run, steps }: BatchSteps) => ({ dryRun: true as const, run, steps })

/** What would be done with a run, for people. */
export const batchStepsText = ({ run, steps }: BatchSteps, { style }: OutputStream): string =>
  lines(
    steps.length === 0
      ? `${style.bold(run)}: nothing is to be done`
      : `${style.bold(run)}: this would be done; nothing was changed`,
    planLines(steps, style)
  )
