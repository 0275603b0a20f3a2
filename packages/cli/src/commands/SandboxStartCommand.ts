import { withConsent } from "../Approval.ts"
import { sandboxData, sandboxText } from "../output/SandboxOutput.ts"
import { command } from "../parser/CommandDefinition.ts"
import { switchFlag } from "../parser/Parameter.ts"
import { perform } from "../Report.ts"
import { sandboxPlanText } from "./SandboxPlan.ts"
import { dryRunFlag, given, nameArgument, yesFlag } from "./SharedFlags.ts"

/** `slipway sandbox start`. */
export const sandboxStartCommand = command({
  name: "start",
  summary: "Start the sandbox of a worktree; the way on after anything that went wrong",
  examples: [
    { command: "slipway sandbox start", description: "Of the worktree you are in" },
    { command: "slipway sandbox start auth-M1 --require-healthy", description: "Exit code 6 when it is not healthy" }
  ],
  parameters: {
    name: nameArgument,
    requireHealthy: switchFlag("--require-healthy", "Exit with code 6 when it is not healthy in time"),
    yes: yesFlag("Approve the project's setup commands without asking"),
    dryRun: dryRunFlag
  },
  run: ({ dryRun, name, requireHealthy, yes }) =>
    dryRun
      ? perform({
        command: "sandbox-start",
        label: "planning",
        work: ({ sandboxes }, { directory }) => sandboxes.planStart({ ...given(name), directory }),
        data: (steps) => ({ dryRun: true, steps }),
        text: (steps, { style }) => sandboxPlanText(steps, style)
      })
      : perform({
        command: "sandbox-start",
        label: "starting the sandbox",
        work: ({ sandboxes }, call) =>
          withConsent(call, yes, (approve) =>
            sandboxes.start({ ...given(name), directory: call.directory, approve, requireHealthy })),
        data: (report) => ({ dryRun: false, ...sandboxData(report) }),
        text: (report, { style }) =>
          sandboxText(report, style),
        warnings: ({ warnings }) =>
          warnings
      })
})
