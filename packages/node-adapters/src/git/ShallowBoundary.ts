import type { GitFailed } from "@slipway/core"
import { Effect } from "effect"
import type { GitRunner } from "./RunGit.ts"

/**
 * The commits at which a history of some commits' depth ends: those whose parents are not part of it. The commit itself
 * is the first one; a history that is not deeper has no end.
 */
export const shallowBoundary = Effect.fnUntraced(function*(
  git: GitRunner,
  repository: string,
  commit: string,
  depth: number
): Effect.fn.Return<ReadonlyArray<string>, GitFailed> {
  // By date, the commits that are near come early: mostly, the first look is enough.
  for (let looked = depth * 2 + 32;; looked *= 4) {
    const text = yield* git.run(
      repository,
      ["rev-list", "--parents", `--max-count=${looked}`, "--end-of-options", commit, "--"],
      { variables: { GIT_DIR: repository } }
    )
    const parents = new Map(
      text.split("\n").filter((line) => line !== "").map((line) => {
        const [id = "", ...others] = line.split(" ")
        return [id, others] as const
      })
    )
    const boundary = boundaryOf(parents, commit, depth)
    if (boundary !== null) return boundary
  }
})

/** Null when the parents of a commit that counts are not known. */
const boundaryOf = (
  parents: ReadonlyMap<string, ReadonlyArray<string>>,
  commit: string,
  depth: number
): ReadonlyArray<string> | null => {
  const seen = new Set([commit])
  let level: ReadonlyArray<string> = [commit]
  for (let step = 1; step < depth; step++) {
    const next: Array<string> = []
    for (const id of level) {
      const known = parents.get(id)
      if (known === undefined) return null
      for (const parent of known) {
        if (seen.has(parent)) continue
        seen.add(parent)
        next.push(parent)
      }
    }
    level = next
  }
  if (level.some((id) => !parents.has(id))) return null
  return level.filter((id) => parents.get(id)?.some((parent) => !seen.has(parent)) === true)
}
