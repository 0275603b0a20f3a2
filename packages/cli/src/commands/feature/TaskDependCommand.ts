import { requiredArgument, switchFlag } from "../../parser/Parameter.ts"
import { changeCommand } from "./ChangeCommand.ts"
import { taskArgument } from "./FeatureFlags.ts"

/** `slipway feature task depend`. */
export const taskDependCommand = changeCommand({
  name: "depend",
  schema: "feature-task-depend",
  summary: "Have a task wait until another one is finished",
  examples: [
    { command: "slipway feature task depend user-auth task-002 task-001", description: "task-002 waits for task-001" }
  ],
  parameters: {
    task: taskArgument,
    dependsOn: requiredArgument("OTHER", "Id of the task that it waits for"),
    remove: switchFlag("--remove", "Take the dependency away")
  },
  intent: ({ dependsOn, remove, task }) => ({ _tag: "DependTask", task, dependsOn, remove })
})
