import {
  type CopyOptions,
  type FileEntry,
  FileUnavailable,
  ProjectFiles,
  type ReadOptions,
  type WriteOptions
} from "@slipway/core"
import { Array, Effect, Layer } from "effect"
import { constants, type Dirent, readFileSync } from "node:fs"
import * as fs from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { isAbsent, systemCode, systemWords } from "./SystemWords.ts"

/** How many files are copied at once. */
const copyConcurrency = 8

/**
 * The files of this machine.
 *
 * A write never goes through a link: the link is replaced, what it leads to stays. A file that is rewritten without a
 * mode keeps the one it has. Text is UTF-8; a file that is not is refused, so that rewriting it damages nothing.
 */
export const nodeProjectFilesLayer: Layer.Layer<ProjectFiles> = Layer.sync(ProjectFiles, () => {
  const read = Effect.fn("ProjectFiles.read")((path: string, options?: ReadOptions) =>
    attempt("read", path, async () => {
      const bytes = await absentAsNull(fs.readFile(path, { flag: readFlags(options) }))
      return bytes === null ? null : decodeText(bytes)
    })
  )

  const readMany = Effect.fn("ProjectFiles.readMany")((paths: ReadonlyArray<string>) =>
    Effect.map(
      Effect.forEach(Array.chunksOf(paths, readTogether), (some) => readNow(some)),
      (texts) => texts.flat()
    )
  )

  const kind = Effect.fn("ProjectFiles.kind")((path: string) => attempt("read", path, () => kindOf(path)))

  const write = Effect.fn("ProjectFiles.write")((path: string, content: string, options?: WriteOptions) =>
    attempt("write", path, () => writeAtomically(path, content, options?.mode))
  )

  const makeDirectory = Effect.fn("ProjectFiles.makeDirectory")((path: string, options?: WriteOptions) =>
    attempt("write", path, async () => {
      await fs.mkdir(path, { recursive: true })
      if (options?.mode !== undefined) await fs.chmod(path, options.mode)
    })
  )

  const list = Effect.fn("ProjectFiles.list")((directory: string) =>
    attempt("list", directory, async () => {
      if (await absentAsNull(fs.lstat(directory)) === null) return []
      const entries = await fs.readdir(directory, { withFileTypes: true })
      const found = await Promise.all(entries.map((entry) => describeEntry(directory, entry)))
      return found.sort((one, other) => one.path < other.path ? -1 : 1)
    })
  )

  const copy = Effect.fn("ProjectFiles.copy")(function*(
    pairs: ReadonlyArray<{ readonly from: string; readonly to: string }>,
    options?: CopyOptions
  ) {
    const canHold = folderCheck(options?.below)
    const written = yield* Effect.forEach(
      pairs,
      ({ from, to }) =>
        attempt(
          "copy",
          from,
          async () => copyTree(options?.follow === true ? await fs.realpath(from) : from, to, canHold)
        ),
      { concurrency: copyConcurrency }
    )
    return written.flat()
  })

  const remove = Effect.fn("ProjectFiles.remove")((path: string) =>
    attempt("remove", path, async () => {
      await absentAsNull(fs.rm(resolve(path), { recursive: true, force: true, maxRetries: 3 }))
    })
  )

  return ProjectFiles.of({ read, readMany, kind, write, makeDirectory, list, copy, remove })
})

/** What waits for a writer, a pipe of that name, is not waited for: it is as if it were empty. */
const readFlags = ({ follow = true }: ReadOptions = {}): number =>
  constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (follow ? 0 : constants.O_NOFOLLOW ?? 0)

/** How many files are read before others have their turn. */
const readTogether = 200

/** Reads small files at once: a promise for each takes several times as long as the reading. */
const readNow = (paths: ReadonlyArray<string>) =>
  Effect.andThen(
    Effect.yieldNow,
    Effect.forEach(paths, (path) =>
      Effect.try({
        try: () => textOrNull(path),
        catch: (error) => new FileUnavailable({ path, action: "read", reason: systemWords(error) })
      }))
  )

