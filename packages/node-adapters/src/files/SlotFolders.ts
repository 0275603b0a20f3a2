import type { SlotFolder } from "@slipway/core"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { isAbsent } from "./SystemWords.ts"

/** What is in the folders of `<home>/slots`, by name. A file that cannot be read counts as missing. */
export const readSlotFolders = async (path: string): Promise<ReadonlyArray<SlotFolder>> => {
  const names = await folderNames(path)
  const folders = await Promise.all(names.map((name) => readSlotFolder(join(path, name))))
  return folders.filter((folder) => folder !== null)
}

const folderNames = async (path: string): Promise<ReadonlyArray<string>> => {
  try {
    const entries = await fs.readdir(path, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort()
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

const readSlotFolder = async (path: string): Promise<SlotFolder | null> => {
  const [claim, env, override, changed] = await Promise.all([
    readIfPossible(join(path, "slot.json")),
    readIfPossible(join(path, ".env.sandbox")),
    readIfPossible(join(path, "docker-compose.override.yml")),
    fs.stat(path).then((stats) => stats.mtime.toISOString(), () => null)
  ])
  return changed === null ? null : { path, changedAt: changed, claim, env, override }
}

const readIfPossible = (path: string): Promise<string | null> => fs.readFile(path, "utf8").catch(() => null)
