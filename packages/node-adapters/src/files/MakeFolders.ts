import * as fs from "node:fs/promises"
import { dirname } from "node:path"
import { systemCode } from "./SystemWords.ts"

type MakeFolder = (path: string, options: { readonly recursive: boolean; readonly mode: number }) => Promise<unknown>

/**
 * Makes a folder for its owner alone, with those on its way; fine when it is there. Fails with the system's own reason: where
 * nothing can be written, Node's recursive call says only that the folder does not exist.
 */
export const makeFolders = async (path: string, make: MakeFolder = fs.mkdir): Promise<void> => {
  try {
    await make(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error
    await makeEach(path, make)
  }
}

/** Makes the folders one by one, the outermost first. */
const makeEach = async (path: string, make: MakeFolder): Promise<void> => {
  try {
    await make(path, { recursive: false, mode: 0o700 })
  } catch (error) {
    if (systemCode(error) === "EEXIST") return
    if (systemCode(error) !== "ENOENT" || dirname(path) === path) throw error
    await makeEach(dirname(path), make)
    await make(path, { recursive: false, mode: 0o700 })
  }
}
