import { Result } from "effect"
import type { SpecAction } from "./SpecAction.ts"
import type { SpecFormat } from "./SpecFormat.ts"
import {
  ignoreWrite,
  integrationActions,
  metadataFor,
  metadataWrite,
  recordWrite,
  type SpecWish
} from "./SpecIntegration.ts"
import { metadataFile, type SpecMetadataFields } from "./SpecMetadata.ts"
import { metadataOf, numbersInUse, type ObservedFolder, projectPath, type SpecObservation } from "./SpecObservation.ts"
import { nextCodevNumber, parseNumberRecord } from "./SpecPointer.ts"
import {
  SpecLinkElsewhere,
  SpecMetadataInvalid,
  SpecNotMigrated,
  SpecPathTaken,
  SpecProjectExists,
  type SpecRefusal
} from "./SpecProblem.ts"

/** A project that is to be there. */
export interface EstablishWish extends Omit<SpecWish, "codevNumber"> {
  readonly name: string
}

/** How a project comes to be, or what it still lacks. */
export interface EstablishPlan {
  /** What its metadata will say. */
  readonly fields: SpecMetadataFields
  readonly actions: ReadonlyArray<SpecAction>
}

/**
 * Plans a project: its folder, its metadata, what its tool needs to find it, and the entry in `.gitignore`. What is
 * there stays; a folder without metadata is taken as it is, a project without a tool can get one. A second time there
 * is nothing to do.
 */
export const planEstablish = (
  observation: SpecObservation,
  wish: EstablishWish
): Result.Result<EstablishPlan, SpecRefusal> => {
  const present = observation.projects.find(({ name }) => name === wish.name)
  const refusal = present === undefined ? null : refusalOf(observation, present, wish.format)
  if (refusal !== null) return Result.fail(refusal)

  const folder = present ?? newFolder(wish.name)
  const number = metadataOf(folder)?.codevNumber ?? ownNumber(observation, wish.name) ??
    nextCodevNumber(numbersInUse(observation), parseNumberRecord(observation.numberRecord))
  const fields = metadataFor(folder, folder.files, { ...wish, codevNumber: number })
  const taken = fields.format === "kiro" ? kiroTaken(observation, wish.name) : null
  if (taken !== null) return Result.fail(taken)
  const unmigrated = unmigratedSpec(observation, wish.name)
  if (unmigrated !== null) return Result.fail(unmigrated)

  return Result.succeed({
    fields,
    actions: [
      ...(present === undefined ? [{ _tag: "MakeFolder", path: projectPath(wish.name) } as const] : []),
      ...(fields.codevNumber === null ? [] : recordWrite(observation, [fields.codevNumber])),
      ...metadataWrite(folder.metadata, projectPath(wish.name), fields, wish.now),
      ...integrationActions(observation, fields),
      ...ignoreWrite(observation)
    ]
  })
}

/** Refuses a name that a project with a format has: for making a new one. */
export const refuseExisting = (
  observation: SpecObservation,
  name: string
): Result.Result<void, SpecProjectExists> => {
  const present = observation.projects.find((each) => each.name === name)
  const metadata = present === undefined ? null : metadataOf(present)
  return metadata === null || metadata.format === null
    ? Result.succeed(undefined)
    : Result.fail(new SpecProjectExists({ name, format: metadata.format }))
}

const newFolder = (name: string): ObservedFolder => ({
  name,
  path: projectPath(name),
  kind: "directory",
  target: null,
  files: [],
  isEmpty: true,
  metadata: { _tag: "Missing" },
  title: null,
  tasks: null
})

const refusalOf = (
  { main }: SpecObservation,
  folder: ObservedFolder,
  format: SpecFormat | null
): SpecRefusal | null => {
  const path = `${main}/${folder.path}`
  if (folder.kind === "link") return new SpecLinkElsewhere({ path, target: folder.target ?? "" })
  if (folder.kind !== "directory") return new SpecPathTaken({ path, reason: "it is no folder" })
  if (folder.metadata._tag === "Damaged") {
    return new SpecMetadataInvalid({ path: `${path}/${metadataFile}`, reason: folder.metadata.reason })
  }
  const present = metadataOf(folder)?.format ?? null
  return present === null || format === null || present === format
    ? null
    : new SpecProjectExists({ name: folder.name, format: present })
}

/** The number that pointer files give a name already: of a project whose folder was lost. */
const ownNumber = ({ codev }: SpecObservation, wanted: string): string | null =>
  codev.find(({ parsed }) => parsed?.isPointer === true && parsed.name === wanted)?.parsed?.number ?? null

const unmigratedSpec = ({ codev, kiro, main }: SpecObservation, wanted: string): SpecNotMigrated | null => {
  const path = kiro.find(({ kind, name }) => name === wanted && kind === "directory")?.path ??
    codev.find(({ parsed }) => parsed?.isPointer === false && parsed.name === wanted)?.path
  return path === undefined ? null : new SpecNotMigrated({ name: wanted, path: `${main}/${path}` })
}

const kiroTaken = ({ kiro, main }: SpecObservation, wanted: string): SpecRefusal | null => {
  const spec = kiro.find(({ name }) => name === wanted)
  if (spec === undefined || spec.kind === "directory") return null
  const path = `${main}/${spec.path}`
  if (spec.kind !== "link") return new SpecPathTaken({ path, reason: "it is no folder" })
  return spec.target === `${main}/${projectPath(wanted)}`
    ? null
    : new SpecLinkElsewhere({ path, target: spec.target ?? "" })
}
