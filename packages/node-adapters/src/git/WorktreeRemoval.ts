import type { GitFailed, Repository } from "@slipway/core"
import { Effect } from "effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { gitRefusal, type GitRunner } from "./RunGit.ts"
import { realPath, worktreeRecords } from "./WorktreeRecords.ts"

/**
 * Removes a worktree whatever its state: locked, with submodules, with read-only folders, with a broken `.git` file,
 * half gone or all gone. Touches nothing that git has no record of.
 */
export const removeWorktreeFolder = Effect.fnUntraced(function*(
  git: GitRunner,
  repository: Repository,
  given: string
): Effect.fn.Return<void, GitFailed> {
  const path = yield* realPath(given)
  const command = ["worktree", "remove", "--force", "--force", "--", path]
  if (path === repository.main || repository.main.startsWith(`${path}/`)) {
    return yield* gitRefusal(repository.main, command, `the main checkout is at ${repository.main}`)
  }
  const records = yield* worktreeRecords(repository)
  const record = records.get(path)
  if (record === undefined) {
    if (!(yield* exists(path))) return
    return yield* gitRefusal(repository.main, command, `${path} is not a worktree of this repository`)
  }
  const inner = [...records.keys()].find((other) => other.startsWith(`${path}/`))
  if (inner !== undefined && (yield* exists(inner))) {
    return yield* gitRefusal(repository.main, command, `another worktree lies in it, and has to go first: ${inner}`)
  }
  // Twice --force also takes locked ones. What git leaves (read-only folders, a broken `.git` file) is removed below.
  yield* git.attempt(repository.main, command)
  yield* Effect.tryPromise({
    try: async () => {
      await removeTree(path)
      await removeTree(record)
    },
    catch: (cause) => gitRefusal(repository.main, command, cause instanceof Error ? cause.message : String(cause))
  })
})

const exists = (path: string): Effect.Effect<boolean> =>
  Effect.promise(() => fs.lstat(path).then(() => true, () => false))

/** Removes a folder, also one with read-only folders in it; a link is removed, never followed. */
const removeTree = async (path: string): Promise<void> => {
  const remove = () => fs.rm(path, { recursive: true, force: true, maxRetries: 3 })
  await remove().catch(async () => {
    await makeWritable(path)
    await remove()
  })
}

const makeWritable = async (path: string): Promise<void> => {
  const found = await fs.lstat(path)
  if (!found.isDirectory()) return
  await fs.chmod(path, found.mode | 0o700)
  for (const entry of await fs.readdir(path)) await makeWritable(join(path, entry))
}
