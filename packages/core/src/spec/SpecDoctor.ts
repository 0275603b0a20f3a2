import { Result } from "effect"
import { parseFeature } from "../worktree/WorktreeName.ts"
import type { SpecAction } from "./SpecAction.ts"
import { artifactsAmong, type SpecFormat } from "./SpecFormat.ts"
import { ignoreWrite, linkAction, metadataFor, metadataWrite, pointerWrites } from "./SpecIntegration.ts"
import { metadataFile, type SpecMetadata } from "./SpecMetadata.ts"
import {
  kiroPath,
  metadataOf,
  numberRecordPath,
  numbersInUse,
  type ObservedFolder,
  projectPath,
  type SpecObservation
} from "./SpecObservation.ts"
import { nextCodevNumber, parseNumberRecord } from "./SpecPointer.ts"

/** The kinds of things that {@link findSpecFaults} finds. */
export const specFindingKinds = [
  "damaged-metadata",
  "ignore-entry-missing",
  "link-elsewhere",
  "link-missing",
  "metadata-missing",
  "metadata-outdated",
  "name-invalid",
  "not-migrated",
  "number-missing",
  "number-twice",
  "pointer-missing",
  "pointer-outdated",
  "project-missing"
] as const

/** Something about projects that is not as it should be. */
export interface SpecFinding {
  readonly kind: typeof specFindingKinds[number]
  /** What it is about: a project's name or a path from the main checkout. */
  readonly subject: string
  /** What was seen. */
  readonly evidence: string
  /** What mends it; empty when a person must decide. */
  readonly actions: ReadonlyArray<SpecAction>
  /** For a person: what to do or to know. */
  readonly hint: string | null
}

/** What the findings need to know beside what was seen. */
export interface SpecDoctorContext {
  readonly repository: string
  /** ISO 8601 in UTC. */
  readonly now: string
}

/** Finds what is wrong with projects, their metadata, links and pointer files, each with what mends it. */
export const findSpecFaults = (
  observation: SpecObservation,
  context: SpecDoctorContext
): ReadonlyArray<SpecFinding> => [
  ...observation.projects.flatMap((folder) => faultsOfFolder(observation, folder, context)),
  ...missingNumbers(observation, context),
  ...numbersTwice(observation),
  ...looseEnds(observation),
  ...ignoreFaults(observation)
]

const faultsOfFolder = (
  observation: SpecObservation,
  folder: ObservedFolder,
  context: SpecDoctorContext
): ReadonlyArray<SpecFinding> => {
  const name = parseFeature(folder.name)
  if (Result.isFailure(name)) {
    return [person("name-invalid", folder.path, name.failure.message, "rename the folder: commands cannot name it")]
  }
  if (folder.kind === "link") {
    return [person(
      "link-elsewhere",
      folder.path,
      `it is a link to ${folder.target ?? "somewhere"}`,
      "put what it leads to in its place: nothing is written through it"
    )]
  }
  switch (folder.metadata._tag) {
    case "Damaged":
      return [person(
        "damaged-metadata",
        folder.name,
        `${folder.path}/${metadataFile} cannot be read: ${folder.metadata.reason}`,
        "mend it by hand, or move it away: doctor --fix then writes it anew"
      )]
    case "Missing":
      return [missingMetadata(observation, folder, context)]
    case "Read":
      return [
        ...outdatedMetadata(folder, folder.metadata.metadata, context),
        ...integrationFaults(observation, folder.name, folder.metadata.metadata)
      ]
  }
}

const person = (kind: SpecFinding["kind"], subject: string, evidence: string, hint: string): SpecFinding => ({
  kind,
  subject,
  evidence,
  actions: [],
  hint
})

const missingMetadata = (
  observation: SpecObservation,
  folder: ObservedFolder,
  context: SpecDoctorContext
): SpecFinding => {
  const evidence = `${folder.path} has no ${metadataFile}`
  if (folder.isEmpty) {
    return person(
      "metadata-missing",
      folder.name,
      `${folder.path} is empty`,
      "remove it, or make a project of that name"
    )
  }
  const { format, number } = formatSeenByTools(observation, folder)
  const fields = metadataFor(folder, folder.files, { ...context, format, codevNumber: number })
  return {
    kind: "metadata-missing",
    subject: folder.name,
    evidence,
    actions: metadataWrite(folder.metadata, folder.path, fields, context.now),
    hint: null
  }
}

