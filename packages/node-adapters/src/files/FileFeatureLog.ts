import {
  appendToHistory,
  decodeLog,
  emptyHistory,
  type FeatureAddress,
  type FeatureHistory,
  FeatureLog,
  Host,
  type ListedFeature,
  LogCorrupt,
  type LogFault,
  LogUnavailable,
  type NewEntry,
  type Sha256
} from "@slipway/core"
import { type Duration, Effect, Layer, Result } from "effect"
import { isUtf8 } from "node:buffer"
import * as fs from "node:fs"
import { basename, dirname, join } from "node:path"
import { forceFolder } from "./AtomicFile.ts"
import { withFileLock } from "./FileLock.ts"
import { isAbsent, systemCode, systemWords } from "./SystemWords.ts"

/** How the lock of a repository's logs is waited for. */
export interface FileFeatureLogOptions {
  /** 30 seconds when absent. */
  readonly lockWait?: Duration.Input
}

/**
 * Features' logs as files of the main checkout: `.ai/projects/<feature>/events.jsonl`, and `.ai/projects/.lock` while one
 * of them is changed.
 *
 * A log without a whole line was never begun: it is as good as none. A symbolic link in the place of a feature's folder
 * or of its log is refused, wherever it leads: a checkout can hold links that its owner did not make.
 */
export const fileFeatureLogLayerWith = (
  options: FileFeatureLogOptions
): Layer.Layer<FeatureLog, never, Host> =>
  Layer.effect(
    FeatureLog,
    Effect.gen(function*() {
      const host = yield* Host

      const read = Effect.fn("FeatureLog.read")(function*(address: FeatureAddress) {
        const paths = pathsOf(address)
        if (!isFolderName(address.feature)) return yield* notAName(paths)
        return yield* Effect.fromResult(Result.map(readLog(paths, yield* loadHash), ({ history }) => history))
      })

      const names = Effect.fn("FeatureLog.names")((main: string) =>
        Effect.map(featureFolders(projectsOf(main)), (folders) => folders.map(({ name }) => name))
      )

      const readAll = Effect.fn("FeatureLog.readAll")(function*<A>(main: string, keep: (listed: ListedFeature) => A) {
        const hash = yield* loadHash
        const folders = yield* featureFolders(projectsOf(main))
        const kept: Array<A> = []
        for (const [index, { isFolder, name }] of folders.entries()) {
          const history = Result.map(readLog({ ...pathsOf({ main, feature: name }), isFolder }, hash), (log) =>
            log.history)
          if (Result.isFailure(history)) {
            kept.push(keep({ feature: name, history: Result.fail(history.failure) }))
          } else if (history.success !== null) {
            kept.push(keep({ feature: name, history: Result.succeed(history.success) }))
          }
          if (index % readAtOnce === readAtOnce - 1) {
            yield* Effect.yieldNow
          }
        }
        return kept
      })

      const append = Effect.fn("FeatureLog.append")(function*<E, R>(
        address: FeatureAddress,
        decide: (history: FeatureHistory | null) => Effect.Effect<NewEntry | null, E, R>
      ) {
        const hash = yield* loadHash
        const paths = pathsOf(address)
        if (!isFolderName(address.feature)) {
          return yield* notAName(paths)
        }
        yield* attempt(paths.projects, async () => {
          refuseLinkedProjects(paths.projects)
          await makeFolders(paths.projects)
        })
        const change = appendDecided(paths, decide, hash)
        const lock = withFileLock(join(paths.projects, ".lock"), { wait: options.lockWait ?? "30 seconds" })
        const outcome = yield* lock(Effect.result(change)).pipe(
          Effect.catchTag("FileUnavailable", ({ reason }) =>
            new LogUnavailable({ path: paths.log, reason })),
          Effect.provideService(Host, host)
        )
        return yield* Effect.fromResult(outcome)
      })

      return FeatureLog.of({ read, names, readAll, append })
    })
  )

/** {@link fileFeatureLogLayerWith} the usual wait for the lock. */
export const fileFeatureLogLayer: Layer.Layer<FeatureLog, never, Host> = fileFeatureLogLayerWith({})

/** Logs that are read in one go, before others have their turn: some milliseconds. */
const readAtOnce = 256

interface LogPaths {
  /** Whether the folder is known to be one, and no link. */
  readonly isFolder?: boolean
  /** Folder of all features. */
  readonly projects: string
  readonly folder: string
  readonly log: string
}

const projectsOf = (main: string): string => join(main, ".ai", "projects")

