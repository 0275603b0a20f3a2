import { Context, Effect, Layer, Result } from "effect"
import type { FileUnavailable } from "../../project/ProjectFiles.ts"
import { BatchInvalid } from "../source/BatchProblem.ts"
import { BatchSources, type SourceUnavailable } from "../source/BatchSources.ts"
import { ManifestFiles } from "./ManifestFiles.ts"
import { type MigratedText, migrateText } from "./Migrate.ts"

/** Which files are brought over from CodeSweep. */
export interface MigrationRequest {
  /** The absolute path of the folder that files are relative to. */
  readonly directory: string
  /** Files, folders of them, or `-` for standard input. */
  readonly files: ReadonlyArray<string>
}

/** What becomes of a file. */
export interface FileMigration extends MigratedText {
  /** The file's name as the user gave it; `-` for standard input. */
  readonly source: string
  /** Its text before. */
  readonly before: string
}

/** Files that were brought over. */
export interface MigrationResult {
  readonly files: ReadonlyArray<FileMigration>
  /** Those that were written, by their names; the ones without a change are not. */
  readonly written: ReadonlyArray<string>
  /** Whether nothing was written because something has no counterpart. */
  readonly isRefused: boolean
}

/** Why files cannot be brought over. */
export type MigrationProblem = SourceUnavailable | BatchInvalid

/** Brings CodeSweep's files to `kubetask.io/v1alpha1`. */
export class Migrations extends Context.Service<Migrations, {
  /** What would become of files; nothing is written. */
  readonly plan: (request: MigrationRequest) => Effect.Effect<ReadonlyArray<FileMigration>, MigrationProblem>
  /** Writes files in their places; none when something in one of them has no counterpart, unless it is forced. */
  readonly write: (
    request: MigrationRequest & { readonly force: boolean }
  ) => Effect.Effect<MigrationResult, MigrationProblem | FileUnavailable>
}>()("@slipway/core/batch/Migrations") {}

/** {@link Migrations} on the files that `BatchSources` reads and `ManifestFiles` writes. */
export const migrationsLayer: Layer.Layer<Migrations, never, BatchSources | ManifestFiles> = Layer.effect(
  Migrations,
  Effect.gen(function*() {
    const sources = yield* BatchSources
    const manifests = yield* ManifestFiles

    const plan = Effect.fn("Migrations.plan")(function*({ directory, files }: MigrationRequest) {
      const read = (yield* sources.read(directory, files)).map((source) => ({ source, migrated: migrateText(source) }))
      const faults = read.flatMap(({ migrated }) => Result.isFailure(migrated) ? migrated.failure : [])
      if (faults.length > 0) return yield* new BatchInvalid({ faults })
      return read.flatMap(({ migrated, source: { source, text: before } }): ReadonlyArray<FileMigration> =>
        Result.isSuccess(migrated) ? [{ source, before, ...migrated.success }] : []
      )
    })

    const write = Effect.fn("Migrations.write")(
      function*({ force, ...request }: MigrationRequest & { readonly force: boolean }) {
        const files = yield* plan(request)
        if (!force && files.some(({ unmapped }) => unmapped.length > 0)) {
          return { files, written: [], isRefused: true }
        }
        const changed = files.filter(({ before, source, text }) => source !== "-" && text !== before)
        yield* Effect.forEach(changed, ({ source, text }) => manifests.write(request.directory, source, text), {
          discard: true
        })
        return { files, written: changed.map(({ source }) => source), isRefused: false }
      }
    )

    return Migrations.of({ plan, write })
  })
)
