import { Result } from "effect"
import { parseFeature } from "../worktree/WorktreeName.ts"
import type { SpecAction } from "./SpecAction.ts"
import { type SpecFormat, specFormatTitles } from "./SpecFormat.ts"
import {
  ignoreWrite,
  integrationActions,
  linkAction,
  metadataFor,
  metadataWrite,
  pointerWrites,
  reasonAgainstFormat,
  recordWrite
} from "./SpecIntegration.ts"
import {
  metadataOf,
  type ObservedCodevFile,
  type ObservedFolder,
  type ObservedSpec,
  projectPath,
  type SpecObservation
} from "./SpecObservation.ts"
import { codevFolders } from "./SpecPointer.ts"

/** What is done for one project. */
export interface ProjectMigration {
  readonly name: string
  readonly format: SpecFormat
  /** What is moved, from the main checkout; empty when only links or pointer files were missing. */
  readonly from: ReadonlyArray<string>
  readonly actions: ReadonlyArray<SpecAction>
}

/** Something that stays where it is, and why. */
export interface LeftInPlace {
  /** From the main checkout. */
  readonly path: string
  readonly reason: string
}

/** How the tools' own folders come to be projects. */
export interface MigratePlan {
  readonly projects: ReadonlyArray<ProjectMigration>
  /** What is done once, beside the projects. */
  readonly common: ReadonlyArray<SpecAction>
  readonly left: ReadonlyArray<LeftInPlace>
}

/** What the plan needs to know beside what was seen. */
export interface MigrateContext {
  /** Name of the repository, for metadata. */
  readonly repository: string
  /** ISO 8601 in UTC. */
  readonly now: string
}

/**
 * Plans the move of Kiro's specs and Codev's texts to `.ai/projects`. A project moves whole or not at all, nothing is
 * overwritten, and the metadata is written before anything moves: whatever was interrupted is seen, and completed, by
 * the next plan. When all is done there is nothing in the plan.
 */
export const planMigration = (observation: SpecObservation, context: MigrateContext): MigratePlan => {
  const plans = [
    ...observation.kiro.map((spec) => planKiro(observation, spec, context)),
    ...codevGroups(observation).map((group) => planCodev(observation, group, context)),
    ...strangers(observation)
  ]
  const moved = plans.flatMap(({ project }) => project === null ? [] : [project])
  const names = new Set(moved.map(({ name }) => name))
  const projects = [...moved, ...completions(observation, names)]
  const hasProjects = projects.length > 0 || observation.projects.some((folder) => metadataOf(folder) !== null)
  return {
    projects,
    common: hasProjects ? [...recordWrite(observation), ...ignoreWrite(observation)] : [],
    left: plans.flatMap(({ left }) => left)
  }
}

interface Planned {
  readonly project: ProjectMigration | null
  readonly left: ReadonlyArray<LeftInPlace>
}

const nothing: Planned = { project: null, left: [] }

const leave = (paths: ReadonlyArray<string>, reason: string): Planned => ({
  project: null,
  left: paths.map((path) => ({ path, reason }))
})

const reasonAgainstName = (name: string): string | null => {
  const parsed = parseFeature(name)
  return Result.isFailure(parsed) ? parsed.failure.message : null
}

const planKiro = (observation: SpecObservation, spec: ObservedSpec, context: MigrateContext): Planned => {
  const { main } = observation
  if (spec.kind === "link") {
    return spec.target === `${main}/${projectPath(spec.name)}`
      ? nothing
      : leave([spec.path], `it is a link to ${spec.target ?? "somewhere"}`)
  }
  if (spec.kind !== "directory") return spec.name.startsWith(".") ? nothing : leave([spec.path], "it is no folder")
  const reason = reasonAgainstName(spec.name) ?? reasonAgainstFormat(spec, "kiro")
  if (reason !== null) return leave([spec.path], reason)
  const present = observation.projects.find(({ name }) => name === spec.name)
  return present === undefined ? wholeFolder(spec, context) : intoProject(spec, present, context)
}

