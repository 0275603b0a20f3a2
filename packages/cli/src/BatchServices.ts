import { Batches } from "@slipway/core"
import { nodeBatchesLayer, type NodeSlipway } from "@slipway/node-adapters"
import { Context, Effect, Layer, type Scope } from "effect"

/** The service about batches, on this machine. It is built only when a command needs it. */
export const batchServices = (
  options: NodeSlipway.NodeSlipwayOptions
): Effect.Effect<Batches["Service"], never, Scope.Scope> =>
  Effect.map(Layer.build(nodeBatchesLayer(options)), (context) => Context.get(context, Batches))
