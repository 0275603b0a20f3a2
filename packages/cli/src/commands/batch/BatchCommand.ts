import { commandGroup } from "../../parser/CommandDefinition.ts"
import { cancelCommand } from "./CancelCommand.ts"
import { listCommand } from "./ListCommand.ts"
import { logsCommand } from "./LogsCommand.ts"
import { migrateCommand } from "./MigrateCommand.ts"
import { planCommand } from "./PlanCommand.ts"
import { resumeCommand } from "./ResumeCommand.ts"
import { retryCommand } from "./RetryCommand.ts"
import { runCommand } from "./RunCommand.ts"
import { statusCommand } from "./StatusCommand.ts"

/** `slipway batch`: one task over many repositories. */
export const batchCommand = commandGroup({
  name: "batch",
  summary: "One task over many repositories, each with an agent of its own",
  examples: [
    { command: "slipway batch plan -f update.yaml", description: "What would run" },
    { command: "slipway batch run -f update.yaml --max-parallel 8", description: "Run it" },
    { command: "slipway batch status", description: "How the newest run stands" },
    { command: "slipway batch retry update-x7k2p", description: "Run again what failed" }
  ],
  groups: [
    { title: "Run", commands: [planCommand, runCommand, resumeCommand, retryCommand, cancelCommand] },
    { title: "Look", commands: [statusCommand, listCommand, logsCommand] },
    { title: "Files", commands: [migrateCommand] }
  ]
})
