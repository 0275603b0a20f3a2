import { Context, type Effect, Schema } from "effect"

/** A file or folder could not be read or written; a missing one is not an error of reading. */
export class FileUnavailable extends Schema.TaggedError<FileUnavailable>()("FileUnavailable", {
  path: Schema.String,
  action: Schema.Literals(["read", "write", "remove", "list", "copy"]),
  reason: Schema.String
}) {
  readonly code = "file-unavailable" as const
  override get message(): string {
    return `cannot ${this.action} ${this.path}: ${this.reason}`
  }
  get hint(): string {
    return this.action === "read"
      ? "check that it is a text file which you may read"
      : "check that the folder exists, is writable and has free space"
  }
}

/** How a file is to be read. */
export interface ReadOptions {
  /** Whether a link in the file's place is followed; it is when absent. */
  readonly follow?: boolean
}

/** How a file is to be written. */
export interface WriteOptions {
  /** Permission bits, such as 0o600; the usual ones of the process when absent. */
  readonly mode?: number
}

/** How files are to be copied. */
export interface CopyOptions {
  /** A folder out of which no link may lead a target; such a target is left alone. */
  readonly below?: string
  /** Copy what a source leads to when it is a link itself. */
  readonly follow?: boolean
}

/** A file or folder of a listing. */
export interface FileEntry {
  /** Path relative to the listed folder, with `/`. */
  readonly path: string
  readonly kind: "file" | "directory" | "other"
}

/**
 * The files of checkouts, worktrees and slot folders. Paths are absolute. Writing is atomic: a reader sees the old
 * content or the new, also after a crash.
 */
export class ProjectFiles extends Context.Service<ProjectFiles, {
  /** The text of a file, or null when there is none. With `follow: false` a link is refused, wherever it leads. */
  readonly read: (path: string, options?: ReadOptions) => Effect.Effect<string | null, FileUnavailable>
  /** The texts of many files, or null for those that are not there: for lists, faster than one after the other. */
  readonly readMany: (paths: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<string | null>, FileUnavailable>
  /** What stands at a path, or null. Follows links. */
  readonly kind: (path: string) => Effect.Effect<FileEntry["kind"] | null, FileUnavailable>
  /** Writes a file atomically, making its folder when needed. */
  readonly write: (path: string, content: string, options?: WriteOptions) => Effect.Effect<void, FileUnavailable>
  /** Makes a folder and its parents; the mode holds for the last one, also when it exists already. */
  readonly makeDirectory: (path: string, options?: WriteOptions) => Effect.Effect<void, FileUnavailable>
  /** The direct entries of a folder, sorted; empty when the folder does not exist. */
  readonly list: (directory: string) => Effect.Effect<ReadonlyArray<FileEntry>, FileUnavailable>
  /**
   * Copies files, keeping modes and links, by reflink where the file system can; makes the folders that they need.
   * A target that exists is left alone, and so is one whose folder cannot be made because a file is in the way. Gives
   * the targets that were written.
   */
  readonly copy: (
    pairs: ReadonlyArray<{ readonly from: string; readonly to: string }>,
    options?: CopyOptions
  ) => Effect.Effect<ReadonlyArray<string>, FileUnavailable>
  /** Removes a file, or a folder with all that is in it; nothing when it does not exist. Never follows links. */
  readonly remove: (path: string) => Effect.Effect<void, FileUnavailable>
}>()("@slipway/core/project/ProjectFiles") {}
