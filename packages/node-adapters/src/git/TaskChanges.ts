import {
  type GitFailed,
  repositoryGone,
  type RepositoryResult,
  WorkspaceFailed,
  type WorkspaceRepository
} from "@slipway/core"
import { Effect, Schema } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { systemWords } from "../files/SystemWords.ts"
import { readCheckoutHead } from "./CheckoutHead.ts"
import { gitWords, parseStatus } from "./GitOutput.ts"
import { gitFailure, type GitRunner } from "./RunGit.ts"
import { excludeText, observerVariables, placedFile, PlacedPaths, type TaskCheckout } from "./TaskCheckout.ts"
import { readRegularFile } from "./WorkspacePaths.ts"

/** Bytes of a diff that are kept: 64 MiB. */
const diffLimit = 64 * 1024 * 1024

/** Bytes of an agent's own `info/exclude` that count. */
const excludeLimit = 1024 * 1024

/** Bytes of a list of changed files: some hundred thousand. */
const statusLimit = 256 * 1024 * 1024

/** The index in which the end of an attempt is put together; the one that it began with stays. */
const endIndex = "index.end"

/** The file of an observer that tells how the attempt ended. */
const endFile = "slipway-end.json"

/** How a checkout stands at the end of an attempt. */
const CheckoutEnd = Schema.Struct({
  /** The commit of its `HEAD`. */
  head: Schema.String,
  /** The tree of its files, committed or not; null when neither a file nor the commit is another one. */
  tree: Schema.NullOr(Schema.String)
})
export interface CheckoutEnd extends Schema.Schema.Type<typeof CheckoutEnd> {}

const decodeEnd = Schema.decodeSync(Schema.fromJsonString(CheckoutEnd))
const decodePlaced = Schema.decodeSync(Schema.fromJsonString(PlacedPaths))

/** What became of a checkout. */
export interface TaskChanges {
  readonly result: RepositoryResult
  readonly diff: string
}

/**
 * What an agent changed, whatever it did to branches, index and settings: its files are compared to those that it began
 * with. One run of git when nothing changed.
 */
export const inspectCheckout = Effect.fnUntraced(function*(
  git: GitRunner,
  repository: WorkspaceRepository,
  checkout: TaskCheckout,
  /** What stands before the paths in the diff, such as `services/api/`. */
  prefix: string
): Effect.fn.Return<TaskChanges, WorkspaceFailed> {
  const end = yield* checkoutEnd(git, repository.path, checkout)
  const unchanged: RepositoryResult = {
    path: repository.path,
    url: repository.url,
    base: checkout.base,
    head: end.head,
    commits: 0,
    filesChanged: 0,
    insertions: 0,
    deletions: 0,
    published: null
  }
  if (end.tree === null) return { result: unchanged, diff: "" }
  const { base } = checkout
  const tree = end.tree
  return yield* Effect.mapError(
    Effect.gen(function*() {
      const variables = observerVariables(checkout, endIndex)
      const range = ["--end-of-options", `${base}..${end.head}`, "--"]
      const commits = end.head === base
        ? 0
        : Number(yield* git.run(checkout.path, ["rev-list", "--count", ...range], { variables }))
      const { diff, ...counts } = yield* diffOf(git, checkout, tree, prefix)
      return { result: { ...unchanged, commits, ...counts }, diff }
    }),
    unreadable(repository.path)
  )
})

const unreadable = (path: string) => ({ stderr }: GitFailed) => notReadable(path, stderr)

const notReadable = (path: string, why: string): WorkspaceFailed =>
  new WorkspaceFailed({
    reason: "RepositoryUnreadable",
    message: `the repository at ${path} of the workspace cannot be read: ${why}`,
    transient: false
  })

/** Reads and writes files: those of an observer, or an agent's, who may have left anything. */
const withFiles = <A>(path: string, run: () => A): Effect.Effect<A, WorkspaceFailed> =>
  Effect.try({ try: run, catch: (error) => notReadable(path, systemWords(error)) })

/** How the checkout stands, put down in its observer for who publishes it. */
const checkoutEnd = Effect.fnUntraced(function*(
  git: GitRunner,
  path: string,
  checkout: TaskCheckout
): Effect.fn.Return<CheckoutEnd, WorkspaceFailed> {
  const head = yield* headOf(path, checkout)
  const end = yield* endOf(git, path, checkout, head)
  yield* withFiles(path, () => fs.writeFileSync(join(checkout.observer, endFile), JSON.stringify(end)))
  return end
})

/** How the checkout stood when it was inspected, else how it stands now. */
export const inspectedEnd = Effect.fnUntraced(function*(
  git: GitRunner,
  path: string,
  checkout: TaskCheckout
): Effect.fn.Return<CheckoutEnd, WorkspaceFailed> {
  const file = join(checkout.observer, endFile)
  const found = yield* withFiles(path, () => fs.existsSync(file) ? decodeEnd(fs.readFileSync(file, "utf8")) : null)
  return found ?? (yield* checkoutEnd(git, path, checkout))
})

/** What was placed in a checkout when it was made. */
export const placedPaths = (path: string, { observer }: TaskCheckout): Effect.Effect<PlacedPaths, WorkspaceFailed> =>
  withFiles(path, () => decodePlaced(fs.readFileSync(join(observer, placedFile), "utf8")))

const headOf = Effect.fnUntraced(function*(
  path: string,
  { base, gitDirectory, path: folder }: TaskCheckout
): Effect.fn.Return<string, WorkspaceFailed> {
  const isFolder = (each: string) =>
    withFiles(path, () => fs.lstatSync(each, { throwIfNoEntry: false })?.isDirectory() === true)
  if (!(yield* isFolder(folder))) return yield* repositoryGone(path, "its folder was removed")
  if (!(yield* isFolder(gitDirectory))) return yield* repositoryGone(path, "its .git folder was removed")
  const head = readCheckoutHead(gitDirectory)
  switch (head._tag) {
    case "Commit":
      return head.commit
    case "Unborn":
      return base
    case "Unreadable":
      return yield* repositoryGone(path, head.why)
  }
})

