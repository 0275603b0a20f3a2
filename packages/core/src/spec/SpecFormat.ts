import { type Artifact, artifacts } from "../project/LifecyclePolicy.ts"

/** The tools whose files a project can be in. */
export const specFormats = ["kiro", "codev"] as const

/** The tool whose files a project is in. A project that belongs to neither has none: null. */
export type SpecFormat = typeof specFormats[number]

/** Whether a text names a {@link SpecFormat}. */
export const isSpecFormat = (text: unknown): text is SpecFormat => specFormats.some((format) => format === text)

/** How the tools call themselves. */
export const specFormatTitles: Readonly<Record<SpecFormat, string>> = { kiro: "Kiro", codev: "Codev" }

/** What each format calls its files; what it has no name for has the common one. */
const ownNames: Readonly<Record<SpecFormat, Partial<Readonly<Record<Artifact, string>>>>> = {
  kiro: { spec: "requirements.md" },
  codev: { design: "plan.md" }
}

/**
 * The names under which a project's artifact is looked for: the one of its own format first, in which it is written,
 * then those of the others. Source: the table of formats in Slipway's design.
 *
 * @example
 * artifactFiles("kiro", "spec") // ["requirements.md", "spec.md"]
 * artifactFiles(null, "design") // ["design.md", "plan.md"]
 */
export const artifactFiles = (
  format: SpecFormat | null,
  kind: Artifact
): readonly [own: string, ...others: ReadonlyArray<string>] => {
  const common = `${kind}.md`
  const own = format === null ? common : ownNames[format][kind] ?? common
  const others = specFormats.map((each) => ownNames[each][kind] ?? common)
  return [own, ...new Set([common, ...others].filter((name) => name !== own))]
}

/**
 * The artifacts among the files of a project's folder, in the order in which a feature produces them.
 *
 * @example
 * artifactsAmong("kiro", ["tasks.md", "notes.txt", "requirements.md"]) // ["requirements.md", "tasks.md"]
 */
export const artifactsAmong = (
  format: SpecFormat | null,
  files: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const present = new Set(files)
  const names = artifacts.flatMap((kind) => artifactFiles(format, kind))
  return [...new Set(names)].filter((name) => present.has(name))
}
