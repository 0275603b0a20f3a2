import { changeCommand } from "./ChangeCommand.ts"
import { artifactArgument, reasonFlag } from "./FeatureFlags.ts"

/** `slipway feature reject`. */
export const rejectCommand = changeCommand({
  name: "reject",
  schema: "feature-reject",
  summary: "Reject an artifact, with the reason",
  examples: [
    {
      command: "slipway feature reject user-auth spec --reason 'sessions never expire'",
      description: "The spec is to be written anew"
    }
  ],
  parameters: { artifact: artifactArgument, reason: reasonFlag },
  intent: ({ artifact, reason }) => ({ _tag: "Reject", artifact, reason: reason ?? "" })
})
