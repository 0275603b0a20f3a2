import {
  type Batches,
  batchesLayer,
  type BatchRunStore,
  type BatchSources,
  type Host,
  type TaskRunners,
  type TaskWorkspaces
} from "@slipway/core"
import { Layer } from "effect"
import { fileBatchRunStoreLayer } from "./files/FileBatchRunStore.ts"
import { nodeBatchSourcesLayer } from "./files/NodeBatchSources.ts"
import { nodeTaskWorkspacesLayer } from "./git/TaskWorkspaces.ts"
import type { NodeSlipwayOptions } from "./NodeMachine.ts"
import { nodeTaskRunnersLayer } from "./NodeTaskRunners.ts"
import { nodeDigestLayer } from "./process/NodeDigest.ts"
import { nodeHostLayer } from "./process/NodeHost.ts"
import { Subprocess } from "./process/Subprocess.ts"

/** What batches need of this machine besides its `Host`. */
export type BatchAdapters = BatchRunStore | BatchSources | TaskRunners | TaskWorkspaces

/** The adapters of this package that batches need. */
export const batchAdaptersLayer: Layer.Layer<BatchAdapters, never, Host> = Layer.mergeAll(
  fileBatchRunStoreLayer,
  nodeBatchSourcesLayer,
  nodeTaskRunnersLayer(),
  nodeTaskWorkspacesLayer
).pipe(Layer.provide(Layer.mergeAll(Subprocess.layer, nodeDigestLayer)))

/**
 * Batches on this machine, as `NodeSlipway.layer` has them, and nothing else.
 *
 * @example
 * program.pipe(Effect.provide(nodeBatchesLayer({ variables: { PATH: "/usr/bin" } })))
 */
export const nodeBatchesLayer = (options: NodeSlipwayOptions): Layer.Layer<Batches> =>
  batchesLayer.pipe(Layer.provide(batchAdaptersLayer), Layer.provide(nodeHostLayer(options)))
