import { Command } from "effect/cli"
import { sandboxExecCommand } from "./SandboxExecCommand.ts"
import { sandboxLogsCommand } from "./SandboxLogsCommand.ts"
import { sandboxRestartCommand } from "./SandboxRestartCommand.ts"
import { sandboxStartCommand } from "./SandboxStartCommand.ts"
import { sandboxStopCommand } from "./SandboxStopCommand.ts"

/** `slipway sandbox`: the sandbox of a worktree that exists. */
export const sandboxCommand = Command.make("sandbox").pipe(
  Command.withDescription("Start, stop and look into the sandbox of a worktree"),
  Command.withExamples([
    { command: "slipway sandbox start", description: "Start the containers of the worktree you are in" },
    { command: "slipway sandbox logs -f", description: "Watch what they print" }
  ]),
  Command.withSubcommands([
    sandboxStartCommand,
    sandboxStopCommand,
    sandboxRestartCommand,
    sandboxLogsCommand,
    sandboxExecCommand
  ])
)
