import { GitFailed, type Repository } from "@slipway/core"
import { Effect } from "effect"
import * as fs from "node:fs/promises"
import { dirname, join } from "node:path"
import type { GitRunner } from "./RunGit.ts"

/** A worktree that could not be added. */
interface FailedAddition {
  readonly repository: Repository
  /** Absolute path of the worktree. */
  readonly path: string
  /** The commit whose files it would have had. */
  readonly commit: string
}

/** What git writes into its own folder for a worktree, beside an index: some small files. */
const recordBlocks = 16

/** How many of the files that could not be written are named. */
const filesTold = 3

/**
 * git names each file that it could not write, and often not why. Where a disk has less room than a worktree takes, the
 * failure says that.
 */
export const tellFullDisk = Effect.fnUntraced(function*(
  git: GitRunner,
  { commit, path, repository }: FailedAddition,
  failure: GitFailed
) {
  if (!/(?:unable to|could not|couldn't) (?:write|append|create)|No space left/u.test(failure.stderr)) return failure
  const listed = yield* Effect.orElseSucceed(git.run(repository.main, ["ls-tree", "-r", "-l", "-z", commit]), () => "")
  const folder = yield* Effect.promise(async () => {
    const parent = dirname(path)
    const disk = await roomOf(parent)
    if (disk.free < sizeOf(listed, disk.block)) return parent
    const own = await roomOf(repository.commonDirectory)
    const needed = recordBlocks * own.block + await fileSize(join(repository.commonDirectory, "index"))
    return own.free < needed ? repository.commonDirectory : null
  })
  return folder === null ? failure : new GitFailed({
    ...failure,
    stderr: [`no space left on the disk of ${folder}`, ...shortened(failure.stderr.split("\n"))].join("\n"),
    advice: "free some space there, then run the command again: nothing was made"
  })
})

/** Bytes that the files of `ls-tree -l -z` take on a disk; a submodule takes none. */
const sizeOf = (listed: string, block: number): number =>
  listed.split("\0").reduce((sum, entry) => {
    const size = Number(/^\d+ blob \w+ +(\d+)\t/u.exec(entry)?.[1] ?? 0)
    return sum + Math.ceil(size / block) * block
  }, 0)

const shortened = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  const isFile = (line: string) => line.startsWith("unable to write file ")
  const files = lines.filter(isFile)
  const more = files.length - filesTold
  return [
    ...files.slice(0, filesTold),
    ...(more > 0 ? [`and ${more} more`] : []),
    ...lines.filter((line) => !isFile(line))
  ]
}

/** Bytes that are free for this user on the disk of a folder; no end of them where that cannot be told. */
const roomOf = (folder: string): Promise<{ readonly free: number; readonly block: number }> =>
  fs.statfs(folder).then(
    ({ bavail, bsize }) => ({ free: bavail * bsize, block: bsize }),
    () => ({ free: Infinity, block: 1 })
  )

const fileSize = (path: string): Promise<number> => fs.stat(path).then(({ size }) => size, () => 0)
