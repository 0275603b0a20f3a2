import { Context, type Effect } from "effect"
import type { FileUnavailable } from "../../project/ProjectFiles.ts"

/** Writes files of resources that were read by `BatchSources`. */
export class ManifestFiles extends Context.Service<ManifestFiles, {
  /**
   * Puts a text in the place of a file's own, atomically; its mode stays, and of a link what it leads to is written.
   * `source` is named as for `BatchSources`, relative to the folder.
   */
  readonly write: (directory: string, source: string, text: string) => Effect.Effect<void, FileUnavailable>
}>()("@slipway/core/batch/ManifestFiles") {}
