import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Effect, Layer } from "effect"
import { type BatchSource, BatchSources, type FolderValue, SourceUnavailable } from "../batch/source/BatchSources.ts"

/** What {@link memoryBatchSourcesLayer} reads. */
export interface MemoryBatchFiles {
  /** Absolute path to a file's text. */
  readonly files: Readonly<Record<string, string>>
  /** Standard input; nothing when absent. */
  readonly stdin?: string
}

/**
 * Batches' files in memory.
 *
 * @example
 * memoryBatchSourcesLayer({ files: { "/code/batch.yaml": "kind: Batch", "/code/values/notes/todo.md": "all" } })
 */
export const memoryBatchSourcesLayer = ({ files, stdin = "" }: MemoryBatchFiles): Layer.Layer<BatchSources> => {
  const below = (folder: string): ReadonlyArray<FileBelow> =>
    Object.entries(files).flatMap(([path, text]) => {
      if (!path.startsWith(`${folder}/`)) return []
      const parts = path.slice(folder.length + 1).split("/")
      return parts.some((part) => part.startsWith(".")) ? [] : [{ parts, text }]
    }).sort((one, other) => one.parts.join("/") < other.parts.join("/") ? -1 : 1)

  const manifestsIn = (source: string, path: string): ReadonlyArray<BatchSource> =>
    below(path).flatMap(({ parts: [name = "", ...rest], text }) =>
      rest.length === 0 && /\.(?:ya?ml|json)$/u.test(name) ? [{ source: `${source}/${name}`, text }] : []
    )

  const readOne = Effect.fnUntraced(function*(directory: string, source: string) {
    if (source === "-") return [{ source, text: stdin }]
    const path = resolved(directory, source)
    const text = files[path]
    if (text !== undefined) return [{ source, text }]
    if (below(path).length === 0) return yield* new SourceUnavailable({ source, reason: absent })
    const texts = manifestsIn(source, path)
    if (texts.length > 0) return texts
    return yield* new SourceUnavailable({ source, reason: "no .yaml, .yml or .json file is in it" })
  })

  return Layer.succeed(
    BatchSources,
    BatchSources.of({
      read: Effect.fn("BatchSources.read")((directory: string, sources: ReadonlyArray<string>) =>
        Effect.map(Effect.forEach(sources, (source) => readOne(directory, source)), (found) => found.flat())
      ),
      readFolder: Effect.fn("BatchSources.readFolder")(function*(directory: string, source: string) {
        const path = resolved(directory, source)
        if (files[path] !== undefined) return yield* new SourceUnavailable({ source, reason: "it is no folder" })
        const inside = below(path)
        if (inside.length === 0) return yield* new SourceUnavailable({ source, reason: absent })
        return { texts: manifestsIn(source, path), values: inside.flatMap(valueOf) }
      })
    })
  )
}

interface FileBelow {
  readonly parts: ReadonlyArray<string>
  readonly text: string
}

const absent = "no such file or directory (ENOENT)"

const valueOf = ({ parts, text }: FileBelow): ReadonlyArray<FolderValue> => {
  const bytes = utf8ToBytes(text)
  const [first = "", second = "", third] = parts
  if (parts.length === 2) return [{ kind: "any", name: first, key: second, bytes }]
  if (parts.length !== 3 || third === undefined) return []
  if (first === "configmaps") return [{ kind: "ConfigMap", name: second, key: third, bytes }]
  return first === "secrets" ? [{ kind: "Secret", name: second, key: third, bytes }] : []
}

const resolved = (directory: string, source: string): string => {
  const parts: Array<string> = []
  for (const part of (source.startsWith("/") ? source : `${directory}/${source}`).split("/")) {
    if (part === "..") parts.pop()
    else if (part !== "." && part !== "") parts.push(part)
  }
  return `/${parts.join("/")}`
}
