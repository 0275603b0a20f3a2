import type { RunUnavailable } from "@slipway/core"
import { Effect, type Scope, Semaphore } from "effect"
import * as fs from "node:fs/promises"
import { dirname } from "node:path"
import { attemptOn } from "./BatchRunFolder.ts"
import { writeAll } from "./RunJournalFile.ts"
import { systemCode } from "./SystemWords.ts"

/** The logs that this process writes. */
export interface AttemptLogs {
  /** Appends to a log: all of it, or, when that fails, nothing. */
  readonly append: (path: string, bytes: Uint8Array) => Effect.Effect<void, RunUnavailable>
  /** Ends a log: it becomes read-only, which tells those who follow it. */
  readonly close: (path: string) => Effect.Effect<void>
  /** Lets go of the logs below a folder, without ending them. */
  readonly release: (folder: string) => Effect.Effect<void>
}

interface OpenLog {
  readonly oneAtATime: Semaphore.Semaphore
  file: fs.FileHandle | null
  size: number
}

/** Keeps a log open from the first append until it is closed, or the scope closes. */
export const makeAttemptLogs: Effect.Effect<AttemptLogs, never, Scope.Scope> = Effect.gen(function*() {
  const logs = new Map<string, OpenLog>()

  const logAt = (path: string): OpenLog => {
    const known = logs.get(path)
    if (known !== undefined) return known
    const log: OpenLog = { oneAtATime: Semaphore.makeUnsafe(1), file: null, size: 0 }
    logs.set(path, log)
    return log
  }

  const append: AttemptLogs["append"] = (path, bytes) =>
    Effect.suspend(() => {
      const log = logAt(path)
      return log.oneAtATime.withPermits(1)(attemptOn(path, () => appendTo(path, log, bytes)))
    })

  const letGo = (path: string, finish: (file: fs.FileHandle) => Promise<void>): Effect.Effect<void> =>
    Effect.suspend(() => {
      const log = logAt(path)
      return log.oneAtATime.withPermits(1)(attemptOn(path, async () => {
        logs.delete(path)
        const file = log.file ?? await openLog(path)
        log.file = null
        try {
          await finish(file)
        } finally {
          await file.close()
        }
      }))
    }).pipe(
      // The journal tells the same, and everything that was appended is in the file.
      Effect.ignore
    )

  const releaseAll = (isOne: (path: string) => boolean) =>
    Effect.suspend(() =>
      Effect.forEach([...logs.keys()].filter(isOne), (path) => letGo(path, async () => {}), { discard: true })
    )

  yield* Effect.addFinalizer(() => releaseAll(() => true))
  return {
    append,
    close: (path) => letGo(path, (file) => file.chmod(endedMode)),
    release: (folder) => releaseAll((path) => path.startsWith(`${folder}/`))
  }
})

const growingMode = 0o600
const endedMode = 0o400

/** Whether a log with these permission bits was ended. */
export const isEndedMode = (mode: number): boolean => (mode & 0o200) === 0

const appendTo = async (path: string, log: OpenLog, bytes: Uint8Array): Promise<void> => {
  if (log.file === null) {
    log.file = await openLog(path)
    log.size = (await log.file.stat()).size
  }
  const { file } = log
  try {
    await writeAll(file, bytes, log.size)
    log.size += bytes.length
  } catch (error) {
    await file.truncate(log.size).catch(() => {})
    throw error
  }
}

const openLog = async (path: string): Promise<fs.FileHandle> => {
  await makeAttemptFolder(dirname(path))
  const file = await openGrowing(path)
  try {
    if (isEndedMode((await file.stat()).mode)) await file.chmod(growingMode)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

const openGrowing = async (path: string): Promise<fs.FileHandle> => {
  const open = () => fs.open(path, fs.constants.O_RDWR | fs.constants.O_CREAT, growingMode)
  try {
    return await open()
  } catch (error) {
    if (systemCode(error) !== "EACCES") throw error
    await fs.chmod(path, growingMode)
    return open()
  }
}

/** Makes the folder of an attempt in that of its task, but not that of a run: one that was taken away stays so. */
export const makeAttemptFolder = async (path: string): Promise<void> => {
  for (const folder of [dirname(path), path]) {
    try {
      await fs.mkdir(folder, { mode: 0o700 })
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error
    }
  }
}
