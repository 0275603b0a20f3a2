import { textFlag } from "../../parser/Parameter.ts"
import { changeCommand } from "./ChangeCommand.ts"
import { artifactArgument } from "./FeatureFlags.ts"

/** `slipway feature approve`. */
export const approveCommand = changeCommand({
  name: "approve",
  schema: "feature-approve",
  summary: "Approve the very text that stands there, and the commit that it judges",
  examples: [
    { command: "slipway feature approve user-auth spec", description: "As who you are" },
    { command: "slipway feature approve user-auth spec --as human:ada", description: "As somebody else" },
    {
      command: "slipway feature approve user-auth spec --sha256 9f86d0…",
      description: "Only if it is still the text that you have read"
    }
  ],
  parameters: {
    artifact: artifactArgument,
    sha256: textFlag("--sha256", "DIGEST", "SHA-256 of the text that was read; refused when another stands there")
  },
  intent: ({ artifact, sha256 }) => ({ _tag: "Approve", artifact, sha256 })
})
