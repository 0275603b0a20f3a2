import type { Repository } from "@slipway/core"
import { Effect } from "effect"
import * as fs from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"

/**
 * Finds the repository around a folder without asking git, where its layout is the usual one: a checkout with a `.git`
 * folder in it, or a worktree linked to such a one (gitrepository-layout). Every command begins with this question, and
 * an answer of git costs several times what these few files cost. Null wherever there may be more to it: outside of a
 * repository, in a bare one, a submodule or a git folder itself, for a folder of somebody else's, with settings that are
 * not plain or move the work tree, or where a file system ends. Then git has to be asked.
 */
export const usualRepository = (directory: string): Effect.Effect<Repository | null> =>
  Effect.promise(() => find(directory).catch(() => null))

const find = async (directory: string): Promise<Repository | null> => {
  const start = await fs.realpath(directory)
  const { dev } = await fs.stat(start)
  for (let current = start;; current = dirname(current)) {
    if (current === dirname(current) || (await fs.stat(current)).dev !== dev) return null
    const link = await fs.lstat(join(current, ".git")).catch(() => null)
    if (link !== null) return await isOwn(current) ? await open(current, link.isDirectory()) : null
    // A git folder, seen from within, has no work tree of its own.
    if (await isThere(join(current, "HEAD"))) return null
  }
}

const open = async (current: string, isMain: boolean): Promise<Repository | null> => {
  const commonDirectory = isMain ? join(current, ".git") : await commonDirectoryOf(current)
  if (commonDirectory === null || basename(commonDirectory) !== ".git") return null
  const main = dirname(commonDirectory)
  const isUsual = await isOwn(commonDirectory) && await isOwn(main) &&
    await isThere(join(commonDirectory, "HEAD")) && await isThere(join(commonDirectory, "objects")) &&
    await isThere(join(commonDirectory, "refs")) &&
    isPlain(await fs.readFile(join(commonDirectory, "config"), "utf8"))
  return isUsual ? { main, commonDirectory, current } : null
}

/** The git folder of the main checkout, as a linked worktree's own one names it. */
const commonDirectoryOf = async (worktree: string): Promise<string | null> => {
  const text = await fs.readFile(join(worktree, ".git"), "utf8")
  const target = /^gitdir: (.+)\n?$/u.exec(text)?.[1]
  if (target === undefined) return null
  const own = resolve(worktree, target)
  const common = (await fs.readFile(join(own, "commondir"), "utf8")).trimEnd()
  return await isThere(join(own, "HEAD")) ? fs.realpath(resolve(own, common)) : null
}

/** Whether a configuration is sound, says no word of a work tree elsewhere or of none, and asks for nothing special. */
const isPlain = (config: string): boolean =>
  config.split("\n").every((line) => plainLine.test(line)) &&
  !/worktree|include|extensions|bare(?!\s*=\s*false\s*$)|formatversion(?!\s*=\s*0\s*$)/imu.test(config)

const plainLine = /^\s*(?:[#;].*|\[[\w.-]+(?:\s+"[^"\\]*")?\]|[a-z][\w-]*(?:\s*=[^\\"]*)?)?\s*$/iu

const isThere = (path: string): Promise<boolean> => fs.access(path).then(() => true, () => false)

/** git trusts folders of their owner alone; whom else it trusts, only it knows. */
const isOwn = async (path: string): Promise<boolean> => (await fs.stat(path)).uid === process.getuid?.()
