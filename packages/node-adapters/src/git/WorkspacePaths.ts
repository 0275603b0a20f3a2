import { type AttemptKey, fileUnwritable, WorkspaceFailed, type WorkspaceFile, workspacePathFault } from "@slipway/core"
import { Effect } from "effect"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { isAbsent, systemCode, systemWords } from "../files/SystemWords.ts"
import { foreignPath, removeFolder } from "./RemoveFolder.ts"

/** Where the parts of an attempt are. All paths are absolute. */
export interface AttemptFolders {
  readonly attempt: string
  /** What the agent works in. */
  readonly workspace: string
  readonly home: string
}

/** The folders of an attempt, below a state home. */
export const attemptFolders = (home: string, { attempt, index, uid }: AttemptKey): AttemptFolders => {
  const folder = join(runFolder(home, uid), `${index}-${attempt}`)
  return { attempt: folder, workspace: join(folder, "workspace"), home: join(folder, "home") }
}

/** The folder of all attempts of a run. */
export const runFolder = (home: string, uid: string): string => join(home, "batch/workspaces", uid)

/** The git folder through which Slipway looks at a workspace's repository, out of the agent's reach. */
export const observerFolder = (attempt: string, index: number): string => join(attempt, "git", String(index))

/** Makes the folders of an attempt; what stood there is taken away first. */
export const makeAttemptFolders = Effect.fnUntraced(function*(
  home: string,
  key: AttemptKey
): Effect.fn.Return<AttemptFolders, WorkspaceFailed> {
  const folders = attemptFolders(home, key)
  yield* removeWorkspace(folders.attempt)
  yield* Effect.try({
    try: () => {
      // The first four are for the user alone; what is below may be shared with containers of another one.
      fs.mkdirSync(folders.attempt, { recursive: true, mode: 0o700 })
      fs.mkdirSync(folders.workspace)
      fs.mkdirSync(folders.home)
    },
    catch: (error) => unwritable(folders.attempt, error)
  })
  return folders
})

/** Takes a folder of workspaces away; fine when there is none. */
export const removeWorkspace = (path: string): Effect.Effect<void, WorkspaceFailed> =>
  Effect.tryPromise({
    try: async () => {
      if (!fs.existsSync(path)) return null
      try {
        await removeFolder(path)
        return null
      } catch (error) {
        const user = process.geteuid?.()
        return { error, foreign: user === undefined ? null : await foreignPath(path, user) }
      }
    },
    catch: (error) => unwritable(path, error)
  }).pipe(
    Effect.flatMap((failed) => {
      if (failed === null) return Effect.void
      const { error, foreign } = failed
      const why = foreign === null
        ? systemWords(error)
        : `${foreign} belongs to another user, as what containers leave does; remove it as that user, such as with sudo`
      return new WorkspaceFailed({
        reason: "WorkspaceNotRemoved",
        message: `cannot remove ${path}: ${why}`,
        transient: false
      })
    })
  )

/** A workspace that could not be written. */
export const unwritable = (path: string, error: unknown): WorkspaceFailed =>
  new WorkspaceFailed({
    reason: "WorkspaceUnwritable",
    message: `cannot write ${path}: ${systemWords(error)}`,
    transient: false
  })

/** Writes a file of a workspace; what stands at its place is replaced. Gives whether something stood there. */
export const placeFile = (workspace: string, file: WorkspaceFile): Effect.Effect<boolean, WorkspaceFailed> =>
  Effect.gen(function*() {
    const fault = workspacePathFault(file.path)
    if (fault !== null) return yield* fileUnwritable(file.path, fault)
    yield* makeFolderWithin(workspace, dirname(file.path), file.path)
    const path = join(workspace, file.path)
    const present = yield* standing(path, file.path)
    if (present?.isSymbolicLink() === true) {
      return yield* fileUnwritable(file.path, "the repository has a symbolic link there")
    }
    if (present?.isDirectory() === true) return yield* fileUnwritable(file.path, "there is a folder")
    yield* Effect.try({
      try: () => {
        // A new file: what stood there may be read-only, or have other names.
        if (present !== undefined) fs.unlinkSync(path)
        const mode = file.secret ? 0o400 : 0o644
        fs.writeFileSync(path, file.bytes, { flag: "wx", mode: file.secret ? 0o400 : 0o600 })
        fs.chmodSync(path, mode)
      },
      catch: (error) => fileUnwritable(file.path, systemWords(error))
    })
    return present !== undefined
  })

const standing = (path: string, asked: string) =>
  Effect.try({
    try: () => fs.lstatSync(path, { throwIfNoEntry: false }),
    catch: (error) => fileUnwritable(asked, systemWords(error))
  })

/** Makes a folder of a workspace, part by part: no symbolic link on the way is followed. */
export const makeFolderWithin = (
  workspace: string,
  folder: string,
  asked: string
): Effect.Effect<void, WorkspaceFailed> =>
  Effect.gen(function*() {
    let path = workspace
    for (const part of folder.split("/").filter((each) => each !== "" && each !== ".")) {
      path = join(path, part)
      const present = yield* standing(path, asked)
      if (present?.isDirectory() === true) continue
      if (present !== undefined) {
        const what = present.isSymbolicLink() ? "is a symbolic link" : "is no folder"
        return yield* fileUnwritable(asked, `${path.slice(workspace.length + 1)} ${what}`)
      }
      yield* Effect.try({
        try: () => fs.mkdirSync(path),
        catch: (error) => fileUnwritable(asked, systemWords(error))
      })
    }
  })

/** The bytes of a regular file, at most some; null when there is none, else why it cannot be taken. */
export const readRegularFile = (
  path: string,
  limit: number
): { readonly bytes: Uint8Array } | { readonly fault: string } | null => {
  try {
    const found = fs.lstatSync(path)
    if (!found.isFile()) return { fault: "is no regular file" }
    const file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK)
    try {
      const buffer = Buffer.alloc(Math.min(fs.fstatSync(file).size, limit) + 1)
      let length = 0
      for (;;) {
        const count = fs.readSync(file, buffer, length, buffer.length - length, null)
        length += count
        if (count === 0 || length === buffer.length) break
      }
      return { bytes: buffer.subarray(0, length) }
    } finally {
      fs.closeSync(file)
    }
  } catch (error) {
    return isAbsent(error) ? null : { fault: `cannot be read: ${systemCode(error) ?? systemWords(error)}` }
  }
}
