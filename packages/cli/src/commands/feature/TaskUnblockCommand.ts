import { changeCommand } from "./ChangeCommand.ts"
import { reasonFlag, taskArgument } from "./FeatureFlags.ts"

/** `slipway feature task unblock`. */
export const taskUnblockCommand = changeCommand({
  name: "unblock",
  schema: "feature-task-unblock",
  summary: "Say that a blocked task can go on",
  examples: [
    {
      command: "slipway feature task unblock user-auth task-002 --reason 'the vendor answered'",
      description: "It can be begun again"
    }
  ],
  parameters: { task: taskArgument, reason: reasonFlag },
  intent: ({ reason, task }) => ({ _tag: "UnblockTask", task, reason: reason ?? "" })
})