const textOrNull = (path: string): string | null => {
  try {
    const text = readFileSync(path, { encoding: "utf8", flag: readFlags() })
    // Stands for what is no UTF-8, or for itself.
    return text.includes("\uFFFD") ? decodeText(readFileSync(path, { flag: readFlags() })) : text
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

/** Runs to its end once begun: an interrupted write would go on in the background. */
const attempt = <A>(action: FileUnavailable["action"], path: string, run: () => Promise<A>) =>
  Effect.uninterruptible(Effect.tryPromise({
    try: run,
    catch: (error) => new FileUnavailable({ path, action, reason: systemWords(error) })
  }))

const absentAsNull = async <A>(result: Promise<A>): Promise<A | null> => {
  try {
    return await result
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

const decodeText = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Error("it is not UTF-8 text")
  }
}

const kindOf = async (path: string): Promise<FileEntry["kind"] | null> => {
  const stats = await absentAsNull(fs.stat(path))
  if (stats === null) return null
  return stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other"
}

const describeEntry = async (directory: string, entry: Dirent): Promise<FileEntry> => {
  if (entry.isFile()) return { path: entry.name, kind: "file" }
  if (entry.isDirectory()) return { path: entry.name, kind: "directory" }
  return { path: entry.name, kind: await kindOf(join(directory, entry.name)) ?? "other" }
}

let temporaryFiles = 0

/** A free name beside the target: a rename within one folder is atomic. */
const temporaryBeside = (target: string): string => {
  temporaryFiles += 1
  return join(dirname(target), `.slipway-${process.pid}-${temporaryFiles}.tmp`)
}

/**
 * Has `make` make a temporary file beside the target, then `place` put it there. A name left by a dead process of the
 * same id is passed over.
 */
const throughTemporary = async (
  target: string,
  make: (temporary: string) => Promise<void>,
  place: (temporary: string) => Promise<void>
): Promise<void> => {
  const temporary = temporaryBeside(target)
  try {
    await make(temporary)
  } catch (error) {
    if (systemCode(error) === "EEXIST") return throughTemporary(target, make, place)
    await fs.rm(temporary, { force: true })
    throw error
  }
  try {
    await place(temporary)
  } catch (error) {
    await fs.rm(temporary, { force: true })
    throw error
  }
}

const writeAtomically = async (path: string, content: string, mode: number | undefined): Promise<void> => {
  await fs.mkdir(dirname(path), { recursive: true })
  const present = await absentAsNull(fs.lstat(path))
  const kept = mode ?? (present?.isFile() ? present.mode & 0o777 : undefined)
  await throughTemporary(path, async (temporary) => {
    const file = await fs.open(temporary, "wx", kept === undefined ? 0o666 : kept & 0o600)
    try {
      await file.writeFile(content)
      if (kept !== undefined) await file.chmod(kept)
      await file.sync()
    } finally {
      await file.close()
    }
  }, (temporary) => fs.rename(temporary, path))
}

/** Tells whether a folder is there or can be made, with no file in the way and no link that leads out of `below`. */
const folderCheck = (below: string | undefined): (folder: string) => Promise<boolean> => {
  const known = new Map<string, Promise<boolean>>()
  const check = async (folder: string): Promise<boolean> => {
    if (await absentAsNull(fs.lstat(folder)) === null) return canHold(dirname(folder))
    const real = await absentAsNull(fs.realpath(folder))
    if (real === null || !(await fs.stat(real)).isDirectory()) return false
    return below === undefined || `${real}/`.startsWith(`${await fs.realpath(below)}/`)
  }
  const canHold = (folder: string): Promise<boolean> => {
    const found = known.get(folder) ?? check(folder)
    known.set(folder, found)
    return found
  }
  return canHold
}

/** Copies a file, a link as a link, or a folder with all that is in it; gives the files and links that were written. */
const copyTree = async (
  from: string,
  to: string,
  canHold: (folder: string) => Promise<boolean>
): Promise<ReadonlyArray<string>> => {
  const source = await fs.lstat(from)
  if (source.isDirectory()) {
    const written: Array<string> = []
    for (const entry of (await fs.readdir(from)).sort()) {
      written.push(...await copyTree(join(from, entry), join(to, entry), canHold))
    }
    return written
  }
  if (!source.isFile() && !source.isSymbolicLink()) throw new Error("it is neither a file nor a folder")
  if (await absentAsNull(fs.lstat(to)) !== null || !await canHold(dirname(to))) return []
  await fs.mkdir(dirname(to), { recursive: true })
  const make = source.isSymbolicLink()
    ? async (temporary: string) => fs.symlink(await fs.readlink(from), temporary)
    : (temporary: string) => fs.copyFile(from, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  await throughTemporary(to, make, (temporary) => fs.rename(temporary, to))
  return [to]
}
