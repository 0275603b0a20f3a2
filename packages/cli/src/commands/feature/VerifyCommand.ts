import { tornWarnings, verifiedData, verifiedText } from "../../output/FeatureStoryOutput.ts"
import { command } from "../../parser/CommandDefinition.ts"
import { perform } from "../../Report.ts"
import { featureArgument } from "./FeatureFlags.ts"

/** `slipway feature verify`. */
export const verifyCommand = command({
  name: "verify",
  summary: "Read a feature's log to the end and tell the line that is not what was written",
  examples: [{
    command: "slipway feature verify user-auth",
    description: "Exit code 7 and the line, when one was changed"
  }],
  parameters: { feature: featureArgument },
  run: ({ feature }) =>
    perform({
      command: "feature-verify",
      label: `verifying the log of ${feature}`,
      work: ({ features }, { directory }) => features.verify({ directory, name: feature }),
      data: verifiedData,
      text: (verified, { style }) => verifiedText(verified, style),
      warnings: tornWarnings
    })
})
