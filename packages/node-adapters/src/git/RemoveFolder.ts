import * as fs from "node:fs/promises"
import { join } from "node:path"
import { isAbsent, systemCode } from "../files/SystemWords.ts"

/**
 * Removes a folder with all that is below it, read-only folders too; links are removed, never followed. Fine when there
 * is none.
 */
export const removeFolder = async (path: string): Promise<void> => {
  try {
    await fs.rm(path, { recursive: true, force: true })
  } catch (error) {
    if (systemCode(error) !== "EACCES" && systemCode(error) !== "EPERM" && systemCode(error) !== "ENOTEMPTY") {
      throw error
    }
    await openFolders(path)
    await fs.rm(path, { recursive: true, force: true })
  }
}

/** Lets the owner look into and write to each folder. What belongs to another user stays as it is. */
const openFolders = async (path: string): Promise<void> => {
  try {
    const found = await fs.lstat(path)
    if (!found.isDirectory()) return
    if ((found.mode & 0o700) !== 0o700) await fs.chmod(path, 0o700)
    for (const entry of await fs.readdir(path, { withFileTypes: true })) {
      if (entry.isDirectory()) await openFolders(join(path, entry.name))
    }
  } catch (error) {
    if (isAbsent(error) || systemCode(error) === "EPERM" || systemCode(error) === "EACCES") return
    throw error
  }
}

/** The first path of a folder that belongs to another user; null when there is none. */
export const foreignPath = async (path: string, user: number): Promise<string | null> => {
  try {
    const found = await fs.lstat(path)
    if (found.uid !== user) return path
    if (!found.isDirectory()) return null
    for (const name of await fs.readdir(path)) {
      const foreign = await foreignPath(join(path, name), user)
      if (foreign !== null) return foreign
    }
    return null
  } catch {
    return null
  }
}
