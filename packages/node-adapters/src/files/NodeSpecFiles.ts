import { FileUnavailable, type FolderEntry, Host, type PathKind, SpecFiles } from "@slipway/core"
import { Effect, Layer } from "effect"
import { constants, type Dirent, type Stats } from "node:fs"
import * as fs from "node:fs/promises"
import { dirname, join, relative, resolve } from "node:path"
import { withFileLock } from "./FileLock.ts"
import { isAbsent, systemCode, systemWords } from "./SystemWords.ts"

/** Where the lock of the projects of a main checkout is, from there. */
const lockPath = ".ai/projects/.lock"

/** How much of two files is compared at once. */
const compareBytes = 1 << 20

/**
 * Links and moves among the files of this machine. Links are relative, so that a moved checkout keeps them; on Windows
 * they are junctions, which need no privilege and are absolute.
 */
export const nodeSpecFilesLayer: Layer.Layer<SpecFiles, never, Host> = Layer.effect(
  SpecFiles,
  Effect.map(Host, (host) =>
    SpecFiles.of({
      kind: Effect.fn("SpecFiles.kind")((path: string) => attempt("read", path, () => kindOf(path))),
      list: Effect.fn("SpecFiles.list")((directory: string) => attempt("list", directory, () => entriesOf(directory))),
      linkTarget: Effect.fn("SpecFiles.linkTarget")((path: string) => attempt("read", path, () => targetOf(path))),
      makeLink: Effect.fn("SpecFiles.makeLink")((path: string, target: string) =>
        attempt("write", path, () => makeLink(path, target))
      ),
      removeLink: Effect.fn("SpecFiles.removeLink")((path: string) => attempt("remove", path, () => removeLink(path))),
      move: Effect.fn("SpecFiles.move")((from: string, to: string) => attempt("write", to, () => move(from, to))),
      isSame: Effect.fn("SpecFiles.isSame")((one: string, other: string) =>
        attempt("read", one, () => isSame(one, other))
      ),
      removeEmptyFolder: Effect.fn("SpecFiles.removeEmptyFolder")((path: string) =>
        attempt("remove", path, () => removeEmptyFolder(path))
      ),
      exclusively: (main) => (effect) =>
        attempt("write", join(main, dirname(lockPath)), () =>
          fs.mkdir(join(main, dirname(lockPath)), { recursive: true }))
          .pipe(
            Effect.andThen(withFileLock(join(main, lockPath))(effect)),
            Effect.provideService(Host, host)
          )
    }))
)

/** Runs to its end once begun: an interrupted move would go on in the background. */
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

const kindAmong = (stats: Stats | Dirent): PathKind =>
  stats.isSymbolicLink() ? "link" : stats.isDirectory() ? "directory" : stats.isFile() ? "file" : "other"

const kindOf = async (path: string): Promise<PathKind | null> => {
  const stats = await absentAsNull(fs.lstat(path))
  return stats === null ? null : kindAmong(stats)
}

const entriesOf = async (directory: string): Promise<ReadonlyArray<FolderEntry>> => {
  if (await kindOf(directory) === null) return []
  const entries = await fs.readdir(directory, { withFileTypes: true })
  return entries.map((entry) => ({ name: entry.name, kind: kindAmong(entry) }))
    .sort((one, other) => one.name < other.name ? -1 : 1)
}

const targetOf = async (path: string): Promise<string | null> => {
  try {
    return resolve(dirname(path), await fs.readlink(path)).replaceAll("\\", "/")
  } catch (error) {
    if (isAbsent(error) || systemCode(error) === "EINVAL") return null
    throw error
  }
}

const makeLink = async (path: string, target: string): Promise<void> => {
  const folder = dirname(path)
  await fs.mkdir(folder, { recursive: true })
  const absolute = resolve(folder, target)
  await (process.platform === "win32"
    ? fs.symlink(absolute, path, "junction")
    : fs.symlink(relative(folder, absolute) || ".", path))
}

const removeLink = async (path: string): Promise<void> => {
  const kind = await kindOf(path)
  if (kind === null) return
  if (kind !== "link") throw new Error("it is no link")
  await fs.unlink(path)
}

