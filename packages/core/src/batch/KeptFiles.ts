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
  try {
    const told = JSON.stringify(result, (_, value: unknown) => redactedValue(value, redact), 2)
    // Once more as a whole: a secret may be spread over several values.
    return `${redact(told)}\n`
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** Keys and values, each by itself, so that it remains JSON. */
const redactedValue = (value: unknown, redact: (text: string) => string): unknown => {
  if (typeof value === "string") return redact(value)
  if (typeof value === "number") return redact(`${value}`) === `${value}` ? value : redact(`${value}`)
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [redact(key), each]))
}
