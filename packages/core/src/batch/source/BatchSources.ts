import { Context, type Effect, Schema } from "effect"

/** A file of a batch could not be read. */
export class SourceUnavailable extends Schema.TaggedError<SourceUnavailable>()("SourceUnavailable", {
  source: Schema.String,
  reason: Schema.String
}) {
  readonly code = "batch-invalid" as const
  override get message(): string {
    return `cannot read ${this.source}: ${this.reason}`
  }
  get hint(): string {
    return "-f names a YAML file or a folder of them, `-` reads standard input; --from-dir names a folder"
  }
}

/** The text of one file. */
export interface BatchSource {
  /** The name as the user gave it; `-` for standard input. */
  readonly source: string
  readonly text: string
}

/** A value of a folder given with `--from-dir`. */
export interface FolderValue {
  /** `any`: it stands at `NAME/KEY`, and serves both kinds. */
  readonly kind: "ConfigMap" | "Secret" | "any"
  readonly name: string
  readonly key: string
  readonly bytes: Uint8Array
}

/** Reads what a batch is described in. */
export class BatchSources extends Context.Service<BatchSources, {
  /** The texts of files, in order; of a folder, those of its `.yaml`, `.yml` and `.json` files by name. */
  readonly read: (
    directory: string,
    files: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<BatchSource>, SourceUnavailable>
  /**
   * A folder of values: manifests (`*.yaml`, `*.yml`, `*.json` in it), and `configmaps/NAME/KEY`, `secrets/NAME/KEY` or
   * `NAME/KEY`, where a file is a key and its bytes the value.
   */
  readonly readFolder: (
    directory: string,
    folder: string
  ) => Effect.Effect<
    { readonly texts: ReadonlyArray<BatchSource>; readonly values: ReadonlyArray<FolderValue> },
    SourceUnavailable
  >
}>()("@slipway/core/batch/BatchSources") {}
