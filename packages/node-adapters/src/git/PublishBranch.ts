import {
  branchNotOurs,
  type GitCredentials,
  type GitFailed,
  type Host,
  type RepositoryResult,
  WorkspaceFailed
} from "@slipway/core"
import { Effect } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import type { SubprocessResult } from "../process/Subprocess.ts"
import { withRemoteAccess } from "./RemoteAccess.ts"
import { type RemoteEntry, remoteFailure } from "./RemoteFailure.ts"
import { gitFailure, type GitRunner } from "./RunGit.ts"
import { type CheckoutEnd, inspectedEnd, placedPaths, wordsOf } from "./TaskChanges.ts"
import { observerVariables, type TaskCheckout } from "./TaskCheckout.ts"

const pushTimeout = "10 minutes"

/** What is pushed where. */
export interface BranchPublication<E> {
  readonly checkout: TaskCheckout
  readonly result: RepositoryResult
  /** Without credentials. */
  readonly url: string
  readonly credentials: GitCredentials | null
  /** The Secret that they are from; null when they are from none. */
  readonly secret: string | null
  /** Of the commit that is made of what the agent left uncommitted. */
  readonly message: string
  /** The commits at which the branch may stand and yet be moved. */
  readonly own: ReadonlyArray<string>
  readonly intend: (commit: string) => Effect.Effect<void, E>
}

/** Pushes a checkout as a branch, by its observer: neither hooks nor settings of the agent have a say. Gives the commit. */
export const publishBranch = Effect.fnUntraced(function*<E>(
  git: GitRunner,
  host: Host["Service"],
  publication: BranchPublication<E>
): Effect.fn.Return<string, WorkspaceFailed | E> {
  const { checkout, credentials, intend, message, own, result, secret, url } = publication
  yield* refuseUnfinished(result.path, checkout)
  const end = yield* inspectedEnd(git, result.path, checkout)
  const commit = yield* Effect.mapError(commitOf(git, checkout, end, message), notCommitted(result.path))
  yield* refuseSecrets(git, checkout, commit, result.path)
  yield* intend(commit)
  const entry = { hasCredentials: credentials !== null, secret }
  const ref = `refs/heads/${checkout.branch}`
  const push = (expected: string) =>
    withRemoteAccess(host, url, credentials, (variables) =>
      git.attempt(checkout.path, [
        "push",
        "--porcelain",
        "--no-verify",
        "--no-follow-tags",
        "--no-signed",
        "--recurse-submodules=no",
        `--force-with-lease=${ref}:${expected}`,
        "--end-of-options",
        url,
        `${commit}:${ref}`
      ], { timeout: pushTimeout, variables: { ...observerVariables(checkout), ...variables } }))
  const standing = withRemoteAccess(
    host,
    url,
    credentials,
    (variables) =>
      git.attempt(checkout.path, ["ls-remote", "--end-of-options", url, ref], {
        timeout: pushTimeout,
        variables: { ...observerVariables(checkout), ...variables }
      })
  )
  return yield* Effect.mapError(
    Effect.gen(function*() {
      const first = yield* push("")
      if (first.exitCode === 0) return commit
      if (!isStale(first)) return yield* pushFailure(url, first, entry)
      const listed = yield* standing
      if (listed.exitCode !== 0) return yield* remoteFailure(url, listed, entry)
      const present = listed.stdout.split("\n").find((line) => line.endsWith(`\t${ref}`))?.split("\t")[0] ?? ""
      if (present === commit) return commit
      if (present !== "" && !own.includes(present)) return yield* branchNotOurs(url, checkout.branch, present)
      const second = yield* push(present)
      if (second.exitCode === 0) return commit
      return yield* pushFailure(url, second, entry)
    }),
    (error) => error instanceof WorkspaceFailed ? error : notStarted(url, error)
  )
})

