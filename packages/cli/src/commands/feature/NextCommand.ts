import { explainData, explainText, nextData, nextText } from "../../output/FeatureOutput.ts"
import { command } from "../../parser/CommandDefinition.ts"
import { switchFlag } from "../../parser/Parameter.ts"
import { perform } from "../../Report.ts"
import { featureArgument } from "./FeatureFlags.ts"

/** `slipway feature next`. */
export const nextCommand = command({
  name: "next",
  summary: "The one next action of a feature, with the rule that gave it; asking changes nothing",
  examples: [
    { command: "slipway feature next user-auth", description: "What to do, who, where, and why" },
    { command: "slipway feature next user-auth --explain", description: "Every rule in order, and what it found" },
    { command: "slipway feature next user-auth --json", description: "For programs and agents" }
  ],
  parameters: {
    feature: featureArgument,
    explain: switchFlag("--explain", "Show every rule in order, whether it holds, and why")
  },
  run: ({ explain, feature }) =>
    explain
      ? perform({
        command: "feature-next",
        label: `looking at ${feature}`,
        work: ({ features }, { directory }) => features.explain({ directory, name: feature }),
        data: explainData,
        text: (explained, { style }) => explainText(explained, style)
      })
      : perform({
        command: "feature-next",
        label: `looking at ${feature}`,
        work: ({ features }, { directory }) => features.next({ directory, name: feature }),
        data: nextData,
        text: (next, { style }) => nextText(next, style)
      })
})
