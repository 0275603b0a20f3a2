import {
  decodeRunSnapshot,
  decodeRunValues,
  dnsLabelPattern,
  encodeRunSnapshot,
  encodeRunValues,
  Host,
  RunCorrupt,
  RunExists,
  type RunSnapshot,
  RunUnavailable,
  type RunValues
} from "@slipway/core"
import { Effect } from "effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { forceFolder } from "./AtomicFile.ts"
import { makeFolders } from "./MakeFolders.ts"
import { isAbsent, systemCode, systemWords } from "./SystemWords.ts"

/** Where the parts of a run are. */
export interface RunPaths {
  readonly folder: string
  /** The snapshot. */
  readonly document: string
  /** The values that tasks refer to, secret ones among them. */
  readonly values: string
  readonly journal: string
  readonly requests: string
  readonly tasks: string
  /** The lock of whoever works on it. */
  readonly lock: string
}

/** The folder of all runs below a state home. */
export const runsFolder = (home: string): string => join(home, "batch", "runs")

/** Whether a text is the name of a run, and so of one folder: a DNS label. */
export const isRunName = (name: string): boolean => name.length <= 63 && dnsLabelPattern.test(name)

/** The parts of a run. Its name must be one. */
export const runPaths = (home: string, name: string): RunPaths => {
  if (!isRunName(name)) throw new Error(`${JSON.stringify(name)} is no name of a run`)
  return pathsIn(join(runsFolder(home), name))
}

const pathsIn = (folder: string): RunPaths => ({
  folder,
  document: join(folder, "run.json"),
  values: join(folder, "secrets.json"),
  journal: join(folder, "journal.jsonl"),
  requests: join(folder, "requests"),
  tasks: join(folder, "tasks"),
  lock: join(folder, "lock")
})

/** The parts of a run, or what is wrong with its name. */
export const namedRun = (home: string, name: string): Effect.Effect<RunPaths, RunUnavailable> =>
  isRunName(name) ? Effect.succeed(runPaths(home, name)) : Effect.fail(
    new RunUnavailable({ path: runsFolder(home), reason: `${JSON.stringify(name)} is no name of a run` })
  )

/** Runs to its end once begun: an interrupted promise would go on in the background. */
export const attemptOn = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, RunUnavailable> =>
  Effect.uninterruptible(Effect.tryPromise({ try: run, catch: (error) => unavailable(path, error) }))

/** What the system said of a path. */
const unavailable = (path: string, error: unknown): RunUnavailable =>
  new RunUnavailable({ path, reason: systemWords(error) })