const move = async (from: string, to: string): Promise<boolean> => {
  const kind = await kindOf(from)
  if (kind === null) throw new Error("there is nothing to move (ENOENT)")
  await fs.mkdir(dirname(to), { recursive: true })
  switch (kind) {
    case "directory":
      return moveFolder(from, to)
    case "link":
      return moveLink(from, to)
    default:
      return moveFile(from, to)
  }
}

/** A rename puts a folder over nothing but an empty folder, which is looked for before. */
const moveFolder = async (from: string, to: string): Promise<boolean> => {
  if (await kindOf(to) !== null) return false
  try {
    await fs.rename(from, to)
    return true
  } catch (error) {
    if (systemCode(error) !== "EXDEV") throw error
  }
  // The target is on another disk: what is in the folder goes there piece by piece.
  await fs.mkdir(to)
  for (const { name } of await entriesOf(from)) await move(join(from, name), join(to, name))
  await fs.rmdir(from)
  return true
}

const moveLink = async (from: string, to: string): Promise<boolean> => {
  try {
    await fs.symlink(await fs.readlink(from), to)
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error
    if (!await isSame(from, to)) return false
  }
  await fs.unlink(from)
  return true
}

/** A second name for the file is made and the first one taken away: unlike a rename, that never overwrites. */
const moveFile = async (from: string, to: string): Promise<boolean> => {
  try {
    await linkOrCopy(from, to)
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error
    if (!await isSame(from, to)) return false
  }
  await fs.unlink(from)
  return true
}

/** What file systems say that have no second names for files, or not across disks. */
const withoutHardLinks = new Set(["EXDEV", "EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"])

const linkOrCopy = async (from: string, to: string): Promise<void> => {
  try {
    return await fs.link(from, to)
  } catch (error) {
    if (!withoutHardLinks.has(systemCode(error) ?? "")) throw error
  }
  // A part of a copy would look like another file when the move is tried again: so the copy gets its name when whole.
  const temporary = join(dirname(to), `.slipway-${crypto.randomUUID()}.tmp`)
  try {
    await fs.copyFile(from, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    await nameCopy(temporary, to)
  } finally {
    await fs.rm(temporary, { force: true })
  }
}

const nameCopy = async (temporary: string, to: string): Promise<void> => {
  try {
    return await fs.link(temporary, to)
  } catch (error) {
    if (!withoutHardLinks.has(systemCode(error) ?? "")) throw error
  }
  if (await kindOf(to) !== null) throw Object.assign(new Error("file already exists (EEXIST)"), { code: "EEXIST" })
  await fs.rename(temporary, to)
}

const isSame = async (one: string, other: string): Promise<boolean> => {
  const [stats, others] = [await absentAsNull(fs.lstat(one)), await absentAsNull(fs.lstat(other))]
  if (stats === null || others === null) return false
  if (stats.isSymbolicLink() && others.isSymbolicLink()) return await targetOf(one) === await targetOf(other)
  if (!stats.isFile() || !others.isFile()) return false
  if (stats.ino === others.ino && stats.dev === others.dev) return true
  return stats.size === others.size && await haveSameBytes(one, other)
}

const haveSameBytes = async (one: string, other: string): Promise<boolean> => {
  const [first, second] = [await fs.open(one, "r"), await fs.open(other, "r")]
  const [some, others] = [Buffer.alloc(compareBytes), Buffer.alloc(compareBytes)]
  try {
    while (true) {
      const { bytesRead } = await first.read(some, 0, compareBytes)
      const read = await second.read(others, 0, compareBytes)
      if (bytesRead !== read.bytesRead || some.compare(others, 0, bytesRead, 0, bytesRead) !== 0) return false
      if (bytesRead === 0) return true
    }
  } finally {
    await first.close()
    await second.close()
  }
}

const removeEmptyFolder = async (path: string): Promise<void> => {
  if (await kindOf(path) !== "directory") return
  try {
    await fs.rmdir(path)
  } catch (error) {
    if (isAbsent(error) || ["ENOTEMPTY", "EEXIST"].includes(systemCode(error) ?? "")) return
    throw error
  }
}