/** The commit that is pushed: the agent's, or one on top of it of what it left uncommitted. */
const commitOf = Effect.fnUntraced(function*(
  git: GitRunner,
  checkout: TaskCheckout,
  { head, tree }: CheckoutEnd,
  message: string
): Effect.fn.Return<string, GitFailed> {
  const variables = observerVariables(checkout)
  const committed = yield* git.run(
    checkout.path,
    ["rev-parse", "--verify", "--end-of-options", `${head}^{tree}`],
    { variables }
  )
  if (tree === null || tree === committed.trim()) return head
  const args = ["commit-tree", tree, "-p", head, "-F", "-"]
  const commit = (identity: Readonly<Record<string, string>>) =>
    git.attempt(checkout.path, args, { stdin: message, variables: { ...variables, ...identity } })
  const first = yield* commit({})
  const result = first.exitCode !== 0 && isNameless(first) ? yield* commit(slipwayIdentity) : first
  return result.exitCode === 0 ? result.stdout.trim() : yield* gitFailure(checkout.path, args, result)
})

const isNameless = ({ stderr }: SubprocessResult): boolean =>
  /tell me who you are|unable to auto-detect email|empty ident name|no (?:name|email) was given/iu.test(stderr)

/** Who commits where git does not know the user. */
const slipwayIdentity = {
  GIT_AUTHOR_NAME: "Slipway",
  GIT_AUTHOR_EMAIL: "slipway@localhost",
  GIT_COMMITTER_NAME: "Slipway",
  GIT_COMMITTER_EMAIL: "slipway@localhost"
}

const unfinished = [
  ["MERGE_HEAD", "a merge"],
  ["rebase-merge", "a rebase"],
  ["rebase-apply", "a rebase"],
  ["CHERRY_PICK_HEAD", "a cherry-pick"],
  ["REVERT_HEAD", "a revert"]
] as const

/** Files in the midst of a merge hold both sides, and marks of conflicts. */
const refuseUnfinished = (path: string, { gitDirectory }: TaskCheckout): Effect.Effect<void, WorkspaceFailed> =>
  Effect.suspend(() => {
    const [, what] = unfinished.find(([name]) => fs.existsSync(join(gitDirectory, name))) ?? []
    if (what === undefined) return Effect.void
    const message = `nothing was pushed: the agent left ${what} unfinished in ${path}`
    return new WorkspaceFailed({ reason: "OperationInProgress", message, transient: false })
  })

/** A secret that an agent committed, against the repository's own rules, must not leave this machine. */
const refuseSecrets = Effect.fnUntraced(function*(
  git: GitRunner,
  checkout: TaskCheckout,
  commit: string,
  path: string
): Effect.fn.Return<void, WorkspaceFailed> {
  const { secret } = yield* placedPaths(path, checkout)
  if (secret.length === 0) return
  const args = ["rev-list", "--max-count=1", "--full-history", "--end-of-options", commit, `^${checkout.base}`, "--"]
  const found = yield* Effect.mapError(
    git.run(checkout.path, [...args, ...secret.map((each) => `:(literal)${each}`)], {
      variables: observerVariables(checkout)
    }),
    notCommitted(path)
  )
  if (found === "") return
  return yield* new WorkspaceFailed({
    reason: "SecretCommitted",
    message: `nothing was pushed: a commit of the agent in ${path} holds a secret file of the workspace`,
    transient: false
  })
})

const isStale = ({ stderr, stdout }: SubprocessResult): boolean =>
  /stale info|fetch first|non-fast-forward|reference already exists/u.test(`${stdout}\n${stderr}`)

const pushFailure = (url: string, result: SubprocessResult, entry: RemoteEntry): WorkspaceFailed => {
  const rejected = /^!\t[^\n]*\[(?:remote )?(?:rejected|failure)\][^\n]*/mu.exec(result.stdout)
  if (rejected === null) return remoteFailure(url, result, entry)
  // The server says more than git's own last lines do.
  const said = result.stderr.split("\n").filter((line) => line.startsWith("remote: "))
    .map((line) => line.slice("remote: ".length).trim()).filter((line) => line !== "")
  const why = rejected[0].replace(/^!\t[^\t]*\t/u, "")
  return new WorkspaceFailed({
    reason: "PublishRejected",
    message: `${url} did not take the branch: ${[why, ...said].join("; ")}`,
    transient: false
  })
}

const notStarted = (url: string, { stderr }: GitFailed): WorkspaceFailed =>
  new WorkspaceFailed({ reason: "PublishFailed", message: `${url}: ${stderr}`, transient: false })

const notCommitted = (path: string) => ({ stderr }: GitFailed): WorkspaceFailed =>
  new WorkspaceFailed({
    reason: "PublishFailed",
    message: `the changes in ${path} cannot be committed: ${wordsOf(stderr)}`,
    transient: false
  })
