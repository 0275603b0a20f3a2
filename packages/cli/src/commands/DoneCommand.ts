import { Argument, Command } from "effect/cli"
import { withConsent } from "../Approval.ts"
import { switchFlag } from "../GlobalFlags.ts"
import { doneData, donePlanData, donePlanText, doneText } from "../output/DoneOutput.ts"
import { perform } from "../Report.ts"
import { dryRunFlag, yesFlag } from "./SharedFlags.ts"

/** `slipway done`. */
export const doneCommand = Command.make("done", {
  name: Argument.String("name").pipe(
    Argument.withMetavar("NAME"),
    Argument.withDescription("A worktree's name, branch or folder, or an unambiguous part of one")
  ),
  force: switchFlag("force", "Remove even what would be lost"),
  keepVolumes: switchFlag("keep-volumes", "Keep the data volumes of the sandbox"),
  yes: yesFlag("Accept a name that matches only in part"),
  dryRun: dryRunFlag
}, ({ dryRun, force, keepVolumes, name, yes }) => {
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
}).pipe(
  Command.withDescription("Take a worktree and its sandbox down; refuses when work would be lost"),
  Command.withExamples([
    { command: "slipway done auth-M1", description: "Containers, volumes, slot, worktree and merged branch" },
    { command: "slipway done auth-M1 --dry-run", description: "Show the steps, and why it would refuse" },
    { command: "slipway done auth-M1 --force", description: "Also with uncommitted or unpushed work" }
  ])
)