/** Which tool has a link or a pointer file to a folder; without those, the one whose own names its files have. */
const formatSeenByTools = (
  { codev, kiro }: SpecObservation,
  { files, name }: ObservedFolder
): { readonly format: SpecFormat | null; readonly number: string | null } => {
  const pointer = codev.find(({ parsed }) => parsed?.isPointer === true && parsed.name === name)?.parsed
  if (pointer !== undefined && pointer !== null) return { format: "codev", number: pointer.number }
  const isKiro = kiro.some((spec) => spec.name === name) || files.includes("requirements.md")
  return { format: isKiro ? "kiro" : null, number: null }
}

const outdatedMetadata = (
  folder: ObservedFolder,
  metadata: SpecMetadata,
  { now }: SpecDoctorContext
): ReadonlyArray<SpecFinding> => {
  // Who gets a number is brought up to date with it.
  if (metadata.format === "codev" && metadata.codevNumber === null) return []
  const fields = { ...metadata, name: folder.name, artifacts: artifactsAmong(metadata.format, folder.files) }
  const actions = metadataWrite(folder.metadata, folder.path, fields, now)
  if (actions.length === 0) return []
  const evidence = metadata.name === folder.name
    ? `${folder.path}/${metadataFile} lists ${listed(metadata.artifacts)}; there is ${listed(fields.artifacts)}`
    : `${folder.path}/${metadataFile} calls it ${metadata.name}`
  return [{ kind: "metadata-outdated", subject: folder.name, evidence, actions, hint: null }]
}

const listed = (names: ReadonlyArray<string>): string => names.length === 0 ? "no artifact" : names.join(", ")

const integrationFaults = (
  observation: SpecObservation,
  name: string,
  metadata: SpecMetadata
): ReadonlyArray<SpecFinding> => {
  switch (metadata.format) {
    case "kiro":
      return linkFaults(observation, name)
    case "codev":
      return pointerFaults(observation, { ...metadata, name })
    case null:
      return []
  }
}

const linkFaults = ({ kiro, main }: SpecObservation, name: string): ReadonlyArray<SpecFinding> => {
  const path = kiroPath(name)
  const spec = kiro.find((each) => each.name === name)
  if (spec === undefined) {
    const evidence = `Kiro cannot find it: ${path} is missing`
    return [{ kind: "link-missing", subject: name, evidence, actions: [linkAction(name)], hint: null }]
  }
  if (spec.kind === "directory") {
    return [
      person("not-migrated", name, `${path} is a folder of its own`, "`slipway project migrate` moves what it can")
    ]
  }
  if (spec.kind !== "link") return [person("link-missing", name, `${path} is no link`, "move it away")]
  if (spec.target === `${main}/${projectPath(name)}`) return []
  return [{
    kind: "link-elsewhere",
    subject: name,
    evidence: `${path} leads to ${spec.target ?? "somewhere"}`,
    // What a link leads to may be somebody's; a link to nothing is not.
    actions: spec.targetExists ? [] : [linkAction(name, spec.target)],
    hint: spec.targetExists ? "remove that link: doctor --fix then makes the right one" : null
  }]
}

const pointerFaults = (
  observation: SpecObservation,
  metadata: SpecMetadata
): ReadonlyArray<SpecFinding> =>
  pointerWrites(observation, metadata).flatMap((action): ReadonlyArray<SpecFinding> =>
    action._tag !== "WriteFile" ? [] : [{
      kind: action.before === null ? "pointer-missing" : "pointer-outdated",
      subject: metadata.name,
      evidence: action.before === null
        ? `Codev cannot find it: ${action.path} is missing`
        : `${action.path} says something else than ${projectPath(metadata.name)}/${metadataFile}`,
      actions: [action],
      hint: null
    }]
  )

