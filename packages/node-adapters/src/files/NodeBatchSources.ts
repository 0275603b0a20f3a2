import { type BatchSource, BatchSources, type FolderValue, SourceUnavailable } from "@slipway/core"
import { Effect, Layer } from "effect"
import { isUtf8 } from "node:buffer"
import { constants, createReadStream, type Stats } from "node:fs"
import * as fs from "node:fs/promises"
import { join, resolve } from "node:path"
import type { Readable } from "node:stream"
import { isAbsent, systemWords } from "./SystemWords.ts"

/** Where standard input comes from. */
export interface NodeBatchSourcesOptions {
  /** That of this process when absent. */
  readonly stdin?: () => Readable
}

/** The largest file that is read, in bytes. */
const largestFile = 64 << 20

/**
 * Batches' files among those of this machine. Links are followed, as Kubernetes mounts ConfigMaps with them; names that
 * begin with a dot are passed over in folders. Of what is no regular file only standard input and the pipes of a shell's
 * `<(…)` are read. Standard input is read once, and is the same for all who ask for it.
 */
export const nodeBatchSourcesLayerWith = (options: NodeBatchSourcesOptions): Layer.Layer<BatchSources> =>
  Layer.effect(
    BatchSources,
    Effect.gen(function*() {
      const openInput = options.stdin ?? (() => process.stdin)
      const input = yield* Effect.cached(Effect.suspend(() => readStream("-", openInput())))

      const readOne = (
        directory: string,
        source: string
      ): Effect.Effect<ReadonlyArray<BatchSource>, SourceUnavailable> =>
        Effect.gen(function*() {
          if (source === "-") return [yield* textOf(source, yield* input)]
          const path = yield* pathOf(directory, source)
          if (isInput(path)) return [yield* textOf(source, yield* input)]
          const found = yield* attempt(source, () => fs.stat(path))
          if (!found.isDirectory()) return [yield* textOf(source, yield* readFile(source, path, found))]
          const texts = yield* manifestsIn(source, path)
          if (texts.length > 0) return texts
          return yield* new SourceUnavailable({ source, reason: "no .yaml, .yml or .json file is in it" })
        })

      const read = Effect.fn("BatchSources.read")((directory: string, files: ReadonlyArray<string>) =>
        Effect.map(Effect.forEach(files, (source) => readOne(directory, source)), (found) => found.flat())
      )

      const readFolder = Effect.fn("BatchSources.readFolder")(function*(directory: string, source: string) {
        const path = yield* pathOf(directory, source)
        if (!(yield* attempt(source, () => fs.stat(path))).isDirectory()) {
          return yield* new SourceUnavailable({ source, reason: "it is no folder" })
        }
        return { texts: yield* manifestsIn(source, path), values: yield* valuesIn(source, path) }
      })

      return BatchSources.of({ read, readFolder })
    })
  )

/** {@link nodeBatchSourcesLayerWith} the standard input of this process. */
export const nodeBatchSourcesLayer: Layer.Layer<BatchSources> = nodeBatchSourcesLayerWith({})

const attempt = <A>(source: string, run: () => Promise<A>): Effect.Effect<A, SourceUnavailable> =>
  Effect.tryPromise({ try: run, catch: (error) => new SourceUnavailable({ source, reason: systemWords(error) }) })

const pathOf = (directory: string, source: string): Effect.Effect<string, SourceUnavailable> =>
  source === "" || source.includes("\0")
    ? Effect.fail(new SourceUnavailable({ source: JSON.stringify(source), reason: "it names no file" }))
    : Effect.succeed(resolve(directory, source))

const isInput = (path: string): boolean => path === "/dev/stdin" || path === "/dev/fd/0"

/** How a shell hands over the output of a program as a file. */
const isInherited = (path: string): boolean => /^\/(?:dev|proc\/self)\/fd\/\d+$/u.test(path)

const readFile = (source: string, path: string, found: Stats): Effect.Effect<Uint8Array, SourceUnavailable> => {
  if (isInherited(path) && !found.isDirectory()) return Effect.suspend(() => readStream(source, createReadStream(path)))
  if (!found.isFile()) {
    return Effect.fail(
      new SourceUnavailable({ source, reason: "it is a pipe, a socket or a device, not a regular file" })
    )
  }
  if (found.size > largestFile) return Effect.fail(tooLarge(source))
  return Effect.filterOrFail(
    attempt(source, () => readRegular(path)),
    (bytes) => bytes.length <= largestFile,
    () => tooLarge(source)
  )
}

/** What was put in the place of a regular file meanwhile is not waited for. */
const readRegular = async (path: string): Promise<Uint8Array> => {
  const file = await fs.open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    if (!(await file.stat()).isFile()) throw new Error("it is not a regular file")
    return await file.readFile()
  } finally {
    await file.close()
  }
}