/** The folder moves in one step. */
const wholeFolder = (spec: ObservedSpec, context: MigrateContext): Planned => {
  const fields = metadataFor(spec, spec.files, { ...context, format: "kiro", codevNumber: null })
  return {
    project: {
      name: spec.name,
      format: "kiro",
      from: [spec.path],
      actions: [
        ...metadataWrite(spec.metadata, spec.path, fields, context.now),
        { _tag: "Move", from: spec.path, to: projectPath(spec.name) },
        linkAction(spec.name)
      ]
    },
    left: []
  }
}

/** The project's folder is there: what is in the folder moves into it, piece by piece. */
const intoProject = (spec: ObservedSpec, present: ObservedFolder, context: MigrateContext): Planned => {
  const reason = reasonAgainstFormat(present, "kiro")
  if (reason !== null) return leave([spec.path], reason)
  const taken = spec.overlap.filter(({ kind, there }) =>
    there === "other" || there === "folder" && kind !== "directory"
  )
  if (taken.length > 0) {
    return leave(
      taken.map(({ path }) => `${spec.path}/${path}`),
      `${present.path} has something else of that name; no part of ${spec.name} was moved`
    )
  }
  const to = projectPath(spec.name)
  const topFiles = spec.overlap.filter(({ kind, path }) => kind === "file" && !path.includes("/"))
  const files = [...new Set([...present.files, ...topFiles.map(({ path }) => path)])]
  // The folder's own metadata, if the project has none, moves with the rest: so it is brought up to date where it is.
  const isBrought = present.metadata._tag === "Missing" && spec.metadata._tag !== "Missing"
  const metadata = isBrought ? spec.metadata : present.metadata
  const told = {
    name: spec.name,
    metadata,
    title: spec.title ?? present.title,
    tasks: spec.tasks ?? present.tasks
  }
  const fields = metadataFor(told, files, { ...context, format: "kiro", codevNumber: null })
  const folders = spec.overlap.filter(({ kind }) => kind === "directory")
  return {
    project: {
      name: spec.name,
      format: "kiro",
      from: [spec.path],
      actions: [
        ...metadataWrite(metadata, isBrought ? spec.path : to, fields, context.now),
        ...folders.filter(({ there }) => there === "nothing")
          .map(({ path }): SpecAction => ({ _tag: "MakeFolder", path: `${to}/${path}` })),
        ...spec.overlap.filter(({ kind }) => kind !== "directory")
          .map(({ path }): SpecAction => ({ _tag: "Move", from: `${spec.path}/${path}`, to: `${to}/${path}` })),
        ...folders.toReversed()
          .map(({ path }): SpecAction => ({ _tag: "RemoveEmptyFolder", path: `${spec.path}/${path}` })),
        { _tag: "RemoveEmptyFolder", path: spec.path },
        linkAction(spec.name)
      ]
    },
    left: []
  }
}

interface CodevGroup {
  readonly name: string
  readonly number: string
  readonly files: ReadonlyArray<ObservedCodevFile>
}

/** Texts in Codev's folders that belong together: the same number and name. */
const codevGroups = ({ codev }: SpecObservation): ReadonlyArray<CodevGroup> => {
  const groups = new Map<string, { name: string; number: string; files: Array<ObservedCodevFile> }>()
  for (const file of codev) {
    if (file.parsed === null || file.parsed.isPointer || file.kind !== "file") continue
    const { name, number } = file.parsed
    const group = groups.get(`${number}-${name}`) ?? { name, number, files: [] }
    group.files.push(file)
    groups.set(`${number}-${name}`, group)
  }
  return [...groups.values()]
}

