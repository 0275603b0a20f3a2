import { Context, Effect, Layer, Ref } from "effect"
import { type FileEntry, FileUnavailable, ProjectFiles, type WriteOptions } from "../project/ProjectFiles.ts"

/** A file or folder in memory. */
export interface MemoryFile {
  /** Null for a folder. */
  readonly content: string | null
  /** Permission bits; null when none were asked for. */
  readonly mode: number | null
}

/** Every file and folder by its absolute path. */
export type FileTree = ReadonlyMap<string, MemoryFile>

/** The files of a {@link memoryProjectFilesLayer}, by absolute path, for a test to arrange and to look at. */
export class MemoryFileTree extends Context.Service<MemoryFileTree, Ref.Ref<FileTree>>()(
  "@slipway/core/testing/MemoryProjectFiles/MemoryFileTree"
) {}

/**
 * Project files in memory, with the given content by absolute path. Has no links.
 *
 * @example
 * Effect.provide(test, memoryProjectFilesLayer({ "/repo/docker-compose.yml": "services: {}" }))
 */
export const memoryProjectFilesLayer = (
  initial: Readonly<Record<string, string>> = {}
): Layer.Layer<ProjectFiles | MemoryFileTree> =>
  Layer.provideMerge(
    Layer.effect(ProjectFiles, Effect.map(MemoryFileTree, memoryProjectFiles)),
    Layer.effect(MemoryFileTree, Ref.make(treeOf(initial)))
  )

const memoryProjectFiles = (tree: MemoryFileTree["Service"]): ProjectFiles["Service"] => {
  const put = (action: FileUnavailable["action"], path: string, file: MemoryFile) =>
    Effect.gen(function*() {
      const reason = yield* Ref.modify(tree, (files): [string | null, FileTree] => {
        const placed = withFile(files, normal(path), file)
        return typeof placed === "string" ? [placed, files] : [null, placed]
      })
      if (reason !== null) return yield* new FileUnavailable({ path, action, reason })
    })

  const copyTree = Effect.fnUntraced(function*(from: string, to: string) {
    const files = yield* Ref.get(tree)
    if (!files.has(normal(from))) {
      return yield* new FileUnavailable({ path: from, action: "copy", reason: absent })
    }
    const sources = [...files].filter(([path, file]) => file.content !== null && isWithin(path, normal(from)))
    const written: Array<string> = []
    for (const [path, file] of sources) {
      const target = normal(to) + path.slice(normal(from).length)
      const present = yield* Ref.get(tree)
      if (present.has(target) || isBehindFile(present, target)) continue
      yield* put("copy", target, file)
      written.push(target)
    }
    return written.sort()
  })

  const read = Effect.fn("ProjectFiles.read")(function*(path: string) {
    const file = (yield* Ref.get(tree)).get(normal(path))
    if (file === undefined) return null
    return file.content ?? (yield* new FileUnavailable({ path, action: "read", reason: isFolder }))
  })

  return ProjectFiles.of({
    read,
    readMany: Effect.fn("ProjectFiles.readMany")((paths: ReadonlyArray<string>) => Effect.forEach(paths, read)),
    kind: Effect.fn("ProjectFiles.kind")((path: string) =>
      Effect.map(Ref.get(tree), (files) => {
        const file = files.get(normal(path))
        return file === undefined ? null : kindOf(file)
      })
    ),
    write: Effect.fn("ProjectFiles.write")(function*(path: string, content: string, options?: WriteOptions) {
      const present = (yield* Ref.get(tree)).get(normal(path))
      yield* put("write", path, { content, mode: options?.mode ?? present?.mode ?? null })
    }),
    makeDirectory: Effect.fn("ProjectFiles.makeDirectory")(function*(path: string, options?: WriteOptions) {
      const present = (yield* Ref.get(tree)).get(normal(path))
      yield* put("write", path, { content: null, mode: options?.mode ?? present?.mode ?? null })
    }),
    list: Effect.fn("ProjectFiles.list")(function*(directory: string) {
      const files = yield* Ref.get(tree)
      const folder = files.get(normal(directory))
      if (folder === undefined) return []
      if (folder.content !== null) {
        return yield* new FileUnavailable({ path: directory, action: "list", reason: "not a directory" })
      }
      return entriesOf(files, normal(directory))
    }),
    copy: Effect.fn("ProjectFiles.copy")(function*(
      pairs: ReadonlyArray<{ readonly from: string; readonly to: string }>
    ) {
      return (yield* Effect.forEach(pairs, ({ from, to }) => copyTree(from, to))).flat()
    }),
    remove: Effect.fn("ProjectFiles.remove")((path: string) =>
      Ref.update(tree, (files) => new Map([...files].filter(([file]) => !isWithin(file, normal(path)))))
    )
  })
}

const absent = "no such file or directory"
const isFolder = "illegal operation on a directory"

const normal = (path: string): string => `/${path.split("/").filter((part) => part !== "" && part !== ".").join("/")}`

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/"))

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

const isBehindFile = (files: FileTree, path: string): boolean => {
  for (let folder = parentOf(path); folder !== ""; folder = parentOf(folder)) {
    const file = files.get(folder)
    if (file !== undefined) return kindOf(file) !== "directory"
  }
  return false
}

const kindOf = (file: MemoryFile): FileEntry["kind"] => file.content === null ? "directory" : "file"

/** The tree with a file at a path and folders above it, or why it cannot be there. */
const withFile = (
  files: FileTree,
  path: string,
  file: MemoryFile
): FileTree | string => {
  const present = files.get(path)
  if (present !== undefined && kindOf(present) !== kindOf(file)) {
    return present.content === null ? isFolder : "file already exists"
  }
  const next = new Map(files)
  for (let folder = parentOf(path); folder !== ""; folder = parentOf(folder)) {
    const above = next.get(folder)
    if (above !== undefined && above.content !== null) return "not a directory"
    if (above === undefined) next.set(folder, { content: null, mode: null })
  }
  return next.set(path, file)
}

const treeOf = (initial: Readonly<Record<string, string>>): FileTree =>
  Object.entries(initial).reduce<FileTree>((files, [path, content]) => {
    const placed = withFile(files, normal(path), { content, mode: null })
    if (typeof placed === "string") throw new Error(`${path}: ${placed}`)
    return placed
  }, new Map())

const entriesOf = (files: FileTree, directory: string): ReadonlyArray<FileEntry> => {
  const prefix = directory === "/" ? "/" : `${directory}/`
  return [...files].flatMap(([path, file]): ReadonlyArray<FileEntry> => {
    const name = path.slice(prefix.length)
    return path.startsWith(prefix) && name !== "" && !name.includes("/") ? [{ path: name, kind: kindOf(file) }] : []
  }).sort((one, other) => one.path < other.path ? -1 : 1)
}
