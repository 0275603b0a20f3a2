import { GitFailed, type Repository } from "@slipway/core"
import { Effect } from "effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import type { RunGit } from "./GitCommand.ts"
import { parseWorktrees } from "./GitOutput.ts"

/** Where git keeps what it knows of a linked worktree: `<common>/worktrees/<id>`, also when its folder is gone. */
export const worktreeGitDirectory = (repository: Repository, path: string): Effect.Effect<string> =>
  Effect.promise(async () => {
    const link = await fs.readFile(join(path, ".git"), "utf8").catch(() => "")
    const linked = /^gitdir: (.+)$/mu.exec(link)?.[1]
    if (linked !== undefined) return linked
    const folder = join(repository.commonDirectory, "worktrees")
    for (const id of await fs.readdir(folder).catch(() => [])) {
      const gitFile = await fs.readFile(join(folder, id, "gitdir"), "utf8").catch(() => "")
      if (gitFile.trim() === join(path, ".git")) return join(folder, id)
    }
    return join(folder, path.slice(path.lastIndexOf("/") + 1))
  })

/**
 * Removes a worktree whatever its state: locked, with submodules, with read-only folders, half gone or all gone.
 */
export const removeWorktreeFolder = Effect.fnUntraced(function*(
  run: RunGit,
  repository: Repository,
  path: string
): Effect.fn.Return<void, GitFailed> {
  const listed = parseWorktrees(yield* run(repository.main, ["worktree", "list", "--porcelain", "-z"]))
  const known = listed.find((worktree) => worktree.path === path)
  if (known?.isMain === true) {
    return yield* new GitFailed({
      command: ["worktree", "remove", path],
      directory: repository.main,
      exitCode: 128,
      stderr: "it is the main checkout"
    })
  }
  const gitDirectory = yield* worktreeGitDirectory(repository, path)
  if (known !== undefined) {
    yield* run(repository.main, ["worktree", "remove", "--force", "--force", path]).pipe(
      // Read-only folders, a broken `.git` file, submodules: what git leaves is removed by hand.
      Effect.catch(() => Effect.void)
    )
  }
  yield* Effect.tryPromise({
    try: async () => {
      await removeTree(path)
      if (gitDirectory.startsWith(join(repository.commonDirectory, "worktrees/"))) await removeTree(gitDirectory)
    },
    catch: (cause) =>
      new GitFailed({
        command: ["worktree", "remove", path],
        directory: repository.main,
        exitCode: 1,
        stderr: cause instanceof Error ? cause.message : String(cause)
      })
  })
})

/** Removes a folder, also one with read-only folders in it; a link is removed, never followed. */
const removeTree = async (path: string): Promise<void> => {
  const remove = () => fs.rm(path, { recursive: true, force: true })
  await remove().catch(async (error: unknown) => {
    await makeWritable(path)
    await remove().catch(() => {
      throw error
    })
  })
}

const makeWritable = async (path: string): Promise<void> => {
  const found = await fs.lstat(path)
  if (!found.isDirectory()) return
  await fs.chmod(path, found.mode | 0o700)
  for (const entry of await fs.readdir(path)) await makeWritable(join(path, entry))
}
