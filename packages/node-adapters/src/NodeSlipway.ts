import { slipwayServicesLayer } from "@slipway/core"
import { Layer } from "effect"
import { type BatchAdapters, batchAdaptersLayer, localBatchesLayer } from "./NodeBatches.ts"
import { type FeatureAdapters, featureAdaptersLayer } from "./NodeFeatures.ts"
import type { NodeSlipwayOptions } from "./NodeMachine.ts"

export type { NodeSlipwayOptions } from "./NodeMachine.ts"

/** What an outside system gives: everything that core declares and does not do itself. */
export type Adapters = BatchAdapters | FeatureAdapters

/** The adapters of this package: git, Docker, files, processes and ports of this machine. */
export const adaptersLayer = (options: NodeSlipwayOptions): Layer.Layer<Adapters> =>
  Layer.provideMerge(batchAdaptersLayer, featureAdaptersLayer(options))

/**
 * Slipway on this machine.
 *
 * @example
 * program.pipe(Effect.provide(NodeSlipway.layer({ variables: { PATH: "/usr/bin" } })))
 */
export const layer = (options: NodeSlipwayOptions) =>
  Layer.provideMerge(Layer.merge(slipwayServicesLayer, localBatchesLayer), adaptersLayer(options))
