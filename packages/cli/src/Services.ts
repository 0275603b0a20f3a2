import type { SlipwayServices } from "@slipway/core"
import { NodeSlipway } from "@slipway/node-adapters"
import type { Layer } from "effect"

/** The services on this machine. This module is loaded only when a command needs them. */
export const machineServices = (
  variables: Readonly<Record<string, string | undefined>>
): Layer.Layer<SlipwayServices> =>
  NodeSlipway.layer({
    variables: Object.fromEntries(
      Object.entries(variables).flatMap(([name, value]) => value === undefined ? [] : [[name, value]])
    )
  })
