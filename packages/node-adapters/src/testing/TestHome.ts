import type { Host } from "@slipway/core"
import { ScratchFolder } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import { join } from "node:path"
import { nodeHostLayer } from "../process/NodeHost.ts"
import { temporaryFolderLayer } from "./TemporaryFolder.ts"

/** This machine with a home of its own, below a scratch folder; it does not exist yet. */
export const testHomeLayer: Layer.Layer<Host | ScratchFolder> = Layer.unwrap(
  Effect.map(ScratchFolder, ({ path }) => nodeHostLayer({ variables: {}, home: join(path, "home") }))
).pipe(Layer.provideMerge(temporaryFolderLayer))
