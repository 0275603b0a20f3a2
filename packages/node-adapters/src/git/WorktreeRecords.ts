import type { Repository } from "@slipway/core"
import { Effect } from "effect"
import * as fs from "node:fs/promises"
import { dirname, join, resolve } from "node:path"

/**
 * Where git keeps what it knows of each linked worktree, by the worktree's path: `<common>/worktrees/<id>`. Read from
 * the records, which outlive the folders, and not from the folders' `.git` files, which can be copied or broken.
 */
export const worktreeRecords = (repository: Repository): Effect.Effect<ReadonlyMap<string, string>> =>
  Effect.promise(async () => {
    const folder = join(repository.commonDirectory, "worktrees")
    const ids = await fs.readdir(folder).catch(() => [])
    const records = await Promise.all(ids.map(async (id) => {
      const record = join(folder, id)
      const gitFile = (await fs.readFile(join(record, "gitdir"), "utf8").catch(() => "")).trimEnd()
      return gitFile === "" ? [] : [[dirname(resolve(record, gitFile)), record] as const]
    }))
    return new Map(records.flat())
  })

/**
 * Whether a branch may be checked out in some work tree, read off each one's `HEAD`. Also true where the repository keeps
 * its refs otherwise than in files.
 */
export const mayBeCheckedOut = (repository: Repository, branch: string): Effect.Effect<boolean> =>
  Effect.gen(function*() {
    const folders = [repository.commonDirectory, ...(yield* worktreeRecords(repository)).values()]
    const heads = yield* Effect.forEach(
      folders,
      (folder) => Effect.promise(() => fs.readFile(join(folder, "HEAD"), "utf8").catch(() => ""))
    )
    return heads.some((head) => head === `ref: refs/heads/${branch}\n` || head === "ref: refs/heads/.invalid\n")
  })

/** The git folder of one work tree, read off its `.git`; null when there is none, or none that can be read. */
export const gitDirectoryOf = (worktree: string): Effect.Effect<string | null> =>
  Effect.promise(async () => {
    const link = join(worktree, ".git")
    const found = await fs.lstat(link).catch(() => null)
    if (found?.isDirectory() === true) return link
    const target = /^gitdir: ([\s\S]+)$/u.exec(await fs.readFile(link, "utf8").catch(() => ""))?.[1]?.trimEnd()
    return target === undefined ? null : resolve(worktree, target)
  })

/** Whether a path leads to a folder. */
export const isDirectory = (path: string): Effect.Effect<boolean> =>
  Effect.promise(() => fs.stat(path).then((found) => found.isDirectory(), () => false))

/** A path without links, or, where nothing is there, the path below its parent's real one. */
export const realPath = (path: string): Effect.Effect<string> =>
  Effect.promise(async () => {
    const absolute = resolve(path)
    const real = await fs.realpath(absolute).catch(() => null)
    if (real !== null) return real
    const parent = await fs.realpath(dirname(absolute)).catch(() => dirname(absolute))
    return join(parent, absolute.slice(dirname(absolute).length).replace(/^\//u, ""))
  })
