import type { FeatureIntent } from "@slipway/core"
import { changeData, changeText, previewData, previewText } from "../../output/FeatureChangeOutput.ts"
import { command, type CommandDefinition } from "../../parser/CommandDefinition.ts"
import type { Parameter, ValueOf } from "../../parser/Parameter.ts"
import { perform } from "../../Report.ts"
import { changeFlags, featureArgument } from "./FeatureFlags.ts"

type Parameters = Readonly<Record<string, Parameter<unknown>>>
type Values<P extends Parameters> = { readonly [K in keyof P]: ValueOf<P[K]> }

const shared = { feature: featureArgument, ...changeFlags }

/** Defines a command that changes a feature by one event. */
export const changeCommand = <P extends Parameters>(
  description: {
    readonly name: string
    /** Its name in schemas: `feature-approve`. */
    readonly schema: string
    readonly summary: string
    readonly examples: CommandDefinition["examples"]
    readonly parameters: P
    readonly intent: (values: Values<P>) => FeatureIntent
  }
): CommandDefinition => {
  const { intent, schema, ...rest } = description
  return command({
    ...rest,
    parameters: { ...shared, ...description.parameters },
    run: (values) => {
      // The values of the shared and of the command's own parameters are among these.
      const { as, dryRun, expectRevision, feature, idempotencyKey } = values as Values<typeof shared>
      const request = {
        name: feature,
        intent: intent(values as Values<P>),
        ...(as === null ? {} : { as }),
        ...(idempotencyKey === null ? {} : { key: idempotencyKey }),
        ...(expectRevision === null ? {} : { expected: expectRevision })
      }
      return dryRun
        ? perform({
          command: schema,
          label: "looking",
          work: ({ features }, { directory }) => features.preview({ ...request, directory }),
          data: previewData,
          text: (preview, { style }) => previewText(preview, style)
        })
        : perform({
          command: schema,
          label: `changing ${feature}`,
          work: ({ features }, { directory }) => features.change({ ...request, directory }),
          data: changeData,
          text: (change, { style }) => changeText(change, style)
        })
    }
  })
}
