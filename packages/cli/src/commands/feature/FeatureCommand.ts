import { commandGroup } from "../../parser/CommandDefinition.ts"
import { approveCommand } from "./ApproveCommand.ts"
import { archiveCommand } from "./ArchiveCommand.ts"
import { commentCommand } from "./CommentCommand.ts"
import { createCommand } from "./CreateCommand.ts"
import { dependCommand } from "./DependCommand.ts"
import { deployCommand } from "./DeployCommand.ts"
import { gatesCommand } from "./GatesCommand.ts"
import { listCommand } from "./ListCommand.ts"
import { logCommand } from "./LogCommand.ts"
import { mergeCommand } from "./MergeCommand.ts"
import { nextCommand } from "./NextCommand.ts"
import { rejectCommand } from "./RejectCommand.ts"
import { resolveCommand } from "./ResolveCommand.ts"
import { restoreCommand } from "./RestoreCommand.ts"
import { showCommand } from "./ShowCommand.ts"
import { submitCommand } from "./SubmitCommand.ts"
import { taskCommand } from "./TaskCommand.ts"
import { verifyCommand } from "./VerifyCommand.ts"
import { waiveCommand } from "./WaiveCommand.ts"

/** `slipway feature`: a lifecycle that always knows the one next step. */
export const featureCommand = commandGroup({
  name: "feature",
  summary: "Features, from idea to released: what comes next, and the evidence for it",
  examples: [
    { command: "slipway feature create user-auth", description: "Begin one" },
    { command: "slipway feature next user-auth", description: "The one next step" },
    { command: "slipway feature list", description: "How all of them stand" }
  ],
  groups: [
    { title: "Look", commands: [nextCommand, listCommand, showCommand, logCommand, verifyCommand] },
    {
      title: "Write and decide",
      commands: [
        createCommand,
        submitCommand,
        approveCommand,
        rejectCommand,
        waiveCommand,
        commentCommand,
        resolveCommand
      ]
    },
    { title: "Work", commands: [taskCommand, gatesCommand, mergeCommand, deployCommand] },
    { title: "Order", commands: [dependCommand, archiveCommand, restoreCommand] }
  ]
})
