import type { GitFailed, Repository } from "@slipway/core"
import { Effect } from "effect"
import { gitFailure, gitRefusal, type GitRunner } from "./RunGit.ts"

/** The full id of the commit that a revision names, or null when there is none. */
export const commitOf = Effect.fnUntraced(function*(
  git: GitRunner,
  repository: Repository,
  revision: string
): Effect.fn.Return<string | null, GitFailed> {
  if (revision.includes("\0")) return null
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`]
  const result = yield* git.attempt(repository.main, args)
  if (result.exitCode === 0) return result.stdout.trim()
  return result.exitCode === 1 ? null : yield* gitFailure(repository.main, args, result)
})

/** Those of some commits that `head` contains: one run of git, and two more where the repository lacks one of them. */
export const containedCommits = Effect.fnUntraced(function*(
  git: GitRunner,
  repository: Repository,
  commits: ReadonlyArray<string>,
  head: string
): Effect.fn.Return<ReadonlySet<string>, GitFailed> {
  const args = ["rev-list", "--stdin"]
  if (/[\n\0]/u.test(head)) return yield* gitRefusal(repository.main, args, `there is no commit ${head}`)
  const asked = [...new Set(commits)].filter((commit) => fullId.test(commit))
  /** What is asked for and not contained is listed; git walks no further than to where all is known. */
  const walk = (present: ReadonlyArray<string>) =>
    git.attempt(repository.main, args, {
      stdin: [...present, `^${head}`].map((revision) => `${revision}^{commit}\n`).join("")
    })
  const first = yield* walk(asked)
  const present = first.exitCode === 0 ? asked : yield* presentCommits(git, repository, asked)
  const result = first.exitCode === 0 ? first : yield* walk(present)
  if (result.exitCode !== 0) return yield* gitFailure(repository.main, args, result)
  const missing = new Set(result.stdout.split("\n"))
  return new Set(present.filter((commit) => !missing.has(commit)))
})

const fullId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u

/** Those of some ids that are commits of the repository. */
const presentCommits = (git: GitRunner, repository: Repository, ids: ReadonlyArray<string>) =>
  Effect.map(
    git.run(repository.main, ["cat-file", "--batch-check=%(objectname) %(objecttype)"], {
      stdin: ids.map((id) => `${id}\n`).join("")
    }),
    (text) => {
      const lines = new Set(text.split("\n"))
      return ids.filter((id) => lines.has(`${id} commit`))
    }
  )

/** Heads of all local branches by their short names. */
export const localHeads = (
  git: GitRunner,
  repository: Repository
): Effect.Effect<ReadonlyMap<string, string>, GitFailed> =>
  Effect.map(
    git.run(repository.main, ["for-each-ref", "--format=%(objectname) %(refname)", branchPrefix]),
    (text) =>
      new Map(
        text.split("\n").filter((line) => line !== "").map((line) => {
          const [id = "", name = ""] = line.split(" ")
          return [name.slice(branchPrefix.length), id]
        })
      )
  )

const branchPrefix = "refs/heads/"
