import { commandGroup } from "../../parser/CommandDefinition.ts"
import { taskRunCommand } from "./TaskRunCommand.ts"

/** `slipway task`: a task that stands alone. */
export const taskCommand = commandGroup({
  name: "task",
  summary: "One task with an agent of its own",
  examples: [{ command: "slipway task run -f update-service-a.yaml", description: "Run it" }],
  groups: [{ title: "Commands", commands: [taskRunCommand] }]
})
