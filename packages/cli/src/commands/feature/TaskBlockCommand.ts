import { changeCommand } from "./ChangeCommand.ts"
import { reasonFlag, taskArgument } from "./FeatureFlags.ts"

/** `slipway feature task block`. */
export const taskBlockCommand = changeCommand({
  name: "block",
  schema: "feature-task-block",
  summary: "Say that a task cannot go on, with the reason",
  examples: [
    {
      command: "slipway feature task block user-auth task-002 --reason 'waits for the vendor'",
      description: "Others come first"
    }
  ],
  parameters: { task: taskArgument, reason: reasonFlag },
  intent: ({ reason, task }) => ({ _tag: "BlockTask", task, reason: reason ?? "" })
})
