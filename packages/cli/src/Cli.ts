import { auditCommand } from "./commands/AuditCommand.ts"
import { batchCommand } from "./commands/batch/BatchCommand.ts"
import { completionsCommand } from "./commands/CompletionsCommand.ts"
import { crdCommand } from "./commands/CrdCommand.ts"
import { doctorCommand } from "./commands/DoctorCommand.ts"
import { doneCommand } from "./commands/DoneCommand.ts"
import { featureCommand } from "./commands/feature/FeatureCommand.ts"
import { helpCommand } from "./commands/HelpCommand.ts"
import { implCommand } from "./commands/ImplCommand.ts"
import { initCommand } from "./commands/InitCommand.ts"
import { namesCommand } from "./commands/NamesCommand.ts"
import { projectCommand } from "./commands/project/ProjectCommand.ts"
import { sandboxCommand } from "./commands/SandboxCommand.ts"
import { specCommand } from "./commands/SpecCommand.ts"
import { statusCommand } from "./commands/StatusCommand.ts"
import { taskCommand } from "./commands/task/TaskCommand.ts"
import { worktreesCommand } from "./commands/WorktreesCommand.ts"
import { type CommandDefinition, commandGroup } from "./parser/CommandDefinition.ts"

/** The command tree of `slipway`. */
export const slipwayCommand: CommandDefinition = commandGroup({
  name: "slipway",
  summary: "A worktree with a running sandbox for every coding agent and every person",
  examples: [
    { command: "slipway init", description: "Prepare a project, once" },
    { command: "slipway impl auth/M1", description: "A worktree for milestone M1 of auth, its containers running" },
    { command: "slipway worktrees", description: "What there is" },
    { command: "slipway done auth-M1", description: "Take it down without a trace" }
  ],
  groups: [
    { title: "Projects", commands: [initCommand, projectCommand] },
    { title: "Features", commands: [featureCommand] },
    { title: "Worktrees", commands: [specCommand, implCommand, doneCommand, worktreesCommand, statusCommand] },
    { title: "Sandboxes", commands: [sandboxCommand] },
    { title: "Batches", commands: [batchCommand, taskCommand, crdCommand] },
    { title: "Care", commands: [doctorCommand, auditCommand, completionsCommand, helpCommand, namesCommand] }
  ]
})