const endOf = Effect.fnUntraced(function*(
  git: GitRunner,
  path: string,
  checkout: TaskCheckout,
  head: string
): Effect.fn.Return<CheckoutEnd, WorkspaceFailed> {
  const { base, observer } = checkout
  const { placed } = yield* placedPaths(path, checkout)
  yield* withFiles(path, () => {
    takeOverExcludes(checkout, placed)
    fs.writeFileSync(join(observer, "HEAD"), `${head}\n`)
  })
  const run = (args: ReadonlyArray<string>, stdin?: string) =>
    Effect.mapError(
      git.run(checkout.path, args, {
        variables: observerVariables(checkout, endIndex),
        ...(stdin === undefined ? {} : { stdin })
      }),
      unreadable(path)
    )
  const begin = withFiles(path, () => fs.copyFileSync(join(observer, "index"), join(observer, endIndex)))
  if (head !== base) {
    yield* begin
    yield* run(["read-tree", "-m", "-i", "--no-recurse-submodules", head])
  }
  const index = head === base ? "index" : endIndex
  const changed = yield* Effect.mapError(changedPaths(git, checkout, index, placed), unreadable(path))
  if (changed.length === 0 && head === base) return { head, tree: null }
  if (head === base) yield* begin
  if (changed.length > 0) {
    yield* run(["update-index", "--add", "--remove", "--replace", "-z", "--stdin"], changed.join("\0"))
  }
  return { head, tree: (yield* run(["write-tree"])).trim() }
})

/** The agent may have told git to ignore more. What was placed comes last, and so cannot be brought in. */
const takeOverExcludes = ({ gitDirectory, observer }: TaskCheckout, placed: ReadonlyArray<string>): void => {
  const own = excludeText({ placed })
  const found = readRegularFile(join(gitDirectory, "info/exclude"), excludeLimit)
  const text = found === null || "fault" in found ? "" : Buffer.from(found.bytes).toString("utf8")
  fs.writeFileSync(join(observer, "info/exclude"), text === own ? own : `${text}\n${own}`)
}

const changedPaths = Effect.fnUntraced(function*(
  git: GitRunner,
  checkout: TaskCheckout,
  index: string,
  placed: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyArray<string>, GitFailed> {
  const args = [
    "status",
    "--porcelain=v2",
    "-z",
    "--untracked-files=all",
    // Looking into a submodule would run git with that one's settings.
    "--ignore-submodules=dirty",
    "--no-renames",
    "--",
    ".",
    ...placed.map((path) => `:(exclude,literal)${path}`)
  ]
  const result = yield* git.attempt(checkout.path, args, {
    variables: observerVariables(checkout, index),
    outputLimit: statusLimit
  })
  if (result.overflowed) {
    return yield* gitFailure(checkout.path, args, { ...result, stderr: "too many files were changed to list them" })
  }
  if (result.exitCode !== 0) return yield* gitFailure(checkout.path, args, result)
  // A folder is a repository that the agent made inside: its files are no part of this one.
  return parseStatus(result.stdout).changes.map(({ path }) => path).filter((path) => !path.endsWith("/"))
})

const diffOf = Effect.fnUntraced(function*(
  git: GitRunner,
  checkout: TaskCheckout,
  tree: string,
  prefix: string
): Effect.fn.Return<
  { readonly diff: string } & Pick<RepositoryResult, "deletions" | "filesChanged" | "insertions">,
  GitFailed
> {
  const args = [
    "diff-tree",
    "-r",
    "-M",
    "--numstat",
    "--patch",
    "--binary",
    "--full-index",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    `--src-prefix=a/${prefix}`,
    `--dst-prefix=b/${prefix}`,
    checkout.base,
    tree
  ]
  const result = yield* git.attempt(checkout.path, args, {
    variables: observerVariables(checkout, endIndex),
    outputLimit: diffLimit
  })
  if (result.exitCode !== 0 && !result.overflowed) return yield* gitFailure(checkout.path, args, result)
  const { counts, patch } = parseNumstatAndPatch(result.stdout)
  return { ...counts, diff: result.overflowed ? cutDiff(patch) : patch }
})

/** Reads `diff-tree --numstat --patch`: a line for each file, an empty line, the patch. */
export const parseNumstatAndPatch = (text: string): {
  readonly counts: Pick<RepositoryResult, "deletions" | "filesChanged" | "insertions">
  readonly patch: string
} => {
  const counts = { filesChanged: 0, insertions: 0, deletions: 0 }
  let at = 0
  while (at < text.length) {
    const end = text.indexOf("\n", at)
    const line = text.slice(at, end === -1 ? text.length : end)
    at = end === -1 ? text.length : end + 1
    if (line === "") break
    const [insertions = "-", deletions = "-"] = line.split("\t", 2)
    counts.filesChanged += 1
    // Of a binary file, no lines are counted.
    if (insertions !== "-") counts.insertions += Number(insertions)
    if (deletions !== "-") counts.deletions += Number(deletions)
  }
  return { counts, patch: text.slice(at) }
}

const cutDiff = (patch: string): string =>
  `${patch.slice(0, patch.lastIndexOf("\n") + 1)}(cut here: the diff is larger than ${diffLimit / 1024 / 1024} MiB)\n`

/** What git said, for a message. */
export const wordsOf = (stderr: string): string => gitWords(stderr).replaceAll("\n", "; ")
