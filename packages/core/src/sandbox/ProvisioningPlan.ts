import { Option, Schema } from "effect"
import { secretsFileName } from "../project/EnvFile.ts"

/** Slipway's record of what it put into a worktree, in git's own folder of that worktree. */
export const placedRecordName = "slipway.json"

/** A file that Slipway put into a worktree. */
export interface Placed {
  /** Relative to the worktree. */
  readonly path: string
  /** {@link contentDigest} of what was put there; null where it cannot be read as text. */
  readonly digest: string | null
}

const PlacedRecord = Schema.fromJsonString(Schema.Struct({
  version: Schema.Literal(1),
  placed: Schema.Array(Schema.Struct({ path: Schema.String, digest: Schema.NullOr(Schema.String) }))
}))
const decodeRecord = Schema.decodeUnknownOption(PlacedRecord)
const encodeRecord = Schema.encodeSync(PlacedRecord)

/** Reads the record; one that cannot be read tells nothing. */
export const decodePlacedRecord = (text: string): ReadonlyArray<Placed> =>
  Option.match(decodeRecord(text), { onNone: () => [], onSome: ({ placed }) => placed })

/** The text of the record. */
export const encodePlacedRecord = (placed: ReadonlyArray<Placed>): string => `${encodeRecord({ version: 1, placed })}\n`

/** An older record with what was placed since. */
export const mergePlaced = (before: ReadonlyArray<Placed>, now: ReadonlyArray<Placed>): ReadonlyArray<Placed> => [
  ...new Map([...before, ...now].map((placed) => [placed.path, placed])).values()
]

/** Beside that record, while the setup commands of the worktree have not all ended well. */
export const pendingSetupName = "slipway-setup"

/**
 * Tells whether a text is still the same: its length and 64 bits of it. Good against chance, not against someone who
 * means to deceive.
 */
export const contentDigest = (text: string): string => {
  let [low, high] = [0x811c9dc5, 0x9747b28c]
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    low = Math.imul(low ^ unit, 0x01000193)
    high = Math.imul(high ^ unit ^ low >>> 15, 0x5bd1e995)
  }
  return [text.length, low >>> 0, high >>> 0].map((part) => part.toString(36)).join("-")
}

/** Where the patterns of included files stand, below the main checkout. */
export const includeFileName = ".worktreeinclude"

/**
 * The patterns by which ignored files are included: those of a `.worktreeinclude` file, in gitignore syntax, then those
 * of the configuration. Later ones win, so that `!pattern` takes away.
 */
export const includePatterns = (text: string | null, configured: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...(text ?? "").replace(/^\uFEFF/u, "").split(/\r?\n/u)
    .filter((line) => !line.startsWith("#"))
    .map(withoutTrailingSpaces)
    .filter((line) => line !== ""),
  ...configured
]

/** As git reads a line: spaces at its end count only where a backslash stands before them. */
const withoutTrailingSpaces = (line: string): string => line.replace(/^((?:\\.|[^\\])*?) +$/u, "$1")

/** Which of the matching files of the main checkout are copied: not those of a worktree inside it, not the secrets. */
export const includedPaths = (
  matching: ReadonlyArray<string>,
  checkout: string,
  worktree: string
): ReadonlyArray<string> =>
  matching.filter((path) => path !== secretsFileName && !`${checkout}/${path}`.startsWith(`${worktree}/`))

/** Those of the paths that a listing of untracked files and folders (ending with `/`) covers. */
export const coveredPaths = (paths: ReadonlyArray<string>, untracked: ReadonlyArray<string>): ReadonlyArray<string> => {
  const files = new Set(untracked)
  const folders = untracked.filter((path) => path.endsWith("/"))
  return paths.filter((path) => files.has(path) || folders.some((folder) => path.startsWith(folder)))
}

/** A secret that could not be found. */
export interface MissingSecret {
  readonly name: string
  /** In words; never a value. */
  readonly reason: string
}

/** Which secrets are known, which must be asked for, and which are missing. */
export interface SecretsPlan {
  readonly values: Readonly<Record<string, string>>
  readonly references: ReadonlyArray<{ readonly name: string; readonly reference: string }>
  readonly missing: ReadonlyArray<MissingSecret>
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
  const missing: Array<MissingSecret> = []
  for (const [name, source] of Object.entries(wanted)) {
    const [, variable] = /^\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?$/u.exec(source) ?? []
    if (variable !== undefined) {
      const value = Object.hasOwn(variables, variable) ? variables[variable] : undefined
      if (value === undefined || value === "") {
        missing.push({ name, reason: `secret ${name}: $${variable} is not set in your environment` })
      } else values[name] = value
    } else if (source.startsWith("op://")) {
      references.push({ name, reference: source })
    } else {
      missing.push({ name, reason: `secret ${name}: its source is neither $NAME nor op://…` })
    }
  }
  return { values, references, missing }
}

/** A command as one would type it in a shell. */
export const commandText = (command: ReadonlyArray<string>): string =>
  command.map((word) => /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`).join(" ")
