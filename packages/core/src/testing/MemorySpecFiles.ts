import { Context, Effect, Layer, Ref, Semaphore } from "effect"
import { FileUnavailable } from "../project/ProjectFiles.ts"
import { type FolderEntry, type PathKind, SpecFiles } from "../spec/SpecFiles.ts"
import { type FileTree, type MemoryFile, MemoryFileTree } from "./MemoryProjectFiles.ts"

/** The links of a {@link memorySpecFilesLayer}: absolute path to the absolute path that each leads to. */
export class MemoryLinks extends Context.Service<MemoryLinks, Ref.Ref<ReadonlyMap<string, string>>>()(
  "@slipway/core/testing/MemorySpecFiles/MemoryLinks"
) {}

/**
 * Links and moves among the files in memory. Nothing is read through a link: those who read files in memory see only
 * what stands at a path itself.
 */
export const memorySpecFilesLayer: Layer.Layer<SpecFiles | MemoryLinks, never, MemoryFileTree> = Layer.effect(
  SpecFiles,
  Effect.gen(function*() {
    return memorySpecFiles(yield* MemoryFileTree, yield* MemoryLinks, yield* Semaphore.make(1))
  })
).pipe(Layer.provideMerge(Layer.effect(MemoryLinks, Ref.make<ReadonlyMap<string, string>>(new Map()))))

interface Seen {
  readonly files: FileTree
  readonly links: ReadonlyMap<string, string>
}

const memorySpecFiles = (
  tree: MemoryFileTree["Service"],
  linksRef: MemoryLinks["Service"],
  lock: Semaphore.Semaphore
): SpecFiles["Service"] => {
  const seen: Effect.Effect<Seen> = Effect.all({ files: Ref.get(tree), links: Ref.get(linksRef) })
  const refuse = (path: string, action: FileUnavailable["action"], reason: string) =>
    new FileUnavailable({ path, action, reason })

  const list = Effect.fn("SpecFiles.list")(function*(directory: string) {
    const now = yield* seen
    const folder = now.files.get(directory)
    if (folder === undefined) return []
    if (folder.content !== null) return yield* refuse(directory, "list", "not a directory")
    return entriesOf(now, directory)
  })

  const makeLink = Effect.fn("SpecFiles.makeLink")(function*(path: string, target: string) {
    const now = yield* seen
    if (kindOf(now, path) !== null) return yield* refuse(path, "write", "file already exists")
    if (isBehindFile(now, path)) return yield* refuse(path, "write", "not a directory")
    yield* Ref.update(tree, (files) => withFolders(files, parentOf(path)))
    yield* Ref.update(linksRef, (links) => new Map(links).set(path, resolved(parentOf(path), target)))
  })

  const removeLink = Effect.fn("SpecFiles.removeLink")(function*(path: string) {
    const kind = kindOf(yield* seen, path)
    if (kind !== null && kind !== "link") return yield* refuse(path, "remove", "it is no link")
    yield* Ref.update(linksRef, (links) => new Map([...links].filter(([each]) => each !== path)))
  })

  const move = Effect.fn("SpecFiles.move")(function*(from: string, to: string) {
    const now = yield* seen
    if (kindOf(now, from) === null) return yield* refuse(from, "write", "no such file or directory")
    if (isBehindFile(now, to)) return yield* refuse(to, "write", "not a directory")
    const isThere = kindOf(now, to) !== null
    if (isThere && !isSame(now, from, to)) return false
    const moved = (path: string) => `${to}${path.slice(from.length)}`
    yield* Ref.update(tree, (files) =>
      new Map([
        ...withFolders(files, parentOf(to)),
        ...[...files].filter(([path]) => isWithin(path, from)).map(([path, file]) => [moved(path), file] as const)
      ].filter(([path]) => !isWithin(path, from))))
    yield* Ref.update(
      linksRef,
      (links) => new Map([...links].map(([path, target]) => [isWithin(path, from) ? moved(path) : path, target]))
    )
    return true
  })

  const removeEmptyFolder = Effect.fn("SpecFiles.removeEmptyFolder")(function*(path: string) {
    const now = yield* seen
    if (kindOf(now, path) !== "directory" || entriesOf(now, path).length > 0) return
    yield* Ref.update(tree, (files) => new Map([...files].filter(([each]) => each !== path)))
  })

  return SpecFiles.of({
    kind: Effect.fn("SpecFiles.kind")((path: string) => Effect.map(seen, (now) => kindOf(now, path))),
    list,
    linkTarget: Effect.fn("SpecFiles.linkTarget")((path: string) =>
      Effect.map(Ref.get(linksRef), (links) => links.get(path) ?? null)
    ),
    makeLink,
    removeLink,
    move,
    isSame: Effect.fn("SpecFiles.isSame")((one: string, other: string) =>
      Effect.map(seen, (now) => isSame(now, one, other))
    ),
    removeEmptyFolder,
    exclusively: () => lock.withPermits(1)
  })
}

const kindOf = ({ files, links }: Seen, path: string): PathKind | null => {
  if (links.has(path)) return "link"
  const file = files.get(path)
  return file === undefined ? null : file.content === null ? "directory" : "file"
}

const isSame = ({ files, links }: Seen, one: string, other: string): boolean => {
  const target = links.get(one)
  if (target !== undefined) return target === links.get(other)
  const content = files.get(one)?.content ?? null
  return content !== null && content === files.get(other)?.content
}

const entriesOf = (now: Seen, directory: string): ReadonlyArray<FolderEntry> =>
  [...new Set([...now.files.keys(), ...now.links.keys()])].flatMap((path): ReadonlyArray<FolderEntry> => {
    const kind = kindOf(now, path)
    return kind !== null && parentOf(path) === directory ? [{ name: path.slice(directory.length + 1), kind }] : []
  }).sort((one, other) => one.name < other.name ? -1 : 1)

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/"))

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

const isBehindFile = (now: Seen, path: string): boolean => {
  for (let folder = parentOf(path); folder !== ""; folder = parentOf(folder)) {
    if (kindOf(now, folder) === "file") return true
  }
  return false
}

const withFolders = (files: FileTree, folder: string): FileTree => {
  const next = new Map<string, MemoryFile>(files)
  for (let path = folder; path !== ""; path = parentOf(path)) {
    if (!next.has(path)) next.set(path, { content: null, mode: null })
  }
  return next
}

const resolved = (folder: string, target: string): string => {
  const parts = target.startsWith("/") ? [] : folder.split("/")
  for (const part of target.split("/")) {
    if (part === "..") parts.pop()
    else if (part !== "." && part !== "") parts.push(part)
  }
  return parts[0] === "" ? parts.join("/") : `/${parts.join("/")}`
}
