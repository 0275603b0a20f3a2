import type { PlannedStep } from "../operation/Journal.ts"
import type { ChecklistItem } from "../project/Checklist.ts"
import type { EstablishPlan } from "./EstablishPlan.ts"
import type { LeftInPlace, MigratePlan } from "./MigratePlan.ts"
import { specStep } from "./SpecAction.ts"
import type { SpecFinding } from "./SpecDoctor.ts"
import { artifactsAmong, type SpecFormat } from "./SpecFormat.ts"
import { metadataFile, type SpecMetadata, titleFromName } from "./SpecMetadata.ts"
import { metadataOf, type ObservedFolder, projectPath, statusOfFiles } from "./SpecObservation.ts"
import type { TaskProgress } from "./TaskProgress.ts"

/** A project's folder, as features see it. */
export interface SpecFolder {
  readonly name: string
  /** Absolute path. */
  readonly path: string
  /** Null for a project that belongs to no tool. */
  readonly format: SpecFormat | null
  /** Null when there is none, or when it cannot be read. */
  readonly metadata: SpecMetadata | null
}

/** A project as a list shows it. */
export interface SpecProject extends Omit<SpecMetadata, "document"> {
  /** Absolute path of its folder. */
  readonly path: string
  /** Of its checklist; null without one. */
  readonly tasks: TaskProgress | null
  /** What is wrong with it; null when nothing is. */
  readonly problem: string | null
}

/** A project in detail. */
export interface SpecProjectDetails extends SpecProject {
  /** Absolute path of its checklist; null without one. */
  readonly tasksFile: string | null
  readonly items: ReadonlyArray<ChecklistItem>
}

/** A project that was, or would be, made. */
export interface CreatedSpec {
  readonly project: SpecProject
  readonly steps: ReadonlyArray<PlannedStep>
}

/** What was, or would be, moved. */
export interface SpecMigration {
  readonly projects: ReadonlyArray<{
    readonly name: string
    readonly format: SpecFormat
    /** From the main checkout; empty when only links or pointer files were missing. */
    readonly from: ReadonlyArray<string>
  }>
  /** What stays where it is, and why. */
  readonly left: ReadonlyArray<LeftInPlace>
  readonly steps: ReadonlyArray<PlannedStep>
  /** Projects whose move failed on the way; the next run goes on with them. */
  readonly failures: ReadonlyArray<{ readonly name: string; readonly message: string }>
}

/** What is wrong with projects, and what was done about it. */
export interface SpecDoctorReport {
  readonly findings: ReadonlyArray<SpecFinding>
  /** What was, or would be, carried out. */
  readonly steps: ReadonlyArray<PlannedStep>
  /** Whether the steps were carried out. */
  readonly fixed: boolean
  readonly failures: ReadonlyArray<{ readonly subject: string; readonly message: string }>
}

/** A folder as features see it. */
export const specFolder = (main: string, folder: ObservedFolder): SpecFolder => {
  const metadata = metadataOf(folder)
  return { name: folder.name, path: `${main}/${folder.path}`, format: metadata?.format ?? null, metadata }
}

/** A folder as a list shows it. The artifacts are those that are there, whatever its metadata says. */
export const specProject = (main: string, folder: ObservedFolder): SpecProject => {
  const metadata = metadataOf(folder)
  const format = metadata?.format ?? null
  const artifacts = artifactsAmong(format, folder.files)
  return {
    name: folder.name,
    path: `${main}/${folder.path}`,
    displayName: metadata?.displayName ?? folder.title ?? titleFromName(folder.name),
    created: metadata?.created ?? "",
    updated: metadata?.updated ?? "",
    format,
    artifacts,
    status: metadata?.status ?? statusOfFiles(artifacts, folder.tasks),
    codevNumber: metadata?.codevNumber ?? null,
    tags: metadata?.tags ?? [],
    repository: metadata?.repository ?? null,
    description: metadata?.description ?? null,
    tasks: folder.tasks,
    problem: problemOf(folder)
  }
}

const problemOf = (folder: ObservedFolder): string | null => {
  if (folder.kind === "link") return `${folder.path} is a link to ${folder.target ?? "somewhere"}`
  switch (folder.metadata._tag) {
    case "Read":
      return null
    case "Missing":
      return `it has no ${metadataFile}`
    case "Damaged":
      return `its ${metadataFile} cannot be read: ${folder.metadata.reason}`
  }
}

/** A project as it will stand when a plan was carried out. */
export const createdSpec = (
  main: string,
  { actions, fields }: EstablishPlan,
  tasks: TaskProgress | null
): CreatedSpec => ({
  project: { ...fields, path: `${main}/${projectPath(fields.name)}`, tasks, problem: null },
  steps: actions.map((action, index) => specStep(action, index + 1))
})

/** A plan of a migration with what came of it. */
export const migrationReport = (
  { common, left, projects }: MigratePlan,
  failures: SpecMigration["failures"]
): SpecMigration => ({
  projects: projects.map(({ format, from, name }) => ({ name, format, from })),
  left,
  steps: [...common, ...projects.flatMap(({ actions }) => actions)].map((action, index) => specStep(action, index + 1)),
  failures
})

/** Findings with what came of mending them. */
export const doctorReport = (
  findings: ReadonlyArray<SpecFinding>,
  fixed: boolean,
  failures: SpecDoctorReport["failures"]
): SpecDoctorReport => ({
  findings,
  steps: findings.flatMap(({ actions }) => actions).map((action, index) => specStep(action, index + 1)),
  fixed,
  failures
})

/** The item of a checklist that is meant: by its number and title, and by its line where that is known. */
export const itemOf = (items: ReadonlyArray<ChecklistItem>, wanted: WantedItem): ChecklistItem | undefined =>
  items.find(({ label, line, title }) =>
    label === wanted.label && title === wanted.title && line === (wanted.line ?? line)
  )

/** Which item of a checklist is meant. */
export interface WantedItem extends Pick<ChecklistItem, "label" | "title"> {
  readonly line?: number
}
