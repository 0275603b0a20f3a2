import { storyData, storyText, tornWarnings } from "../../output/FeatureStoryOutput.ts"
import { command } from "../../parser/CommandDefinition.ts"
import { perform } from "../../Report.ts"
import { featureArgument } from "./FeatureFlags.ts"

/** `slipway feature log`. */
export const logCommand = command({
  name: "log",
  summary: "The story of a feature: every event, when, by whom",
  examples: [
    { command: "slipway feature log user-auth", description: "A line an event, the oldest first" },
    { command: "slipway feature log user-auth --json", description: "The events as they stand in the log" }
  ],
  parameters: { feature: featureArgument },
  run: ({ feature }) =>
    perform({
      command: "feature-log",
      label: `reading the log of ${feature}`,
      work: ({ features }, { directory }) => features.story({ directory, name: feature }),
      data: storyData,
      text: (story, { style }) => storyText(story, style),
      warnings: tornWarnings
    })
})
