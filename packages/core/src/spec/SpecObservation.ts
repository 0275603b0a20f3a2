import type { PathKind } from "./SpecFiles.ts"
import type { SpecFormat } from "./SpecFormat.ts"
import type { SpecMetadata } from "./SpecMetadata.ts"
import type { CodevFileName, CodevFolder } from "./SpecPointer.ts"
import type { TaskProgress } from "./TaskProgress.ts"

/** The folder of all projects, from the main checkout. */
export const projectsFolder = ".ai/projects"

/** Where the highest number that any Codev project ever had is kept, from the main checkout. */
export const numberRecordPath = `${projectsFolder}/.codev-number`

/** The folder in which Kiro looks, from the main checkout. */
export const kiroFolder = ".kiro/specs"

/** Path of a project's folder, from the main checkout. */
export const projectPath = (name: string): string => `${projectsFolder}/${name}`

/** Path of a project's link for Kiro, from the main checkout. */
export const kiroPath = (name: string): string => `${kiroFolder}/${name}`

/** What is known of a `metadata.json`, with its text. */
export type MetadataState =
  | { readonly _tag: "Missing" }
  | { readonly _tag: "Damaged"; readonly text: string | null; readonly reason: string }
  | { readonly _tag: "Read"; readonly text: string; readonly metadata: SpecMetadata }

/** What is in a folder with the texts of a project. */
export interface ObservedFolder {
  readonly name: string
  /** From the main checkout. */
  readonly path: string
  readonly kind: PathKind
  /** Where it leads to when it is a link; absolute. */
  readonly target: string | null
  /** Names of the files that are directly in it. */
  readonly files: ReadonlyArray<string>
  /** Whether nothing at all is in it. */
  readonly isEmpty: boolean
  readonly metadata: MetadataState
  /** What its texts call it. */
  readonly title: string | null
  /** Of its checklist; null without one. */
  readonly tasks: TaskProgress | null
}

/** Something below a folder of Kiro's whose project's folder exists too. */
export interface OverlappingEntry {
  /** From the folder. */
  readonly path: string
  readonly kind: PathKind
  /** What stands at that place of the project's folder. */
  readonly there: "nothing" | "folder" | "same" | "other"
}

/** Something in the folder in which Kiro looks. */
export interface ObservedSpec extends ObservedFolder {
  /** Whether a link leads to something that is there. */
  readonly targetExists: boolean
  /** All that is below it, folders before what is in them; only when the project's folder exists too. */
  readonly overlap: ReadonlyArray<OverlappingEntry>
}

/** A file in one of Codev's folders. */
export interface ObservedCodevFile {
  readonly folder: CodevFolder
  readonly file: string
  /** From the main checkout. */
  readonly path: string
  readonly kind: PathKind
  /** What its name tells; null when it is no name of Codev's. */
  readonly parsed: CodevFileName | null
  /** The text of a pointer file; null for others. */
  readonly text: string | null
  /** What its text calls the project; null for pointer files. */
  readonly title: string | null
  /** What stands where it would be moved to. */
  readonly there: "nothing" | "same" | "other"
}

/** The projects of a main checkout and what the tools see of them. */
export interface SpecObservation {
  /** Absolute path. */
  readonly main: string
  readonly projects: ReadonlyArray<ObservedFolder>
  readonly kiro: ReadonlyArray<ObservedSpec>
  readonly codev: ReadonlyArray<ObservedCodevFile>
  /** The text of the record of numbers; null when there is none. */
  readonly numberRecord: string | null
  /** The text of `.gitignore`; null when there is none. */
  readonly ignoreText: string | null
}

/** A project's metadata, or null when it is missing or cannot be read. */
export const metadataOf = ({ metadata }: ObservedFolder): SpecMetadata | null =>
  metadata._tag === "Read" ? metadata.metadata : null

/** The status that a project's files tell: for one that has none yet. */
export const statusOfFiles = (
  artifacts: ReadonlyArray<string>,
  tasks: TaskProgress | null
): "new" | "in-progress" | "complete" => {
  const allDone = tasks !== null && tasks.total > 0 && tasks.done === tasks.total
  if (allDone || artifacts.includes("review.md")) return "complete"
  return artifacts.length > 0 ? "in-progress" : "new"
}

/** All numbers that Codev's files and the projects' metadata speak of. */
export const numbersInUse = ({ codev, projects }: SpecObservation): ReadonlyArray<string> => [
  ...codev.flatMap(({ parsed }) => parsed === null ? [] : [parsed.number]),
  ...projects.flatMap((project) => metadataOf(project)?.codevNumber ?? [])
]

/** What a project's format is said to be, for messages. */
export const formatWords = (format: SpecFormat | null): string =>
  format === null ? "no tool's format" : `the format of ${format}`