/** Projects of Codev's without a number; each gets the next one. */
const missingNumbers = (
  observation: SpecObservation,
  { now }: SpecDoctorContext
): ReadonlyArray<SpecFinding> => {
  const given: Array<string> = []
  const recorded = parseNumberRecord(observation.numberRecord)
  let recordText = observation.numberRecord
  return observation.projects.flatMap((folder): ReadonlyArray<SpecFinding> => {
    const metadata = metadataOf(folder)
    if (metadata === null || metadata.format !== "codev" || metadata.codevNumber !== null) return []
    const { number } = formatSeenByTools(observation, folder)
    const codevNumber = number ?? nextCodevNumber([...numbersInUse(observation), ...given], recorded)
    given.push(codevNumber)
    const fields = {
      ...metadata,
      name: folder.name,
      codevNumber,
      artifacts: artifactsAmong(metadata.format, folder.files)
    }
    const record: SpecAction = {
      _tag: "WriteFile",
      what: "number",
      path: numberRecordPath,
      before: recordText,
      after: `${codevNumber}\n`
    }
    // A number that a pointer file tells is not recorded anew.
    if (number === null) recordText = record.after
    return [{
      kind: "number-missing",
      subject: folder.name,
      evidence: `${folder.path}/${metadataFile} has no codevNumber`,
      actions: [
        ...(number === null ? [record] : []),
        ...metadataWrite(folder.metadata, folder.path, fields, now),
        ...pointerWrites(observation, fields)
      ],
      hint: null
    }]
  })
}

const numbersTwice = ({ codev, projects }: SpecObservation): ReadonlyArray<SpecFinding> => {
  const names = new Map<string, Set<string>>()
  const tell = (number: string, name: string) => names.set(number, (names.get(number) ?? new Set()).add(name))
  for (const { parsed } of codev) if (parsed !== null) tell(parsed.number, parsed.name)
  for (const folder of projects) {
    const number = metadataOf(folder)?.codevNumber ?? null
    if (number !== null) tell(number, folder.name)
  }
  return [...names].filter(([, each]) => each.size > 1).toSorted(([one], [other]) => one < other ? -1 : 1)
    .map(([number, each]) =>
      person(
        "number-twice",
        number,
        `it is the number of ${[...each].toSorted().join(" and ")}`,
        "change codevNumber in one project's metadata.json to a free number, then remove its old pointer files"
      )
    )
}

/** Links and pointer files without a project, and what was never moved. */
const looseEnds = ({ codev, kiro, main, projects }: SpecObservation): ReadonlyArray<SpecFinding> => {
  const known = new Set(projects.map(({ name }) => name))
  const local = "projects stay on one machine: bring its folder, or remove this"
  return [
    ...kiro.flatMap((spec): ReadonlyArray<SpecFinding> => {
      if (known.has(spec.name)) return []
      if (spec.kind === "directory") {
        return [person("not-migrated", spec.path, "it is not in .ai/projects", "`slipway project migrate` moves it")]
      }
      return spec.kind === "link" && spec.target === `${main}/${projectPath(spec.name)}`
        ? [person("project-missing", spec.path, `it leads to ${projectPath(spec.name)}, which is missing`, local)]
        : []
    }),
    ...codev.flatMap(({ kind, parsed, path }): ReadonlyArray<SpecFinding> => {
      if (parsed === null || kind !== "file") return []
      if (!parsed.isPointer) {
        return [person("not-migrated", path, "it is not in .ai/projects", "`slipway project migrate` moves it")]
      }
      return known.has(parsed.name)
        ? []
        : [person("project-missing", path, `it speaks of ${projectPath(parsed.name)}, which is missing`, local)]
    })
  ]
}

const ignoreFaults = (observation: SpecObservation): ReadonlyArray<SpecFinding> => {
  const actions = observation.projects.length === 0 ? [] : ignoreWrite(observation)
  return actions.length === 0 ? [] : [{
    kind: "ignore-entry-missing",
    subject: ".gitignore",
    evidence: "it does not ignore .ai/projects/",
    actions,
    hint: null
  }]
}
