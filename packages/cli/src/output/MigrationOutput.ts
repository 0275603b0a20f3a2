import { describeBatchFault, type FileMigration, type MigrationResult, unifiedDiff } from "@slipway/core"
import { diffLines } from "./DiffText.ts"
import { present } from "./Envelope.ts"
import { counted, hintText, lines, printable } from "./Messages.ts"
import type { Style } from "./Style.ts"

/** What is done with files that were brought over. */
export type MigrationMode = "print" | "diff" | "write"

/** What became of files, as `--json` shows it. */
export const migrationData = ({ files, isRefused, written }: MigrationResult, mode: MigrationMode) => ({
  dryRun: mode === "diff",
  refused: isRefused,
  files: files.map((file) =>
    present({
      source: file.source,
      changed: isChanged(file),
      written: written.includes(file.source),
      text: mode === "print" ? file.text : undefined,
      diff: mode === "diff" ? diffOf(file) : undefined,
      changes: file.changes.map(({ from, line, resource, to }) => ({ line, resource, from, to })),
      unmapped: file.unmapped.map(({ line, message, path, resource }) => ({ line, resource, path, message }))
    })
  )
})

/** The texts of all files, as one text of many documents. */
export const migratedText = ({ files }: MigrationResult): string =>
  files.reduce((all, { text }) => {
    if (all === "") return text
    const ended = all.endsWith("\n") ? all : `${all}\n`
    // A mark of the byte order may stand at the begin of a file alone.
    const next = text.replace(/^\uFEFF/u, "")
    return /^---(?:\s|$)/u.test(next) ? `${ended}${next}` : `${ended}---\n${next}`
  }, "")

/** What has no counterpart, a line each. */
export const migrationWarnings = ({ files }: MigrationResult): ReadonlyArray<string> =>
  files.flatMap(({ unmapped }) => unmapped.map((fault) => printable(describeBatchFault(fault))))

/** What would change, as a diff. */
export const migrationDiffText = ({ files }: MigrationResult, style: Style): string => {
  const changed = files.filter(isChanged)
  return changed.length === 0
    ? nothingText(files, style)
    : lines(changed.flatMap((file) => diffLines(printable(diffOf(file)), style)))
}

/** What was written, for people. */
export const migrationWrittenText = ({ files, isRefused, written }: MigrationResult, style: Style): string => {
  const count = files.reduce((sum, { unmapped }) => sum + unmapped.length, 0)
  if (isRefused) {
    return lines(
      `${style.red("✗")} nothing was written: ${counted(count, "thing")} without a counterpart`,
      hintText("mend or take away what is named above, or write the rest with --force", style)
    )
  }
  if (written.length === 0) return nothingText(files, style)
  return lines(
    files.filter(({ source }) => written.includes(source)).map(({ changes, source }) =>
      `${style.green("✓")} ${printable(source)}: ${counted(changes.length, "change")}`
    ),
    hintText(`\`slipway batch plan -f ${printable(written[0] ?? "")}\` shows what would run`, style)
  )
}

const nothingText = (files: ReadonlyArray<FileMigration>, style: Style): string =>
  `${style.green("✓")} nothing to migrate in ${counted(files.length, "file")}`

const isChanged = ({ before, text }: FileMigration): boolean => before !== text

const diffOf = ({ before, source, text }: FileMigration): string => unifiedDiff({ path: source, before, after: text })
