import { type Migrations, migrationsLayer } from "@slipway/core"
import { Layer } from "effect"
import { nodeBatchSourcesLayer } from "./files/NodeBatchSources.ts"
import { nodeManifestFilesLayer } from "./files/NodeManifestFiles.ts"

/** Migrations of the files of this machine. */
export const nodeMigrationsLayer: Layer.Layer<Migrations> = migrationsLayer.pipe(
  Layer.provide(Layer.mergeAll(nodeBatchSourcesLayer, nodeManifestFilesLayer))
)
