import {
  fileUnwritable,
  type GitFailed,
  resultFileName,
  WorkspaceFailed,
  type WorkspaceFile,
  type WorkspaceRepository
} from "@slipway/core"
import { Effect, Schema } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { excludeLine } from "./ExcludeFile.ts"
import {
  firstSettings,
  type GitSetting,
  neededFolders,
  objectFormatOf,
  subsection,
  usualFolders,
  writeGitFolder
} from "./GitFolder.ts"
import { gitWords } from "./GitOutput.ts"
import type { StartingPoint } from "./RepositoryMirrors.ts"
import type { GitRunner } from "./RunGit.ts"
import { makeFolderWithin, unwritable } from "./WorkspacePaths.ts"

/** A checkout, and the git folder of Slipway's own through which it is looked at. All paths are absolute. */
export interface TaskCheckout {
  readonly path: string
  readonly gitDirectory: string
  /**
   * Its settings, index and attributes are Slipway's: nothing that an agent writes into the checkout's own git folder,
   * such as a program to be run for each file, has a say in it.
   */
  readonly observer: string
  readonly branch: string
  readonly base: string
}

/** What is known of the paths in a checkout that do not belong to its repository; relative to it. */
export const PlacedPaths = Schema.Struct({
  /** Files of the workspace and other repositories. */
  placed: Schema.Array(Schema.String),
  /** Those of them that are secret. */
  secret: Schema.Array(Schema.String)
})
export interface PlacedPaths extends Schema.Schema.Type<typeof PlacedPaths> {}

/** The variables with which git looks at a checkout through its observer. */
export const observerVariables = (
  { observer, path }: Pick<TaskCheckout, "observer" | "path">,
  index = "index"
): Readonly<Record<string, string>> => ({
  GIT_DIR: observer,
  GIT_WORK_TREE: path,
  GIT_INDEX_FILE: join(observer, index)
})

/** The paths of a workspace that lie in one of its repositories, but belong to none or another one. */
export const placedIn = (
  repository: WorkspaceRepository,
  repositories: ReadonlyArray<WorkspaceRepository>,
  files: ReadonlyArray<WorkspaceFile>
): PlacedPaths => {
  const within = (path: string): ReadonlyArray<string> => {
    if (repository.path === ".") return [path]
    return path.startsWith(`${repository.path}/`) ? [path.slice(repository.path.length + 1)] : []
  }
  const others = repositories.filter(({ path }) => path !== repository.path && path !== ".")
  return {
    placed: [...files.flatMap(({ path }) => within(path)), ...others.flatMap(({ path }) => within(path))],
    secret: files.filter(({ secret }) => secret).flatMap(({ path }) => within(path))
  }
}

/** Makes a checkout at the commit that its task begins at, on the task's branch: files, and one run of git. */
export const makeCheckout = Effect.fnUntraced(function*(
  git: GitRunner,
  request: {
    readonly workspace: string
    readonly repository: WorkspaceRepository
    readonly observer: string
    readonly branch: string
    readonly start: StartingPoint
    readonly paths: PlacedPaths
  }
): Effect.fn.Return<TaskCheckout, WorkspaceFailed> {
  const { branch, observer, paths, repository, start, workspace } = request
  yield* makeFolderWithin(workspace, repository.path, repository.path)
  const path = repository.path === "." ? workspace : join(workspace, repository.path)
  const gitDirectory = join(path, ".git")
  const present = yield* Effect.try({ try: () => fs.readdirSync(path), catch: (error) => unwritable(path, error) })
  if (present.length > 0) {
    return yield* fileUnwritable(repository.path, "another repository of the workspace has files there")
  }
  yield* Effect.try({
    try: () => {
      writeGitFolder(gitDirectory, checkoutContent(start, repository.branch, branch, paths))
      writeGitFolder(observer, observerContent(start, gitDirectory, paths))
    },
    catch: (error) => unwritable(path, error)
  })
  const checkout = { path, gitDirectory, observer, branch, base: start.base }
  const populated = yield* Effect.mapError(
    git.attempt(path, ["read-tree", "-u", "--reset", "--no-recurse-submodules", start.base], {
      variables: observerVariables(checkout)
    }),
    checkoutFailed(repository.path)
  )
  if (populated.exitCode !== 0) {
    return yield* new WorkspaceFailed({
      reason: "CheckoutFailed",
      message: `cannot check out ${start.url} at ${start.base}: ${gitWords(populated.stderr)}`,
      transient: false
    })
  }
  yield* Effect.try({
    try: () => fs.copyFileSync(join(observer, "index"), join(gitDirectory, "index")),
    catch: (error) => unwritable(gitDirectory, error)
  })
  return checkout
})

