import { mergeData, mergePlanData, mergePlanText, mergeText } from "../../output/FeatureWorkOutput.ts"
import { command } from "../../parser/CommandDefinition.ts"
import { textFlag } from "../../parser/Parameter.ts"
import { perform } from "../../Report.ts"
import { dryRunFlag } from "../SharedFlags.ts"
import { asFlag, featureArgument } from "./FeatureFlags.ts"

/** `slipway feature merge`. */
export const mergeCommand = command({
  name: "merge",
  summary: "Merge a feature's branch, once everything is approved at its head; it is merged, or nothing is",
  examples: [
    { command: "slipway feature merge user-auth", description: "Into the default branch" },
    { command: "slipway feature merge user-auth --dry-run", description: "Whether it would conflict, and where" }
  ],
  parameters: {
    feature: featureArgument,
    message: textFlag("--message", "TEXT", "What the merge commit says", { short: "-m" }),
    as: asFlag,
    dryRun: dryRunFlag
  },
  run: ({ as, dryRun, feature, message }) => {
    const request = {
      name: feature,
      ...(message === null ? {} : { message }),
      ...(as === null ? {} : { as })
    }
    return dryRun
      ? perform({
        command: "feature-merge",
        label: "planning",
        work: ({ features }, { directory }) => features.planMerge({ ...request, directory }),
        data: mergePlanData,
        text: (plan, { style }) => mergePlanText(plan, style)
      })
      : perform({
        command: "feature-merge",
        label: `merging ${feature}`,
        work: ({ features }, { directory }) => features.merge({ ...request, directory }),
        data: mergeData,
        text: (result, { style }) => mergeText(result, style)
      })
  }
})
