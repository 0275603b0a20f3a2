import { switchFlag } from "../../parser/Parameter.ts"
import { changeCommand } from "./ChangeCommand.ts"
import { artifactArgument, reasonFlag } from "./FeatureFlags.ts"

/** `slipway feature waive`. */
export const waiveCommand = changeCommand({
  name: "waive",
  schema: "feature-waive",
  summary: "Go without an artifact, with the reason; or take that back",
  examples: [
    {
      command: "slipway feature waive user-auth audit --reason 'no new dependency'",
      description: "The audit is not needed"
    },
    {
      command: "slipway feature waive user-auth audit --revoke --reason 'there is one now'",
      description: "It is needed after all"
    }
  ],
  parameters: {
    artifact: artifactArgument,
    reason: reasonFlag,
    revoke: switchFlag("--revoke", "Take the waiver back")
  },
  intent: ({ artifact, reason, revoke }) => ({
    _tag: revoke ? "RevokeWaiver" : "Waive",
    artifact,
    reason: reason ?? ""
  })
})
