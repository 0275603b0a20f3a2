import { exitCodes, type MigrationResult } from "@slipway/core"
import { Effect } from "effect"
import {
  migratedText,
  migrationData,
  migrationDiffText,
  type MigrationMode,
  migrationWarnings,
  migrationWrittenText
} from "../../output/MigrationOutput.ts"
import { Screen } from "../../output/Screen.ts"
import { perform } from "../../Report.ts"
import { UsageError } from "../../UsageError.ts"

interface MigrateInput {
  readonly files: ReadonlyArray<string>
  readonly write: boolean
  readonly force: boolean
  readonly dryRun: boolean
}

/** Brings files of CodeSweep over. */
export const performMigrate = ({ dryRun, files, force, write }: MigrateInput) => {
  const mode: MigrationMode = dryRun ? "diff" : write ? "write" : "print"
  return perform<MigrationResult>({
    command: "batch-migrate",
    label: "migrating",
    work: ({ migrations }, { directory, json }) =>
      Effect.gen(function*() {
        if (files.length === 0) return yield* nothingNamed()
        if (mode === "write") {
          return files.includes("-") ? yield* inputWritten() : yield* migrations.write({ directory, files, force })
        }
        const result = { files: yield* migrations.plan({ directory, files }), written: [], isRefused: false }
        if (mode === "print" && !json) {
          const screen = yield* Screen
          // To the byte: an answer would get a line end.
          yield* screen.write(new TextEncoder().encode(migratedText(result)))
        }
        return result
      }),
    data: (result) => migrationData(result, mode),
    text: (result, { style }) =>
      mode === "diff"
        ? migrationDiffText(result, style)
        : mode === "write"
        ? migrationWrittenText(result, style)
        : "",
    warnings: migrationWarnings,
    exitCode: (result) =>
      result.files.every(({ unmapped }) => unmapped.length === 0) ? exitCodes.done : exitCodes.failed
  })
}

const nothingNamed = () =>
  new UsageError({
    reason: "nothing says what to migrate",
    hint: "name YAML or JSON files, folders of them, or - for standard input"
  })

const inputWritten = () =>
  new UsageError({
    reason: "standard input cannot be changed in its place",
    hint: "leave out --write, or name the file"
  })
