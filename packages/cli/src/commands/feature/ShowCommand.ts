import { detailsData, detailsText } from "../../output/FeatureDetailsOutput.ts"
import { command } from "../../parser/CommandDefinition.ts"
import { perform } from "../../Report.ts"
import { featureArgument } from "./FeatureFlags.ts"

/** `slipway feature show`. */
export const showCommand = command({
  name: "show",
  summary: "All of a feature: artifacts, tasks, comments, gates, worktrees, dependencies",
  examples: [{ command: "slipway feature show user-auth", description: "As it stands now" }],
  parameters: { feature: featureArgument },
  run: ({ feature }) =>
    perform({
      command: "feature-show",
      label: `looking at ${feature}`,
      work: ({ features }, { directory }) => features.show({ directory, name: feature }),
      data: detailsData,
      text: (details, { style }) => detailsText(details, style)
    })
})
