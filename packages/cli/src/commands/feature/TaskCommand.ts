import { commandGroup } from "../../parser/CommandDefinition.ts"
import { taskAddCommand } from "./TaskAddCommand.ts"
import { taskBlockCommand } from "./TaskBlockCommand.ts"
import { taskCancelCommand } from "./TaskCancelCommand.ts"
import { taskCompleteCommand } from "./TaskCompleteCommand.ts"
import { taskDependCommand } from "./TaskDependCommand.ts"
import { taskStartCommand } from "./TaskStartCommand.ts"
import { taskUnblockCommand } from "./TaskUnblockCommand.ts"

/** `slipway feature task`. */
export const taskCommand = commandGroup({
  name: "task",
  summary: "The tasks of a feature: those of its tasks.md and those added by hand",
  examples: [
    { command: "slipway feature task start user-auth task-001", description: "Begin a task" },
    { command: "slipway feature task complete user-auth task-001", description: "By the head of the branch" }
  ],
  groups: [{
    title: "Commands",
    commands: [
      taskAddCommand,
      taskStartCommand,
      taskCompleteCommand,
      taskBlockCommand,
      taskUnblockCommand,
      taskCancelCommand,
      taskDependCommand
    ]
  }]
})