/** The result, or null when the path leads to nothing. */
export const absentAsNull = async <A>(result: Promise<A>): Promise<A | null> => {
  try {
    return await result
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

/**
 * Makes the folder of a run under a temporary name, forces it to the disk and renames it: it is there whole or not at
 * all, and of two who make the same one does.
 */
export const createRunFolder = Effect.fnUntraced(function*(snapshot: RunSnapshot, values: RunValues) {
  const host = yield* Host
  const final = yield* namedRun(host.home, snapshot.name)
  const runs = runsFolder(host.home)
  yield* attemptOn(runs, () => makeFolders(runs))
  yield* sweepRuns
  const made = yield* attemptOn(final.folder, async () => {
    if (await absentAsNull(fs.stat(final.document)) !== null) return false
    const temporary = join(runs, temporaryName(creating, host))
    try {
      await writeRunFolder(pathsIn(temporary), snapshot, values)
      await fs.rename(temporary, final.folder)
    } catch (error) {
      await removeQuietly(temporary)
      if (["EEXIST", "ENOTEMPTY"].includes(systemCode(error) ?? "")) return false
      throw error
    }
    await forceFolder(runs)
    return true
  })
  if (!made) return yield* new RunExists({ run: snapshot.name })
})

const writeRunFolder = async (paths: RunPaths, snapshot: RunSnapshot, values: RunValues): Promise<void> => {
  await fs.mkdir(paths.folder, { mode: 0o700 })
  await fs.mkdir(paths.requests, { mode: 0o700 })
  await fs.mkdir(paths.tasks, { mode: 0o700 })
  await writeForced(paths.document, encodeRunSnapshot(snapshot), Date.parse(snapshot.createdAt))
  await writeForced(paths.values, encodeRunValues(values))
  await writeForced(paths.journal, "")
  await forceFolder(paths.folder)
}

/** `time`: milliseconds since the epoch that the file is dated with; runs are listed by it, without reading them. */
const writeForced = async (path: string, text: string, time = Number.NaN): Promise<void> => {
  const file = await fs.open(path, "wx", 0o600)
  try {
    await file.writeFile(text)
    if (Number.isFinite(time)) await file.utimes(time / 1000, time / 1000)
    await file.sync()
  } finally {
    await file.close()
  }
}

const creating = ".creating"
const removing = ".removing"

/** Names the process that works on it, so that what a killed one left is known. */
const temporaryName = (prefix: string, { self }: Host["Service"]): string =>
  `${prefix} ${self.pid} ${Buffer.from(self.startedAt).toString("hex")} ${crypto.randomUUID()}`

const temporaryParts = /^\.(?:creating|removing) ([1-9][0-9]*) ([0-9a-f]*) [-0-9a-f]+$/u

/** Takes away what killed processes left of runs that they made or removed. */
const sweepRuns: Effect.Effect<void, never, Host> = Effect.gen(function*() {
  const host = yield* Host
  const runs = runsFolder(host.home)
  for (const name of yield* attemptOn(runs, () => fs.readdir(runs))) {
    const parts = temporaryParts.exec(name)
    if (parts === null) continue
    const owner = { pid: Number(parts[1]), startedAt: Buffer.from(parts[2] ?? "", "hex").toString() }
    if (!(yield* host.isAlive(owner))) yield* Effect.promise(() => removeQuietly(join(runs, name)))
  }
}).pipe(Effect.ignore)

const removeQuietly = async (path: string): Promise<void> => {
  try {
    await fs.rm(path, { recursive: true, force: true })
  } catch {
    // What cannot be removed now is swept another time.
  }
}

/** Takes a run away: its name is free at once, also when removing what it holds is cut short. */
export const removeRunFolder = Effect.fnUntraced(function*(name: string) {
  const host = yield* Host
  const { folder } = yield* namedRun(host.home, name)
  const runs = runsFolder(host.home)
  const gone = join(runs, temporaryName(removing, host))
  yield* attemptOn(folder, async () => {
    if (await absentAsNull(fs.rename(folder, gone).then(() => true)) === null) return
    await forceFolder(runs)
    await fs.rm(gone, { recursive: true, force: true })
  })
  yield* sweepRuns
})

/** The names of all runs, oldest first. */
export const runNames = (home: string): Effect.Effect<ReadonlyArray<string>, RunUnavailable> => {
  const runs = runsFolder(home)
  return attemptOn(runs, async () => {
    const entries = await absentAsNull(fs.readdir(runs, { withFileTypes: true })) ?? []
    const names = entries.filter((entry) => entry.isDirectory() && isRunName(entry.name)).map(({ name }) => name)
    const dated = await Promise.all(names.map(async (name) => ({ name, ...await datesOf(runPaths(home, name)) })))
    return dated
      .sort((one, other) => one.time - other.time || one.made - other.made || (one.name < other.name ? -1 : 1))
      .map(({ name }) => name)
  })
}

const datesOf = async ({ document, folder }: RunPaths): Promise<{ readonly time: number; readonly made: number }> => {
  const found = await absentAsNull(fs.stat(document)) ?? await absentAsNull(fs.stat(folder))
  return found === null ? { time: Infinity, made: 0 } : { time: found.mtimeMs, made: found.birthtimeMs }
}

/** The snapshot of a run; null when there is no such run. */
export const readRunSnapshot = Effect.fnUntraced(function*(run: string, { document, folder }: RunPaths) {
  const text = yield* attemptOn(document, () => absentAsNull(fs.readFile(document, "utf8")))
  if (text !== null) return yield* Effect.fromResult(decodeRunSnapshot({ run, path: document }, text))
  if ((yield* attemptOn(folder, () => absentAsNull(fs.stat(folder)))) === null) return null
  return yield* new RunCorrupt({ run, path: document, reason: "it is missing" })
})

/** The values of no run. */
export const noRunValues: RunValues = { configMaps: {}, secrets: {} }

/** The values of a run; none when there is no such run. */
export const readRunValues = Effect.fnUntraced(function*(run: string, { folder, values }: RunPaths) {
  const text = yield* attemptOn(values, () => absentAsNull(fs.readFile(values, "utf8")))
  if (text !== null) return yield* Effect.fromResult(decodeRunValues({ run, path: values }, text))
  if ((yield* attemptOn(folder, () => absentAsNull(fs.stat(folder)))) === null) return noRunValues
  return yield* new RunCorrupt({ run, path: values, reason: "it is missing" })
})
