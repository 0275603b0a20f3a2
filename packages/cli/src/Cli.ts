import { Command } from "effect/cli"
import { completionsCommand } from "./commands/CompletionsCommand.ts"
import { doctorCommand } from "./commands/DoctorCommand.ts"
import { doneCommand } from "./commands/DoneCommand.ts"
import { helpCommand } from "./commands/HelpCommand.ts"
import { implCommand } from "./commands/ImplCommand.ts"
import { initCommand } from "./commands/InitCommand.ts"
import { namesCommand } from "./commands/NamesCommand.ts"
import { sandboxCommand } from "./commands/SandboxCommand.ts"
import { specCommand } from "./commands/SpecCommand.ts"
import { statusCommand } from "./commands/StatusCommand.ts"
import { worktreesCommand } from "./commands/WorktreesCommand.ts"
import { Directory, Json, Verbose } from "./GlobalFlags.ts"

/** The command tree of `slipway`. */
export const slipwayCommand = Command.make("slipway").pipe(
  Command.withDescription("A worktree with a running sandbox for every coding agent and every person"),
  Command.withExamples([
    { command: "slipway init", description: "Prepare a project, once" },
    { command: "slipway impl auth/M1", description: "A worktree for milestone M1 of auth, its containers running" },
    { command: "slipway worktrees", description: "What there is" },
    { command: "slipway done auth-M1", description: "Take it down without a trace" }
  ]),
  Command.withSubcommands([
    { group: "Projects", commands: [initCommand] },
    { group: "Worktrees", commands: [specCommand, implCommand, doneCommand, worktreesCommand, statusCommand] },
    { group: "Sandboxes", commands: [sandboxCommand] },
    { group: "Care", commands: [doctorCommand, completionsCommand, helpCommand] },
    namesCommand
  ]),
  Command.withGlobalFlags([Json, Verbose, Directory])
)
