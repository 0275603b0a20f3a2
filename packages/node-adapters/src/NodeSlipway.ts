import { type FeatureLog, slipwayServicesLayer, type SpecFiles } from "@slipway/core"
import { Layer } from "effect"
import { fileFeatureLogLayer } from "./files/FileFeatureLog.ts"
import { nodeSpecFilesLayer } from "./files/NodeSpecFiles.ts"
import { type MachineAdapters, machineAdaptersLayer, type NodeSlipwayOptions } from "./NodeMachine.ts"

export type { NodeSlipwayOptions } from "./NodeMachine.ts"

/** What an outside system gives: everything that core declares and does not do itself. */
export type Adapters = FeatureLog | MachineAdapters | SpecFiles

/** The adapters of this package: git, Docker, files, processes and ports of this machine. */
export const adaptersLayer = (options: NodeSlipwayOptions): Layer.Layer<Adapters> =>
  Layer.merge(fileFeatureLogLayer, nodeSpecFilesLayer).pipe(Layer.provideMerge(machineAdaptersLayer(options)))

/**
 * Slipway on this machine.
 *
 * @example
 * program.pipe(Effect.provide(NodeSlipway.layer({ variables: { PATH: "/usr/bin" } })))
 */
export const layer = (options: NodeSlipwayOptions) => Layer.provideMerge(slipwayServicesLayer, adaptersLayer(options))
