import { commandGroup } from "../parser/CommandDefinition.ts"
import { sandboxExecCommand } from "./SandboxExecCommand.ts"
import { sandboxLogsCommand } from "./SandboxLogsCommand.ts"
import { sandboxRestartCommand } from "./SandboxRestartCommand.ts"
import { sandboxStartCommand } from "./SandboxStartCommand.ts"
import { sandboxStopCommand } from "./SandboxStopCommand.ts"

/** `slipway sandbox`: the sandbox of a worktree that exists. */
export const sandboxCommand = commandGroup({
  name: "sandbox",
  summary: "Start, stop and look into the sandbox of a worktree",
  examples: [
    { command: "slipway sandbox start", description: "Start the containers of the worktree you are in" },
    { command: "slipway sandbox logs -f", description: "Watch what they print" }
  ],
  groups: [{
    title: "Commands",
    commands: [
      sandboxStartCommand,
      sandboxStopCommand,
      sandboxRestartCommand,
      sandboxLogsCommand,
      sandboxExecCommand
    ]
  }]
})