const pathsOf = ({ feature, main }: FeatureAddress): LogPaths => {
  const projects = projectsOf(main)
  const folder = join(projects, feature)
  return { projects, folder, log: pathIn(folder) }
}

const pathIn = (folder: string): string => join(folder, "events.jsonl")

/** Whether a feature's name is that of one folder, and none of Slipway's own or of the system's. */
const isFolderName = (name: string): boolean => !/^\.|[/\\\0]/u.test(name) && basename(name) === name && name !== ""

const notAName = ({ log }: LogPaths) => new LogUnavailable({ path: log, reason: "its feature's name is no folder's" })

const attempt = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, LogUnavailable> =>
  Effect.tryPromise({ try: run, catch: (error) => new LogUnavailable({ path, reason: reasonOf(error) }) })

/** The system's SHA-256, loaded when a log is first read: it would cost every start. */
const loadHash: Effect.Effect<Sha256> = Effect.promise(async () => {
  const { hash } = await import("node:crypto")
  return (text) => hash("sha256", text)
})

/** The folders that can be features', sorted. Links are among them: they are refused where they are read. */
const featureFolders = (
  projects: string
): Effect.Effect<ReadonlyArray<{ readonly name: string; readonly isFolder: boolean }>, LogUnavailable> =>
  Effect.try({
    try: () => {
      refuseLinkedProjects(projects)
      try {
        return fs.readdirSync(projects, { withFileTypes: true })
          .filter((entry) => isFolderName(entry.name) && (entry.isDirectory() || isLinkToLog(projects, entry)))
          .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
          .sort((one, other) => one.name < other.name ? -1 : 1)
      } catch (error) {
        if (isAbsent(error)) return []
        throw error
      }
    },
    catch: (error) => new LogUnavailable({ path: projects, reason: reasonOf(error) })
  })

const isLinkToLog = (projects: string, entry: fs.Dirent): boolean =>
  entry.isSymbolicLink() && fs.existsSync(pathIn(join(projects, entry.name)))

/** A log as it stands in its file. */
interface StoredLog {
  /** Null without a whole line. */
  readonly history: FeatureHistory | null
  /** Bytes up to the end of the last whole line. */
  readonly whole: number
  /** Bytes of the file; null without one. */
  readonly size: number | null
}

/**
 * Reads a log. A fault is looked at again as long as the file changes: who reads in pieces while others write can see
 * the start of what was cut off, and the end of what was written in its place.
 */
const readLog = (
  paths: LogPaths,
  hash: Sha256,
  before: string | null = null
): Result.Result<StoredLog, LogFault | LogUnavailable> => {
  const found = Result.try({
    try: () => readText(paths),
    catch: (error) => new LogUnavailable({ path: paths.log, reason: reasonOf(error) })
  })
  if (Result.isFailure(found)) return Result.fail(found.failure)
  if (found.success === null) return Result.succeed({ history: null, whole: 0, size: null })
  const { invalid, size, text, whole } = found.success
  const decoded = invalid === null
    ? decodeLog(text, paths.log, hash)
    : Result.fail(new LogCorrupt({ path: paths.log, line: invalid, reason: "it is no UTF-8" }))
  return Result.isFailure(decoded) && text !== before
    ? readLog(paths, hash, text)
    : Result.map(decoded, (history) => ({
      history: history.entries.length === 0 ? null : history,
      whole,
      size
    }))
}

// A pipe of that name is not waited for.
const readFlags = fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0)

interface LogText {
  readonly text: string
  /** Bytes of it. */
  readonly size: number
  /** Bytes up to the end of the last whole line. */
  readonly whole: number
  /** The first whole line that is no UTF-8; null when all are. */
  readonly invalid: number | null
}

