import type { CallOptions } from "./CallOptions.ts"
import type { PlanStep } from "./PlanStep.ts"

/**
 * What a program without Effect sees of spec projects: plain promises, plain data.
 */

/** A tool whose files a spec project has. */
export type ProjectFormat = "kiro" | "codev"

/** How far a checklist is. Items that only group others are not counted. */
export interface ProjectTasks {
  readonly done: number
  readonly total: number
  readonly optionalDone: number
  readonly optionalTotal: number
}

/** A spec project: a folder in `.ai/projects` of the main checkout. */
export interface ProjectEntry {
  readonly name: string
  readonly displayName: string
  /** Absolute path of its folder. */
  readonly path: string
  /** Null for a project that belongs to no tool. */
  readonly format: ProjectFormat | null
  readonly status: string
  /** Names of the artifacts that are there. */
  readonly artifacts: ReadonlyArray<string>
  /** Null without a checklist. */
  readonly tasks: ProjectTasks | null
  readonly codevNumber: string | null
  readonly tags: ReadonlyArray<string>
  readonly repository: string | null
  readonly description: string | null
  /** ISO 8601 in UTC; empty when it is not known. */
  readonly created: string
  /** ISO 8601 in UTC; empty when it is not known. */
  readonly updated: string
  /** What is wrong with it; null when nothing is. */
  readonly problem: string | null
}

/** One box of a project's checklist. */
export interface ProjectItem {
  /** The line of its box, from 1. */
  readonly line: number
  /** How deep it is nested; 0 at the top. */
  readonly depth: number
  /** Such as `1.2`; null without a number. */
  readonly label: string | null
  readonly title: string
  readonly isChecked: boolean
  readonly isOptional: boolean
  /** Whether other items are nested below it. */
  readonly isGroup: boolean
  readonly requirements: ReadonlyArray<string>
  readonly details: ReadonlyArray<string>
}

/** A spec project in detail. */
export interface ProjectDetails extends ProjectEntry {
  /** Absolute path of its checklist; null without one. */
  readonly tasksFile: string | null
  readonly items: ReadonlyArray<ProjectItem>
}

/** Options of `projects.create`. */
export interface CreateProjectOptions extends CallOptions {
  readonly format: ProjectFormat
  /** For people; made of the name when absent. */
  readonly title?: string
  readonly description?: string
  readonly tags?: ReadonlyArray<string>
  /** Write nothing. */
  readonly dryRun?: boolean
}

/** A project that was or, with `dryRun`, would be made. */
export interface CreatedProject {
  readonly project: ProjectEntry
  readonly steps: ReadonlyArray<PlanStep>
}

/** What was or, with `dryRun`, would be moved. */
export interface ProjectMigrationOutcome {
  /** `from` is empty where only links or pointer files were missing. */
  readonly projects: ReadonlyArray<{
    readonly name: string
    readonly format: ProjectFormat
    readonly from: ReadonlyArray<string>
  }>
  /** What stays where it is, and why. */
  readonly left: ReadonlyArray<{ readonly path: string; readonly reason: string }>
  readonly steps: ReadonlyArray<PlanStep>
  /** Projects whose move failed on the way; the next run goes on with them. */
  readonly failures: ReadonlyArray<{ readonly name: string; readonly message: string }>
}

/** Something about projects that is not as it should be. */
export interface ProjectFinding {
  readonly kind: string
  readonly subject: string
  readonly evidence: string
  /** Whether `fix` mends it. */
  readonly fixable: boolean
  readonly hint: string | null
}

/** What is wrong with projects, and what was done about it. */
export interface ProjectDoctorOutcome {
  readonly findings: ReadonlyArray<ProjectFinding>
  readonly steps: ReadonlyArray<PlanStep>
  readonly fixed: boolean
  readonly failures: ReadonlyArray<{ readonly subject: string; readonly message: string }>
}

/** The spec projects of the folder's repository. */
export interface Projects {
  /** Makes a project with what its tool needs to find it. */
  readonly create: (name: string, options: CreateProjectOptions) => Promise<CreatedProject>
  /** All projects, by name. */
  readonly list: (options?: CallOptions) => Promise<{ readonly projects: ReadonlyArray<ProjectEntry> }>
  /** One project with its checklist. */
  readonly show: (name: string, options?: CallOptions) => Promise<ProjectDetails>
  /** Moves the folders of Kiro and Codev to `.ai/projects`; overwrites nothing. */
  readonly migrate: (options?: CallOptions & { readonly dryRun?: boolean }) => Promise<ProjectMigrationOutcome>
  /** Finds what is wrong and, with `fix`, mends what needs no person. */
  readonly doctor: (options?: CallOptions & { readonly fix?: boolean }) => Promise<ProjectDoctorOutcome>
}
