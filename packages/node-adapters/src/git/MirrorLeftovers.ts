import * as fs from "node:fs/promises"
import { join } from "node:path"
import { systemCode } from "../files/SystemWords.ts"

/** Where `/proc` does not tell who is at work in a folder: how old what nobody writes to any more is. */
const abandonedAfterMilliseconds = 15 * 60_000

/**
 * Takes away what a git that was killed left in a mirror: lock files, and packs that were never finished. Only for who
 * holds the mirror's lock. A git that outlived the Slipway that started it may still be at work: then nothing is taken.
 */
export const sweepMirror = async (mirror: string): Promise<void> => {
  const leftovers = [
    ...await filesBelow(join(mirror, "refs"), (name) => name.endsWith(".lock")),
    ...await filesIn(mirror, (name) => name.endsWith(".lock")),
    ...await filesIn(join(mirror, "objects/pack"), (name) => name.startsWith("tmp_")),
    ...(await filesIn(join(mirror, "objects"), (name) => name.startsWith("tmp_") || name.startsWith("incoming-")))
  ]
  if (leftovers.length === 0) return
  const atWork = await isAnyoneAtWork(mirror)
  if (atWork === true) return
  for (const path of leftovers) {
    if (atWork === null && !(await isAbandoned(path))) continue
    await fs.rm(path, { recursive: true, force: true })
  }
}

const filesIn = async (folder: string, isMeant: (name: string) => boolean): Promise<ReadonlyArray<string>> => {
  try {
    return (await fs.readdir(folder)).filter(isMeant).map((name) => join(folder, name))
  } catch (error) {
    if (systemCode(error) === "ENOENT") return []
    throw error
  }
}

const filesBelow = async (folder: string, isMeant: (name: string) => boolean): Promise<ReadonlyArray<string>> => {
  try {
    const entries = await fs.readdir(folder, { withFileTypes: true, recursive: true })
    return entries.filter((entry) => entry.isFile() && isMeant(entry.name)).map((entry) =>
      join(entry.parentPath, entry.name)
    )
  } catch (error) {
    if (systemCode(error) === "ENOENT") return []
    throw error
  }
}

/** Whether a process has the mirror for its working directory; null where the system does not tell. */
const isAnyoneAtWork = async (mirror: string): Promise<boolean | null> => {
  const real = await fs.realpath(mirror)
  let processes: ReadonlyArray<string>
  try {
    processes = (await fs.readdir("/proc")).filter((name) => /^\d+$/u.test(name))
  } catch {
    return null
  }
  if (processes.length === 0) return null
  const folders = await Promise.all(processes.map((pid) => fs.readlink(`/proc/${pid}/cwd`).catch(() => "")))
  return folders.some((folder) => folder === real || folder.startsWith(`${real}/`))
}

const isAbandoned = async (path: string): Promise<boolean> => {
  const { mtimeMs } = await fs.stat(path).catch(() => ({ mtimeMs: Infinity }))
  return Date.now() - mtimeMs > abandonedAfterMilliseconds
}
