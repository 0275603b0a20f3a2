import { changeCommand } from "./ChangeCommand.ts"
import { reasonFlag } from "./FeatureFlags.ts"

/** `slipway feature archive`. */
export const archiveCommand = changeCommand({
  name: "archive",
  schema: "feature-archive",
  summary: "Give a feature up, with the reason; its log stays",
  examples: [
    { command: "slipway feature archive user-auth --reason 'bought instead'", description: "It is done with" }
  ],
  parameters: { reason: reasonFlag },
  intent: ({ reason }) => ({ _tag: "Archive", reason: reason ?? "" })
})
