import { textsFlag } from "../../parser/Parameter.ts"
import { changeCommand } from "./ChangeCommand.ts"
import { taskArgument } from "./FeatureFlags.ts"

/** `slipway feature task complete`. */
export const taskCompleteCommand = changeCommand({
  name: "complete",
  schema: "feature-task-complete",
  summary: "Complete a task; its commits must be on the feature's branch",
  examples: [
    { command: "slipway feature task complete user-auth task-001", description: "By the head of the branch" },
    {
      command: "slipway feature task complete user-auth task-001 --commit 1a2b3c --commit 4d5e6f",
      description: "By these commits"
    }
  ],
  parameters: {
    task: taskArgument,
    commits: textsFlag("--commit", "COMMIT", "A commit of the task; repeatable; the branch's head when absent")
  },
  intent: ({ commits, task }) => ({ _tag: "CompleteTask", task, revisions: commits })
})
