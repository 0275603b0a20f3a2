import { withIgnoreEntry } from "./IgnoreEntry.ts"
import type { SpecAction } from "./SpecAction.ts"
import { artifactsAmong } from "./SpecFormat.ts"
import {
  encodeSpecMetadata,
  metadataFile,
  oneLine,
  type SpecMetadata,
  type SpecMetadataFields,
  titleFromName
} from "./SpecMetadata.ts"
import {
  formatWords,
  kiroPath,
  metadataOf,
  type MetadataState,
  numberRecordPath,
  numbersInUse,
  type ObservedFolder,
  projectPath,
  type SpecObservation,
  statusOfFiles
} from "./SpecObservation.ts"
import { codevFolders, parseNumberRecord, pointerPath, renderPointer } from "./SpecPointer.ts"

/** What a project is to be, as far as it is given; the rest comes from its files. */
export interface SpecWish {
  readonly format: SpecMetadata["format"]
  readonly displayName?: string
  readonly description?: string | null
  readonly tags?: ReadonlyArray<string>
  readonly repository: string | null
  readonly codevNumber: string | null
  /** ISO 8601 in UTC. */
  readonly now: string
}

/**
 * The metadata of a project: what it has stays, what it lacks comes from the wish and from its files. `files` are those
 * that will be in its folder.
 */
export const metadataFor = (
  folder: Pick<ObservedFolder, "name" | "metadata" | "title" | "tasks">,
  files: ReadonlyArray<string>,
  wish: SpecWish
): SpecMetadataFields => {
  const known = folder.metadata._tag === "Read" ? folder.metadata.metadata : null
  const format = known?.format ?? wish.format
  const artifacts = artifactsAmong(format, files)
  const description = wish.description ?? ""
  return {
    name: folder.name,
    displayName: known?.displayName ?? (oneLine(wish.displayName ?? folder.title ?? "") || titleFromName(folder.name)),
    created: known === null || known.created === "" ? wish.now : known.created,
    updated: known?.updated ?? wish.now,
    format,
    artifacts,
    status: known?.status ?? statusOfFiles(artifacts, folder.tasks),
    codevNumber: format === "codev" ? known?.codevNumber ?? wish.codevNumber : known?.codevNumber ?? null,
    tags: known?.tags ?? wish.tags ?? [],
    repository: known?.repository ?? wish.repository,
    description: known?.description ?? (description === "" ? null : description)
  }
}

/** Writing the metadata, where it would not say the same already; with it, when it was written. */
export const metadataWrite = (
  state: MetadataState,
  path: string,
  fields: SpecMetadataFields,
  now: string
): ReadonlyArray<SpecAction> => {
  const write = (before: string | null, after: string): ReadonlyArray<SpecAction> => [
    { _tag: "WriteFile", what: "metadata", path: `${path}/${metadataFile}`, before, after }
  ]
  if (state._tag !== "Read") return state._tag === "Damaged" ? [] : write(null, encodeSpecMetadata(fields))
  return saysTheSame(state.metadata, fields)
    ? []
    : write(state.text, encodeSpecMetadata({ ...fields, updated: now }, state.metadata.document))
}

/** Whether metadata says what these fields say, whenever it was written. */
const saysTheSame = (metadata: SpecMetadata, fields: SpecMetadataFields): boolean =>
  metadata.name === fields.name && metadata.displayName === fields.displayName &&
  metadata.created === fields.created && metadata.format === fields.format && metadata.status === fields.status &&
  metadata.codevNumber === fields.codevNumber && metadata.repository === fields.repository &&
  metadata.description === fields.description && isSameList(metadata.tags, fields.tags) &&
  isSameList(metadata.artifacts, fields.artifacts)

const isSameList = (one: ReadonlyArray<string>, other: ReadonlyArray<string>): boolean =>
  one.length === other.length && one.every((each, index) => each === other[index])

/** The link by which Kiro reads a project. */
export const linkAction = (name: string, replaces: string | null = null): SpecAction => ({
  _tag: "MakeLink",
  path: kiroPath(name),
  target: `../../${projectPath(name)}`,
  replaces,
  reason: "Kiro reads the project through it"
})

/** The pointer files of a project that are missing or say something else. */
export const pointerWrites = (
  { codev }: Pick<SpecObservation, "codev">,
  fields: Pick<SpecMetadataFields, "name" | "displayName" | "status" | "repository" | "codevNumber">
): ReadonlyArray<SpecAction> => {
  const number = fields.codevNumber
  if (number === null) return []
  return codevFolders.flatMap(({ folder }): ReadonlyArray<SpecAction> => {
    const path = pointerPath(folder, number, fields.name)
    const present = codev.find((each) => each.path === path)
    if (present !== undefined && present.kind !== "file") return []
    const before = present?.text ?? null
    const after = renderPointer(folder, number, fields)
    return before === after ? [] : [{ _tag: "WriteFile", what: "pointer", path, before, after }]
  })
}

/** What the tool of a project still needs to find it: Kiro its link, Codev its pointer files. */
export const integrationActions = (
  observation: SpecObservation,
  fields: SpecMetadataFields
): ReadonlyArray<SpecAction> => {
  if (fields.format === "codev") return pointerWrites(observation, fields)
  if (fields.format === null) return []
  return observation.kiro.some(({ name }) => name === fields.name) ? [] : [linkAction(fields.name)]
}

/** The entry in `.gitignore`, where it is missing. */
export const ignoreWrite = ({ ignoreText }: SpecObservation): ReadonlyArray<SpecAction> => {
  const after = withIgnoreEntry(ignoreText)
  return after === null ? [] : [{
    _tag: "WriteFile",
    what: "ignore",
    path: ".gitignore",
    before: ignoreText,
    after,
    reason: "projects stay on this machine"
  }]
}

/** The record of numbers, where it does not know the highest one. */
export const recordWrite = (
  observation: SpecObservation,
  alsoUsed: ReadonlyArray<string> = []
): ReadonlyArray<SpecAction> => {
  const numbers = [...numbersInUse(observation), ...alsoUsed]
  if (numbers.length === 0) return []
  const highest = numbers.reduce((most, number) => Math.max(most, Number(number)), 0)
  const recorded = parseNumberRecord(observation.numberRecord)
  return recorded !== null && recorded >= highest ? [] : [{
    _tag: "WriteFile",
    what: "number",
    path: numberRecordPath,
    before: observation.numberRecord,
    after: `${String(highest).padStart(4, "0")}\n`,
    reason: "no number is used again"
  }]
}

/** Why a folder cannot become a project of a format; null when it can. */
export const reasonAgainstFormat = (folder: ObservedFolder, format: "kiro" | "codev"): string | null => {
  if (folder.kind === "link") return `${folder.path} is a link to ${folder.target ?? "somewhere"}`
  if (folder.kind !== "directory") return `${folder.path} is in the way and is no folder`
  if (folder.metadata._tag === "Damaged") {
    return `${folder.path}/${metadataFile} cannot be read: ${folder.metadata.reason}`
  }
  const present = metadataOf(folder)?.format ?? null
  return present === null || present === format ? null : `${folder.path} is in ${formatWords(present)}`
}
