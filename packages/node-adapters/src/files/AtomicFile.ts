import { FileUnavailable } from "@slipway/core"
import { Effect } from "effect"
import * as fs from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { isAbsent, systemCode, systemWords } from "./SystemWords.ts"

/** How a file of Slipway's own state is written. */
export interface AtomicWriteOptions {
  /** Permission bits of a new file, such as 0o600. One that is there keeps its own. */
  readonly mode?: number
  /** False: not forced to the disk, so that a power cut may take the change. For a copy of what is forced. */
  readonly durable?: boolean
}

/**
 * Writes a file so that a reader sees the old content or the new, also after a crash or a power cut: a temporary file
 * in the same folder is forced to the disk and renamed. The folder must exist. A symbolic link stays one: the file
 * that it leads to is written.
 *
 * @example
 * yield* writeFileAtomically("/home/ada/.devops-ai/registry.json", text, { mode: 0o600 })
 */
export const writeFileAtomically = (
  path: string,
  content: string,
  options: AtomicWriteOptions = {}
): Effect.Effect<void, FileUnavailable> =>
  // Runs to its end once begun: an interrupted promise would go on in the background.
  Effect.uninterruptible(Effect.tryPromise({
    try: () => writeAtomically(path, content, options),
    catch: (error) => new FileUnavailable({ path, action: "write", reason: systemWords(error) })
  }))

/**
 * Removes the temporary files that killed processes left of a file. Only for who alone can be writing it now.
 */
export const removeAbandonedWrites = (path: string): Effect.Effect<void> =>
  Effect.promise(async () => {
    try {
      const target = await followLinks(path)
      const names = await fs.readdir(dirname(target))
      const abandoned = names.filter((name) => name.startsWith(temporaryPrefix(target)) && name.endsWith(".tmp"))
      await Promise.all(abandoned.map((name) => removeQuietly(join(dirname(target), name))))
    } catch {
      // They harm nobody: a file that cannot be removed now stays until the next time.
    }
  })

const writeAtomically = async (path: string, content: string, options: AtomicWriteOptions): Promise<void> => {
  const target = await followLinks(path)
  const mode = await modeOf(target) ?? options.mode
  const durable = options.durable ?? true
  const temporary = temporaryBeside(target)
  try {
    await writeNew(temporary, content, { mode, durable })
    await fs.rename(temporary, target)
  } catch (error) {
    await removeQuietly(temporary)
    throw error
  }
  if (durable) await forceFolder(dirname(target))
}

/** As many links as the systems themselves follow. */
const longestLinkChain = 40

const followLinks = async (path: string, followed = 0): Promise<string> => {
  try {
    const next = resolve(dirname(path), await fs.readlink(path))
    if (followed >= longestLinkChain) throw new Error("too many symbolic links (ELOOP)")
    return await followLinks(next, followed + 1)
  } catch (error) {
    if (isAbsent(error) || systemCode(error) === "EINVAL") return path
    throw error
  }
}

const modeOf = async (target: string): Promise<number | undefined> => {
  try {
    const present = await fs.stat(target)
    if (!present.isFile()) throw new Error("it is not a regular file")
    return present.mode & 0o777
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

// The global loads its implementation when it is used; importing `node:crypto` would cost every start.
const temporaryBeside = (target: string): string =>
  join(dirname(target), `${temporaryPrefix(target)}${crypto.randomUUID()}.tmp`)

const temporaryPrefix = (target: string): string => `.${basename(target)}.slipway-`

const writeNew = async (
  path: string,
  content: string,
  { durable, mode }: { readonly durable: boolean; readonly mode: number | undefined }
): Promise<void> => {
  const file = await fs.open(path, "wx", mode === undefined ? 0o666 : mode & 0o600)
  try {
    await file.writeFile(content)
    if (mode !== undefined) await file.chmod(mode)
    if (durable) await file.sync()
  } finally {
    await file.close()
  }
}

const removeQuietly = async (path: string): Promise<void> => {
  try {
    await fs.rm(path, { force: true })
  } catch {
    // What went wrong before is what matters.
  }
}

/** Makes what a folder names outlive a power cut, on file systems that can: a rename, a new file. */
export const forceFolder = async (path: string): Promise<void> => {
  try {
    const folder = await fs.open(path, "r")
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch {
    // The new content is in place all the same.
  }
}