const tooLarge = (source: string) =>
  new SourceUnavailable({ source, reason: `it is larger than ${largestFile >> 20} MiB` })

/** All that a stream gives; waiting for it can be interrupted. */
const readStream = (source: string, stream: Readable): Effect.Effect<Uint8Array, SourceUnavailable> =>
  Effect.callback<Uint8Array, SourceUnavailable>((resume) => {
    const pieces: Array<Uint8Array> = []
    let size = 0
    const fail = (problem: SourceUnavailable) => {
      forget()
      stream.destroy()
      resume(Effect.fail(problem))
    }
    const onData = (piece: Uint8Array | string) => {
      const bytes = Buffer.from(piece)
      size += bytes.length
      pieces.push(bytes)
      if (size > largestFile) fail(tooLarge(source))
    }
    const onEnd = () => {
      forget()
      resume(Effect.succeed(Buffer.concat(pieces)))
    }
    const onError = (error: unknown) => fail(new SourceUnavailable({ source, reason: systemWords(error) }))
    const forget = () => stream.off("data", onData).off("end", onEnd).off("close", onEnd).off("error", onError)
    if (stream.readableEnded || stream.destroyed) return onEnd()
    stream.on("data", onData).on("end", onEnd).on("close", onEnd).on("error", onError)
    return Effect.sync(() => {
      forget()
      stream.destroy()
    })
  })

const textOf = (source: string, bytes: Uint8Array): Effect.Effect<BatchSource, SourceUnavailable> =>
  isUtf8(bytes)
    ? Effect.succeed({ source, text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8") })
    : Effect.fail(new SourceUnavailable({ source, reason: "it is no text in UTF-8" }))

/** What is in a folder, links followed. */
interface FoundEntry {
  readonly name: string
  /** As the user would name it. */
  readonly source: string
  readonly path: string
  readonly stats: Stats
}

const entriesOf = Effect.fnUntraced(function*(source: string, path: string) {
  const names = yield* attempt(source, () => fs.readdir(path))
  const visible = names.filter((name) => !name.startsWith(".")).sort()
  const entries = yield* Effect.forEach(visible, (name): Effect.Effect<FoundEntry | null, SourceUnavailable> => {
    const entry = { name, source: join(source, name), path: join(path, name) }
    return Effect.map(attempt(entry.source, () => statOrNull(entry.path)), (stats) => stats && { ...entry, stats })
  }, { concurrency: 8 })
  return entries.filter((entry) => entry !== null)
})

/** Null for what has gone since the folder was read, and for a link that leads nowhere. */
const statOrNull = async (path: string): Promise<Stats | null> => {
  try {
    return await fs.stat(path)
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

const isManifest = ({ name, stats }: FoundEntry): boolean => /\.(?:ya?ml|json)$/u.test(name) && !stats.isDirectory()

const manifestsIn = Effect.fnUntraced(function*(folder: string, path: string) {
  const entries = (yield* entriesOf(folder, path)).filter(isManifest)
  return yield* Effect.forEach(
    entries,
    ({ path: file, source, stats }) => Effect.flatMap(readFile(source, file, stats), (bytes) => textOf(source, bytes)),
    { concurrency: 8 }
  )
})

const kindsOfFolders: ReadonlyMap<string, FolderValue["kind"]> = new Map([
  ["configmaps", "ConfigMap"],
  ["secrets", "Secret"]
])

const valuesIn = Effect.fnUntraced(function*(folder: string, path: string) {
  const values: Array<FolderValue> = []
  for (const entry of (yield* entriesOf(folder, path)).filter(({ stats }) => stats.isDirectory())) {
    const inside = yield* entriesOf(entry.source, entry.path)
    values.push(...yield* keysOf("any", entry.name, inside))
    const kind = kindsOfFolders.get(entry.name)
    if (kind === undefined) continue
    for (const { name, path: named, source, stats } of inside) {
      if (stats.isDirectory()) values.push(...yield* keysOf(kind, name, yield* entriesOf(source, named)))
    }
  }
  return values
})

/** The files of a folder as the keys of an object; folders in it are none. */
const keysOf = (kind: FolderValue["kind"], name: string, inside: ReadonlyArray<FoundEntry>) =>
  Effect.forEach(
    inside.filter(({ stats }) => !stats.isDirectory()),
    ({ name: key, path, source, stats }): Effect.Effect<FolderValue, SourceUnavailable> =>
      Effect.map(readFile(source, path, stats), (bytes) => ({ kind, name, key, bytes })),
    { concurrency: 8 }
  )
