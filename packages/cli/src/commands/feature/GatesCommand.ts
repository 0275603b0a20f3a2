import { gatesData, gatesPlanData, gatesPlanText, gatesText } from "../../output/FeatureWorkOutput.ts"
import { command } from "../../parser/CommandDefinition.ts"
import { switchFlag, textsFlag } from "../../parser/Parameter.ts"
import { perform } from "../../Report.ts"
import { dryRunFlag } from "../SharedFlags.ts"
import { asFlag, featureArgument } from "./FeatureFlags.ts"

/** `slipway feature gates`. */
export const gatesCommand = command({
  name: "gates",
  summary: "Run the project's gates at the head of a feature's branch; exit code 1 when one fails",
  examples: [
    { command: "slipway feature gates user-auth", description: "Those that are not green at the head" },
    { command: "slipway feature gates user-auth --gate test", description: "One of them, also when it is green" },
    { command: "slipway feature gates user-auth --dry-run", description: "What would run, and where" }
  ],
  parameters: {
    feature: featureArgument,
    gates: textsFlag("--gate", "GATE", "A gate by name; repeatable"),
    all: switchFlag("--all", "Also those that are green at the head"),
    as: asFlag,
    dryRun: dryRunFlag
  },
  run: ({ all, as, dryRun, feature, gates }) => {
    const request = {
      name: feature,
      all,
      ...(gates.length === 0 ? {} : { gates }),
      ...(as === null ? {} : { as })
    }
    return dryRun
      ? perform({
        command: "feature-gates",
        label: "planning",
        work: ({ features }, { directory }) => features.planGates({ ...request, directory }),
        data: gatesPlanData,
        text: (plan, { style }) => gatesPlanText(plan, style)
      })
      : perform({
        command: "feature-gates",
        label: `running the gates of ${feature}`,
        work: ({ features }, { directory }) => features.gates({ ...request, directory }),
        data: gatesData,
        text: (result, { style }) => gatesText(result, style),
        exitCode: ({ results }) => results.every(({ passed }) => passed) ? 0 : 1
      })
  }
})
