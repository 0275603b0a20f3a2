import { ManifestFiles } from "@slipway/core"
import { Effect, Layer } from "effect"
import { resolve } from "node:path"
import { writeFileAtomically } from "./AtomicFile.ts"

/** Files of resources among those of this machine. */
export const nodeManifestFilesLayer: Layer.Layer<ManifestFiles> = Layer.succeed(
  ManifestFiles,
  ManifestFiles.of({
    write: Effect.fn("ManifestFiles.write")((directory: string, source: string, text: string) =>
      writeFileAtomically(resolve(directory, source), text)
    )
  })
)
