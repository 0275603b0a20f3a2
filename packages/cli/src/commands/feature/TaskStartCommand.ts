import { changeCommand } from "./ChangeCommand.ts"
import { taskArgument } from "./FeatureFlags.ts"

/** `slipway feature task start`. */
export const taskStartCommand = changeCommand({
  name: "start",
  schema: "feature-task-start",
  summary: "Begin a task",
  examples: [
    { command: "slipway feature task start user-auth task-001", description: "It comes first from now on" }
  ],
  parameters: { task: taskArgument },
  intent: ({ task }) => ({ _tag: "StartTask", task })
})
