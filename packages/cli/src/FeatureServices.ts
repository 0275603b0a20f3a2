import { Audit, Features, SpecProjects } from "@slipway/core"
import { nodeFeaturesLayer, type NodeSlipway } from "@slipway/node-adapters"
import { Context, Effect, Layer, type Scope } from "effect"
import type { Services } from "./Invocation.ts"

/** The services about features, on this machine. They are built only when a command needs them. */
export const featureServices = (
  options: NodeSlipway.NodeSlipwayOptions
): Effect.Effect<Pick<Services, "audit" | "features" | "specProjects">, never, Scope.Scope> =>
  Effect.map(Layer.build(nodeFeaturesLayer(options)), (context) => ({
    audit: Context.get(context, Audit),
    features: Context.get(context, Features),
    specProjects: Context.get(context, SpecProjects)
  }))
