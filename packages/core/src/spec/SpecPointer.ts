import { oneLine, type SpecMetadataFields } from "./SpecMetadata.ts"

/** The folders in which Codev looks, below `codev/`, with the artifact that is in each. */
export const codevFolders = [
  { folder: "specs", title: "Spec", file: "spec.md" },
  { folder: "plans", title: "Plan", file: "plan.md" },
  { folder: "reviews", title: "Review", file: "review.md" }
] as const

/** A folder in which Codev looks. */
export type CodevFolder = typeof codevFolders[number]["folder"]

/** A file of Codev's, as its name tells. */
export interface CodevFileName {
  /** Such as `0001`. */
  readonly number: string
  /** The project's name. */
  readonly name: string
  /** Whether it is a pointer file, not the text itself. */
  readonly isPointer: boolean
}

/**
 * Reads the name of a file in Codev's folders; null when it is not `NNNN-name.md` or `NNNN-name.link.md`.
 *
 * @example
 * parseCodevFileName("0001-auth.link.md") // { number: "0001", name: "auth", isPointer: true }
 */
export const parseCodevFileName = (file: string): CodevFileName | null => {
  const [, number, name, pointer] = /^(\d{4}|[1-9]\d{4,8})-(.+?)(\.link)?\.md$/u.exec(file) ?? []
  return number === undefined || name === undefined ? null : { number, name, isPointer: pointer !== undefined }
}

/** A number as Codev writes it: four digits at least. */
export const codevNumberText = (number: number): string => String(number).padStart(4, "0")

/**
 * The number that the next project gets: above every one that is or ever was.
 *
 * @example
 * nextCodevNumber(["0001", "0007"], 9) // "0010"
 */
export const nextCodevNumber = (inUse: Iterable<string>, highestEver: number | null): string => {
  let highest = highestEver ?? 0
  for (const number of inUse) highest = Math.max(highest, Number(number))
  return codevNumberText(highest + 1)
}

/** Reads the record of the highest number ever used; null when there is none that can be read. */
export const parseNumberRecord = (text: string | null): number | null => {
  const digits = /^\s*(\d{1,9})\s*$/u.exec(text ?? "")?.[1]
  return digits === undefined ? null : Number(digits)
}

/** Path of a project's pointer file in one of Codev's folders, from the main checkout. */
export const pointerPath = (folder: CodevFolder, number: string, name: string): string =>
  `codev/${folder}/${number}-${name}.link.md`

/** What a pointer file says of a project. */
export type PointerFacts = Pick<SpecMetadataFields, "name" | "displayName" | "status" | "repository">

/**
 * The text of a pointer file, in the contract's format, line by line. The line of the repository is left out when it
 * is not known.
 */
export const renderPointer = (folder: CodevFolder, number: string, project: PointerFacts): string => {
  const path = `.ai/projects/${project.name}/`
  return [
    `<!-- ${pointerPath(folder, number, project.name)} -->`,
    `# ${number}: ${oneLine(project.displayName)} Implementation`,
    "> **Note**: This is a pointer file. The actual project artifacts are located at:",
    `> \`${path}\``,
    "## Quick Links",
    ...codevFolders.map(({ file, title }) => `- [${title}](../../${path}${file})`),
    "## Metadata",
    `- **Project**: ${project.name}`,
    "- **Format**: Codev",
    `- **Codev Number**: ${number}`,
    `- **Status**: ${statusTitle(project.status)}`,
    ...(project.repository === null ? [] : [`- **Repository**: ${oneLine(project.repository)}`]),
    "---",
    "*This file is auto-generated. Do not edit manually.*",
    ""
  ].join("\n")
}

/** `in-progress` gives `In Progress`. */
const statusTitle = (status: string): string =>
  oneLine(status).split(/[- ]/u).map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`).join(" ")
