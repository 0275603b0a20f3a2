import { type RedactedSecret, redactText } from "./Redaction.ts"
import { resultFileName } from "./ResultFile.ts"
import type { WorkspaceOutcome } from "./TaskWorkspaces.ts"

/** A file that is kept of an attempt. */
export interface KeptFile {
  readonly name: string
  readonly text: string
}

/** Name of the file with all changes of an attempt, as `git apply` reads them. */
export const patchFileName = "changes.patch"

/**
 * What is kept of an attempt beside its log: its changes as they are, and what the agent said in `result.json`, without
 * secrets. `fault` tells why the latter cannot be kept; null when nothing is wrong with it.
 */
export const keptFiles = (
  { diff, result }: WorkspaceOutcome,
  secrets: ReadonlyArray<RedactedSecret>
): { readonly files: ReadonlyArray<KeptFile>; readonly fault: string | null } => {
  const patch: ReadonlyArray<KeptFile> = diff === "" ? [] : [{ name: patchFileName, text: diff }]
  if (result === undefined) return { files: patch, fault: null }
  const text = resultText(result, secrets)
  return text === null
    ? { files: patch, fault: `${resultFileName} is nested too deeply` }
    : { files: [...patch, { name: resultFileName, text }], fault: null }
}

/** Null when it is too deep to be written. */
const resultText = (result: unknown, secrets: ReadonlyArray<RedactedSecret>): string | null => {
  const redact = (text: string): string => redactText(secrets, text)
  // What stands in the place of a number must be a text, or it were JSON no more.
  const asText = (_: string, value: unknown): unknown =>
    typeof value === "number" && redact(`${value}`) !== `${value}` ? `${value}` : value
  try {
    return `${redact(JSON.stringify(result, asText, 2))}\n`
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
