import { changeCommand } from "./ChangeCommand.ts"
import { reasonFlag, taskArgument } from "./FeatureFlags.ts"

/** `slipway feature task cancel`. */
export const taskCancelCommand = changeCommand({
  name: "cancel",
  schema: "feature-task-cancel",
  summary: "Give a task up, with the reason",
  examples: [
    {
      command: "slipway feature task cancel user-auth task-003 --reason 'not wanted any more'",
      description: "It counts as finished"
    }
  ],
  parameters: { task: taskArgument, reason: reasonFlag },
  intent: ({ reason, task }) => ({ _tag: "CancelTask", task, reason: reason ?? "" })
})
