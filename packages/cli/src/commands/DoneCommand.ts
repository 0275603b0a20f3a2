import { withConsent } from "../Approval.ts"
import { doneData, donePlanData, donePlanText, doneText } from "../output/DoneOutput.ts"
import { command } from "../parser/CommandDefinition.ts"
import { requiredArgument, switchFlag } from "../parser/Parameter.ts"
import { perform } from "../Report.ts"
import { dryRunFlag, yesFlag } from "./SharedFlags.ts"

/** `slipway done`. */
export const doneCommand = command({
  name: "done",
  summary: "Take a worktree and its sandbox down; refuses when work would be lost",
  examples: [
    { command: "slipway done auth-M1", description: "Containers, volumes, slot, worktree and merged branch" },
    { command: "slipway done auth-M1 --dry-run", description: "Show the steps, and why it would refuse" },
    { command: "slipway done auth-M1 --force", description: "Also with uncommitted or unpushed work" }
  ],
  parameters: {
    name: requiredArgument("NAME", "A worktree's name, branch or folder, or an unambiguous part of one"),
    force: switchFlag("--force", "Remove even what would be lost"),
    keepVolumes: switchFlag("--keep-volumes", "Keep the data volumes of the sandbox"),
    yes: yesFlag("Accept a name that matches only in part, and approve the project's teardown commands"),
    dryRun: dryRunFlag
  },
  run: ({ dryRun, force, keepVolumes, name, yes }) => {
    const request = { name, force, keepVolumes }
    return dryRun
      ? perform({
        command: "done",
        label: "planning",
        work: ({ done }, call) =>
          withConsent(call, yes, (approve) => done.plan({ ...request, directory: call.directory, approve })),
        data: donePlanData,
        text: (plan, { style }) => donePlanText(plan, style),
        warnings: ({ warnings }) => warnings
      })
      : perform({
        command: "done",
        label: `taking ${name} down`,
        work: ({ done }, call) =>
          withConsent(call, yes, (approve) => done.run({ ...request, directory: call.directory, approve })),
        data: doneData,
        text: (result, { style }) => doneText(result, style),
        warnings: ({ warnings }) => warnings
      })
  }
})
