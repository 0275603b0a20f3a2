import { type FeatureLog, slipwayServicesLayer, type SpecFiles } from "@slipway/core"
import { Layer } from "effect"
import { fileFeatureLogLayer } from "./files/FileFeatureLog.ts"
import { nodeSpecFilesLayer } from "./files/NodeSpecFiles.ts"
import { type MachineAdapters, machineAdaptersLayer, type NodeSlipwayOptions } from "./NodeMachine.ts"

/** What features need of this machine, and the worktrees and sandboxes that they are worked on in. */
export type FeatureAdapters = FeatureLog | MachineAdapters | SpecFiles

/** The adapters of this package that features need. */
export const featureAdaptersLayer = (options: NodeSlipwayOptions): Layer.Layer<FeatureAdapters> =>
  Layer.merge(fileFeatureLogLayer, nodeSpecFilesLayer).pipe(Layer.provideMerge(machineAdaptersLayer(options)))

/**
 * Features, worktrees and sandboxes on this machine, as `NodeSlipway.layer` has them, without batches.
 *
 * @example
 * program.pipe(Effect.provide(nodeFeaturesLayer({ variables: { PATH: "/usr/bin" } })))
 */
export const nodeFeaturesLayer = (options: NodeSlipwayOptions) =>
  Layer.provideMerge(slipwayServicesLayer, featureAdaptersLayer(options))
