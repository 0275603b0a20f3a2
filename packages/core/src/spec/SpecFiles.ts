import { Context, type Effect } from "effect"
import type { FileUnavailable } from "../project/ProjectFiles.ts"
import type { LockBusy } from "../slot/SlotRegistry.ts"

/** What stands at a path itself; a link is a link, wherever it leads. */
export type PathKind = "file" | "directory" | "link" | "other"

/** An entry of a folder. */
export interface FolderEntry {
  readonly name: string
  readonly kind: PathKind
}

/**
 * What projects need of files beside reading and writing: links, moving without overwriting, and one who changes
 * things at a time. Paths are absolute. No function follows a link at the end of a path.
 */
export class SpecFiles extends Context.Service<SpecFiles, {
  /** What stands at a path, or null. */
  readonly kind: (path: string) => Effect.Effect<PathKind | null, FileUnavailable>
  /** The direct entries of a folder, by name; empty when it does not exist. */
  readonly list: (directory: string) => Effect.Effect<ReadonlyArray<FolderEntry>, FileUnavailable>
  /** The absolute path that the link at a path leads to, whether something is there or not; null when it is no link. */
  readonly linkTarget: (path: string) => Effect.Effect<string | null, FileUnavailable>
  /**
   * Makes a symbolic link to a folder, as a relative path (on Windows a junction), and the folders above it. Fails when
   * something stands there.
   */
  readonly makeLink: (path: string, target: string) => Effect.Effect<void, FileUnavailable>
  /** Removes a link, not what it leads to; nothing when there is none. Fails when something else stands there. */
  readonly removeLink: (path: string) => Effect.Effect<void, FileUnavailable>
  /**
   * Moves a file, a link, or a folder with all that is in it, making the folder that it goes into. False, and nothing
   * done, when something stands there; a file with the same bytes is what an interrupted move leaves, and is completed.
   */
  readonly move: (from: string, to: string) => Effect.Effect<boolean, FileUnavailable>
  /** Whether two paths are files with the same bytes, or links to the same place. */
  readonly isSame: (one: string, other: string) => Effect.Effect<boolean, FileUnavailable>
  /** Removes a folder that is empty; nothing when it is not, or is no folder. */
  readonly removeEmptyFolder: (path: string) => Effect.Effect<void, FileUnavailable>
  /**
   * Runs an effect that changes the projects of a main checkout while nobody else does, in this process or another.
   * The lock goes with a process that dies.
   */
  readonly exclusively: (
    main: string
  ) => <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | LockBusy | FileUnavailable, R>
}>()("@slipway/core/spec/SpecFiles") {}
