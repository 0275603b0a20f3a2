import { Option, Schema } from "effect"

/** The file of secrets in a worktree, mode 0600, kept out of git's sight. */
export const secretsFileName = ".env.secrets"

/** Slipway's record of what it put into a worktree, in git's own folder of that worktree. */
export const placedRecordName = "slipway.json"

/** A file that Slipway put into a worktree. */
export interface Placed {
  /** Relative to the worktree. */
  readonly path: string
  /** Absolute path of what it was copied from; null for a file that Slipway wrote. */
  readonly source: string | null
}

const PlacedRecord = Schema.fromJsonString(Schema.Struct({
  version: Schema.Literal(1),
  placed: Schema.Array(Schema.Struct({ path: Schema.String, source: Schema.NullOr(Schema.String) }))
}))
const decodeRecord = Schema.decodeUnknownOption(PlacedRecord)
const encodeRecord = Schema.encodeSync(PlacedRecord)

/** Reads the record; one that cannot be read tells nothing. */
export const decodePlacedRecord = (text: string): ReadonlyArray<Placed> =>
  Option.match(decodeRecord(text), { onNone: () => [], onSome: ({ placed }) => placed })

/** The text of the record. */
export const encodePlacedRecord = (placed: ReadonlyArray<Placed>): string => `${encodeRecord({ version: 1, placed })}\n`

/** The patterns of a `.worktreeinclude` file: gitignore syntax, so comments and empty lines are none. */
export const includePatterns = (text: string): ReadonlyArray<string> =>
  text.split(/\r?\n/u).filter((line) => line.trim() !== "" && !line.startsWith("#"))

/** Which secrets are known, which must be asked for, and which are missing. */
export interface SecretsPlan {
  readonly values: Readonly<Record<string, string>>
  readonly references: ReadonlyArray<{ readonly name: string; readonly reference: string }>
  /** In words; never a value. */
  readonly missing: ReadonlyArray<string>
}

/**
 * Decides where secrets come from: `$NAME` or `${NAME}` from the host's variables, `op://…` from the 1Password CLI. A
 * variable that is set to nothing counts as missing.
 */
export const planSecrets = (
  wanted: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>>
): SecretsPlan => {
  const values: Record<string, string> = {}
  const references: Array<{ readonly name: string; readonly reference: string }> = []
  const missing: Array<string> = []
  for (const [name, source] of Object.entries(wanted)) {
    const [, variable] = /^\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?$/u.exec(source) ?? []
    if (variable !== undefined) {
      const value = Object.hasOwn(variables, variable) ? variables[variable] : undefined
      if (value === undefined || value === "") missing.push(`secret ${name}: $${variable} is not set in your environment`)
      else values[name] = value
    } else if (source.startsWith("op://")) {
      references.push({ name, reference: source })
    } else {
      missing.push(`secret ${name}: its source is neither $NAME nor op://…`)
    }
  }
  return { values, references, missing }
}
