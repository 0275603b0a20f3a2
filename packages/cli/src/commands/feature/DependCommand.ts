import { requiredArgument, switchFlag } from "../../parser/Parameter.ts"
import { changeCommand } from "./ChangeCommand.ts"

/** `slipway feature depend`. */
export const dependCommand = changeCommand({
  name: "depend",
  schema: "feature-depend",
  summary: "Have a feature wait until another one is released",
  examples: [
    { command: "slipway feature depend user-auth sessions", description: "user-auth waits for sessions" },
    { command: "slipway feature depend user-auth sessions --remove", description: "It does not wait any more" }
  ],
  parameters: {
    dependsOn: requiredArgument("OTHER", "Name of the feature that it waits for"),
    remove: switchFlag("--remove", "Take the dependency away")
  },
  intent: ({ dependsOn, remove }) => ({ _tag: "Depend", dependsOn, remove })
})
