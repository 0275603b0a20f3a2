import { deployData, deployPlanData, deployPlanText, deployText } from "../../output/FeatureWorkOutput.ts"
import { command } from "../../parser/CommandDefinition.ts"
import { textFlag } from "../../parser/Parameter.ts"
import { perform } from "../../Report.ts"
import { dryRunFlag } from "../SharedFlags.ts"
import { asFlag, featureArgument } from "./FeatureFlags.ts"

/** `slipway feature deploy`. */
export const deployCommand = command({
  name: "deploy",
  summary: "Deploy a merged feature by the project's command and record what came of it; exit code 1 when it failed",
  examples: [
    { command: "slipway feature deploy user-auth", description: "Runs [lifecycle.deploy] in the main checkout" },
    {
      command: "slipway feature deploy user-auth --record https://ci.example.org/runs/7",
      description: "It was deployed elsewhere"
    }
  ],
  parameters: {
    feature: featureArgument,
    record: textFlag("--record", "URL", "Where a deployment can be seen that was made elsewhere; nothing runs"),
    commit: textFlag("--commit", "COMMIT", "With --record: what was deployed; the merge when absent"),
    as: asFlag,
    dryRun: dryRunFlag
  },
  run: ({ as, commit, dryRun, feature, record }) => {
    const request = {
      name: feature,
      ...(record === null ? {} : { record }),
      ...(commit === null ? {} : { revision: commit }),
      ...(as === null ? {} : { as })
    }
    return dryRun
      ? perform({
        command: "feature-deploy",
        label: "planning",
        work: ({ features }, { directory }) => features.planDeploy({ ...request, directory }),
        data: deployPlanData,
        text: (plan, { style }) => deployPlanText(plan, style)
      })
      : perform({
        command: "feature-deploy",
        label: `deploying ${feature}`,
        work: ({ features }, { directory }) => features.deploy({ ...request, directory }),
        data: deployData,
        text: (result, { style }) => deployText(result, style),
        exitCode: ({ succeeded }) => succeeded ? 0 : 1
      })
  }
})
