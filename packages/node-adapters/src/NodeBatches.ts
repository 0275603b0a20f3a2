import {
  Batches,
  batchesLayer,
  type BatchRunStore,
  type BatchSources,
  type Host,
  type TaskRunners,
  type TaskWorkspaces
} from "@slipway/core"
import { Effect, Layer } from "effect"
import { fileBatchRunStoreLayer } from "./files/FileBatchRunStore.ts"
import { nodeBatchSourcesLayer } from "./files/NodeBatchSources.ts"
import { lazyTaskWorkspacesLayer } from "./LazyTaskWorkspaces.ts"
import type { NodeSlipwayOptions } from "./NodeMachine.ts"
import { nodeTaskRunnersLayer } from "./NodeTaskRunners.ts"
import { withLocalPrograms } from "./process/LocalProgram.ts"
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
  lazyTaskWorkspacesLayer
).pipe(Layer.provide(Layer.mergeAll(Subprocess.layer, nodeDigestLayer)))

/** Batches over their adapters; a program that a caller names by a path is the one in the caller's folder. */
export const localBatchesLayer: Layer.Layer<Batches, never, BatchAdapters | Host> = Layer.effect(
  Batches,
  Effect.map(Batches, withLocalPrograms)
).pipe(Layer.provide(batchesLayer))

/**
 * Batches on this machine, as `NodeSlipway.layer` has them, and nothing else.
 *
 * @example
 * program.pipe(Effect.provide(nodeBatchesLayer({ variables: { PATH: "/usr/bin" } })))
 */
export const nodeBatchesLayer = (options: NodeSlipwayOptions): Layer.Layer<Batches> =>
  localBatchesLayer.pipe(Layer.provide(batchAdaptersLayer), Layer.provide(nodeHostLayer(options)))
