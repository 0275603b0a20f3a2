import { featuresData, featuresText, featuresWarnings } from "../../output/FeatureOutput.ts"
import { command } from "../../parser/CommandDefinition.ts"
import { switchFlag } from "../../parser/Parameter.ts"
import { perform } from "../../Report.ts"

/** `slipway feature list`. */
export const listCommand = command({
  name: "list",
  aliases: ["ls"],
  summary: "List the features of the project with phase, next action, who is to act, and age",
  examples: [
    { command: "slipway feature list", description: "A table; tab-separated when it goes into a pipe" },
    { command: "slipway feature list --archived --json", description: "For programs, also those that were given up" }
  ],
  parameters: { archived: switchFlag("--archived", "Also those that were archived") },
  run: ({ archived }) =>
    perform({
      command: "feature-list",
      label: "looking at features",
      work: ({ features }, { directory }) => features.list({ directory, archived }),
      data: featuresData,
      text: featuresText,
      warnings: featuresWarnings
    })
})
