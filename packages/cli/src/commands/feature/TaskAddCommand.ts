import { requiredArgument, textsFlag } from "../../parser/Parameter.ts"
import { changeCommand } from "./ChangeCommand.ts"

/** `slipway feature task add`. */
export const taskAddCommand = changeCommand({
  name: "add",
  schema: "feature-task-add",
  summary: "Add a task by hand, beside those of tasks.md",
  examples: [
    { command: "slipway feature task add user-auth 'Log failed logins'", description: "It gets the next id" },
    {
      command: "slipway feature task add user-auth 'Show them' --depends-on task-004",
      description: "After another one"
    }
  ],
  parameters: {
    title: requiredArgument("TITLE", "What is to be done"),
    dependsOn: textsFlag("--depends-on", "TASK", "A task that must be finished first; repeatable")
  },
  intent: ({ dependsOn, title }) => ({ _tag: "AddTask", title, dependsOn })
})
