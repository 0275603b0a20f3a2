import { changeData, createPreviewData, createPreviewText, createText } from "../../output/FeatureChangeOutput.ts"
import { command } from "../../parser/CommandDefinition.ts"
import { choiceFlag, textFlag } from "../../parser/Parameter.ts"
import { perform } from "../../Report.ts"
import { dryRunFlag } from "../SharedFlags.ts"
import { asFlag, featureArgument } from "./FeatureFlags.ts"

/** `slipway feature create`. */
export const createCommand = command({
  name: "create",
  summary: "Begin a feature, also from a Kiro or Codev project that is there",
  examples: [
    { command: "slipway feature create user-auth --title 'Users can log in'", description: "From nothing" },
    { command: "slipway feature create user-auth", description: "From .ai/projects/user-auth, without moving a word" }
  ],
  parameters: {
    feature: featureArgument,
    title: textFlag("--title", "TEXT", "For people; the name, or the project's, when absent"),
    description: textFlag("--description", "TEXT", "What it is about"),
    format: choiceFlag("--format", "TOOL", "The tool that a new folder is for, none when absent", ["kiro", "codev"]),
    branch: textFlag("--branch", "BRANCH", "Branch of its work, where it is not the one of its worktrees"),
    as: asFlag,
    dryRun: dryRunFlag
  },
  run: ({ as, branch, description, dryRun, feature, format, title }) => {
    const request = {
      name: feature,
      ...(title === null ? {} : { title }),
      ...(description === null ? {} : { description }),
      ...(format === null ? {} : { format }),
      ...(branch === null ? {} : { branch }),
      ...(as === null ? {} : { as })
    }
    return dryRun
      ? perform({
        command: "feature-create",
        label: "planning",
        work: ({ features }, { directory }) => features.planCreate({ ...request, directory }),
        data: createPreviewData,
        text: (plan, { style }) => createPreviewText(plan, style)
      })
      : perform({
        command: "feature-create",
        label: `creating ${feature}`,
        work: ({ features }, { directory }) => features.create({ ...request, directory }),
        data: changeData,
        text: (change, { style }) => createText(change, style)
      })
  }
})