const planCodev = (observation: SpecObservation, group: CodevGroup, context: MigrateContext): Planned => {
  const { files, name, number } = group
  const present = observation.projects.find((each) => each.name === name)
  const paths = files.map(({ path }) => path)
  const reason = reasonAgainstName(name) ?? (present === undefined ? null : reasonAgainstFormat(present, "codev")) ??
    reasonAgainstNumber(observation, group, present) ?? reasonAgainstTexts(observation, group, present)
  if (reason !== null) return leave(paths, reason)
  const taken = files.filter(({ there }) => there === "other")
  if (taken.length > 0) {
    return leave(
      taken.map(({ path }) => path),
      `${projectPath(name)} has another file of that kind; no part of ${name} was moved`
    )
  }

  const to = projectPath(name)
  const moves = codevFolders.flatMap(({ file, folder }) =>
    files.filter((each) => each.folder === folder).map(({ path }): SpecAction => ({
      _tag: "Move",
      from: path,
      to: `${to}/${file}`
    }))
  )
  const arriving = codevFolders.filter(({ folder }) => files.some((each) => each.folder === folder))
  const fields = metadataFor(
    {
      name,
      metadata: present?.metadata ?? { _tag: "Missing" },
      title: files.find(({ folder }) => folder === "specs")?.title ??
        files.find(({ title }) => title !== null)?.title ??
        present?.title ?? null,
      tasks: present?.tasks ?? null
    },
    [...present?.files ?? [], ...arriving.map(({ file }) => file)],
    { ...context, format: "codev", codevNumber: number }
  )
  return {
    project: {
      name,
      format: "codev",
      from: paths,
      actions: [
        ...(present === undefined ? [{ _tag: "MakeFolder", path: to } as const] : []),
        ...metadataWrite(present?.metadata ?? { _tag: "Missing" }, to, fields, context.now),
        ...moves,
        ...pointerWrites(observation, fields)
      ]
    },
    left: []
  }
}

const reasonAgainstNumber = (
  observation: SpecObservation,
  { name, number }: CodevGroup,
  present: ObservedFolder | undefined
): string | null => {
  const own = present === undefined ? null : metadataOf(present)?.codevNumber ?? null
  if (own !== null && own !== number) return `${name} has number ${own} already`
  const numbers = codevGroups(observation).filter((each) => each.name === name).map((each) => each.number)
  if (numbers.length > 1) return `${name} has the numbers ${numbers.join(" and ")}: give them different names`
  const others = [
    ...observation.codev.flatMap(({ parsed }) => parsed?.number === number ? [parsed.name] : []),
    ...observation.projects.flatMap((folder) => metadataOf(folder)?.codevNumber === number ? [folder.name] : [])
  ].filter((other) => other !== name)
  return others.length === 0 ? null : `number ${number} is also that of ${[...new Set(others)].join(" and ")}`
}

const reasonAgainstTexts = (
  { kiro }: SpecObservation,
  { files, name }: CodevGroup,
  present: ObservedFolder | undefined
): string | null => {
  if (kiro.some((spec) => spec.name === name && spec.kind === "directory")) {
    return `.kiro/specs/${name} has the same name, and a project has one format`
  }
  return present === undefined && !files.some(({ folder }) => folder === "specs")
    ? "there is no spec of that number and name"
    : null
}

/** Files in Codev's folders that do not go by its names. */
const strangers = ({ codev }: SpecObservation): ReadonlyArray<Planned> =>
  codev.flatMap(({ file, kind, parsed, path }) => {
    if (file.startsWith(".")) return []
    if (kind !== "file") return parsed === null ? [] : [leave([path], "it is no file")]
    return parsed === null && file.endsWith(".md") ? [leave([path], "its name is not NNNN-name.md")] : []
  })

/** Projects that were moved before, and lack what their tool needs to find them. */
const completions = (
  observation: SpecObservation,
  done: ReadonlySet<string>
): ReadonlyArray<ProjectMigration> =>
  observation.projects.flatMap((folder): ReadonlyArray<ProjectMigration> => {
    const metadata = metadataOf(folder)
    if (metadata === null || metadata.format === null || folder.kind !== "directory" || done.has(folder.name)) return []
    if (reasonAgainstName(folder.name) !== null) return []
    const actions = integrationActions(observation, { ...metadata, name: folder.name })
    return actions.length === 0 ? [] : [{ name: folder.name, format: metadata.format, from: [], actions }]
  })

/** How a plan's project is told: `auth (Kiro)`. */
export const describeMigration = ({ format, name }: ProjectMigration): string => `${name} (${specFormatTitles[format]})`