/** Null when there is no log. */
const readText = (paths: LogPaths): LogText | null => {
  refuseLinks(paths)
  try {
    // One call in these words, and several times faster than by bytes.
    const text = fs.readFileSync(paths.log, { encoding: "utf8", flag: readFlags })
    if (text.includes("\uFFFD")) return textOf(fs.readFileSync(paths.log, { flag: readFlags }))
    const size = Buffer.byteLength(text)
    return { text, size, whole: size - Buffer.byteLength(text.slice(text.lastIndexOf("\n") + 1)), invalid: null }
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

/** The text of bytes of which some may be no UTF-8: a line that was cut in the middle of a character is a torn one. */
const textOf = (bytes: Buffer): LogText => {
  const whole = bytes.lastIndexOf("\n") + 1
  const lines = isUtf8(bytes.subarray(0, whole)) ? [] : bytes.toString("latin1", 0, whole).split("\n")
  const invalid = lines.findIndex((line) => !isUtf8(Buffer.from(line, "latin1")))
  return { text: bytes.toString("utf8"), size: bytes.length, whole, invalid: invalid === -1 ? null : invalid + 1 }
}

const isLink = (path: string): boolean => fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true

/** Throws when the folder of all features, or the one around it, is a link: it may lead out of the checkout. */
const refuseLinkedProjects = (projects: string): void => {
  const linked = [dirname(projects), projects].find(isLink)
  if (linked !== undefined) throw new Error(`${linked} is a symbolic link, which is not followed`)
}

/** Throws when there is a link where a feature's folder or its log is to be. */
const refuseLinks = ({ folder, isFolder, log, projects }: LogPaths): void => {
  if (isFolder !== true) {
    refuseLinkedProjects(projects)
    if (isLink(folder)) throw new Error("its folder is a symbolic link, which is not followed")
  }
  // Elsewhere the system refuses a link when the file is opened.
  if (fs.constants.O_NOFOLLOW === undefined && isLink(log)) throw new Error(linkNotFollowed)
}

const linkNotFollowed = "it is a symbolic link, which is not followed"

const reasonOf = (error: unknown): string => systemCode(error) === "ELOOP" ? linkNotFollowed : systemWords(error)

const appendDecided = Effect.fnUntraced(function*<E, R>(
  paths: LogPaths,
  decide: (history: FeatureHistory | null) => Effect.Effect<NewEntry | null, E, R>,
  hash: Sha256
) {
  const before = yield* Effect.fromResult(readLog(paths, hash))
  const entry = yield* decide(before.history)
  if (entry === null) return before.history ?? emptyHistory
  const { history, line } = appendToHistory(before.history, entry, hash)
  // An interrupted promise would go on in the background, when the lock is gone.
  yield* Effect.uninterruptible(attempt(paths.log, () => appendLine(paths, before, `${line}\n`)))
  return history
})

const appendLine = async (paths: LogPaths, before: StoredLog, line: string): Promise<void> => {
  if (before.size !== null) return writeLine(paths, before, line)
  const isNewFolder = await makeFolders(paths.folder)
  try {
    await writeLine(paths, before, line)
    await forceFolder(paths.folder)
  } catch (error) {
    if (isNewFolder) await quietly(() => fs.promises.rmdir(paths.folder))
    throw error
  }
}

const writeLine = async (paths: LogPaths, { size, whole }: StoredLog, line: string): Promise<void> => {
  refuseLinks(paths)
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = fs.constants
  const flags = O_RDWR | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0) | (size === null ? O_CREAT | O_EXCL : 0)
  const file = await fs.promises.open(paths.log, flags)
  try {
    await cutTail(file, { size: size ?? 0, whole })
  } catch (error) {
    await file.close()
    throw error
  }
  try {
    await writeAll(file, Buffer.from(line), whole)
    await file.sync()
  } catch (error) {
    // What cannot be taken back is a torn line, if it is anything.
    await quietly(() => size === null ? fs.promises.unlink(paths.log) : file.truncate(whole))
    throw error
  } finally {
    await file.close()
  }
}

const cutTail = async (
  file: fs.promises.FileHandle,
  { size, whole }: { readonly size: number; readonly whole: number }
): Promise<void> => {
  const found = await file.stat()
  if (!found.isFile()) throw new Error("it is not a regular file")
  if (found.size !== size) throw new Error("something else has changed it just now")
  if (size !== whole) await file.truncate(whole)
}

/** Writes in one call, and goes on only where that wrote a part: to hear from the system why. */
const writeAll = async (file: fs.promises.FileHandle, bytes: Buffer, position: number): Promise<void> => {
  const { bytesWritten } = await file.write(bytes, 0, bytes.length, position)
  if (bytesWritten < bytes.length) await writeAll(file, bytes.subarray(bytesWritten), position + bytesWritten)
}

const quietly = async (run: () => Promise<unknown>): Promise<void> => {
  try {
    await run()
  } catch {
    // What went wrong before is what matters.
  }
}

/** Makes a folder and those above it, so that a power cut leaves them. Gives whether it was not there. */
const makeFolders = async (path: string): Promise<boolean> => {
  const first = await fs.promises.mkdir(path, { recursive: true })
  if (first === undefined) return false
  for (let made = path; made.length >= first.length; made = dirname(made)) await forceFolder(dirname(made))
  return true
}