/** Keeps the agent's git from committing files that the repository has, and that those of the workspace replaced. */
export const hideReplaced = Effect.fnUntraced(function*(
  git: GitRunner,
  checkout: TaskCheckout,
  replaced: ReadonlyArray<string>
): Effect.fn.Return<void, WorkspaceFailed> {
  if (replaced.length === 0) return
  yield* Effect.mapError(
    git.run(checkout.path, ["update-index", "--skip-worktree", "-z", "--stdin"], {
      stdin: replaced.join("\0"),
      variables: { ...observerVariables(checkout), GIT_INDEX_FILE: join(checkout.gitDirectory, "index") }
    }),
    checkoutFailed(checkout.path)
  )
})

const checkoutFailed = (path: string) => ({ stderr }: GitFailed) =>
  new WorkspaceFailed({ reason: "CheckoutFailed", message: `cannot check out ${path}: ${stderr}`, transient: false })

/** Lines of `info/exclude` that keep what was placed out of the repository. */
export const excludeText = ({ placed }: Pick<PlacedPaths, "placed">): string =>
  [...placed, resultFileName].map((path) => `${excludeLine(path)}\n`).join("")

const checkoutContent = (start: StartingPoint, remoteBranch: string, branch: string, paths: PlacedPaths) => ({
  folders: usualFolders,
  head: `ref: refs/heads/${branch}`,
  settings: [
    ...firstSettings(objectFormatOf(start.base), false),
    ["core", "logallrefupdates", "true"],
    [subsection("remote", "origin"), "url", start.url],
    [subsection("remote", "origin"), "fetch", "+refs/heads/*:refs/remotes/origin/*"],
    [subsection("branch", branch), "remote", "origin"],
    [subsection("branch", branch), "merge", `refs/heads/${remoteBranch}`]
  ] satisfies ReadonlyArray<GitSetting>,
  alternates: [join(start.mirror, "objects")],
  files: {
    "info/exclude": excludeText(paths),
    "packed-refs": `${start.packedRefs}${start.base} refs/heads/${branch}\n`,
    ...(start.shallow.length === 0 ? {} : { shallow: start.shallow.map((id) => `${id}\n`).join("") })
  }
})

/** What is set here goes before the user's settings, and keeps git from running programs and changing more than it is told to. */
const observerContent = (start: StartingPoint, gitDirectory: string, paths: PlacedPaths) => ({
  folders: neededFolders,
  head: start.base,
  settings: [
    ...firstSettings(objectFormatOf(start.base), false),
    ["core", "hooksPath", "/dev/null"],
    ["core", "fsmonitor", "false"],
    ["core", "untrackedCache", "false"],
    ["core", "splitIndex", "false"],
    ["core", "sparseCheckout", "false"],
    ["index", "sparse", "false"],
    ["gc", "auto", "0"],
    ["maintenance", "auto", "false"],
    ["submodule", "recurse", "false"],
    ["push", "followTags", "false"],
    ["push", "gpgSign", "false"],
    ["push", "recurseSubmodules", "no"]
  ] satisfies ReadonlyArray<GitSetting>,
  alternates: [join(start.mirror, "objects"), join(gitDirectory, "objects")],
  files: { [placedFile]: JSON.stringify(paths) }
})

/** The file of an observer that tells what was placed in its checkout. */
export const placedFile = "slipway-placed.json"
