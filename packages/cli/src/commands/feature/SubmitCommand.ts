import { changeCommand } from "./ChangeCommand.ts"
import { artifactArgument } from "./FeatureFlags.ts"

/** `slipway feature submit`. */
export const submitCommand = changeCommand({
  name: "submit",
  schema: "feature-submit",
  summary: "Hand an artifact in as it stands in the feature's folder",
  examples: [
    { command: "slipway feature submit user-auth spec", description: "The spec is written and waits for approval" },
    { command: "slipway feature submit user-auth review", description: "The review of the branch's head" }
  ],
  parameters: { artifact: artifactArgument },
  intent: ({ artifact }) => ({ _tag: "Submit", artifact })
})
