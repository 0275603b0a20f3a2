import { Git } from "@slipway/core"
import { memoryHostLayer, ScratchFolder } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import { gitCommandLayer } from "../git/GitCommand.ts"
import { Subprocess } from "../process/Subprocess.ts"
import { createRepository, gitVariables, runGit, writeText } from "./GitRepository.ts"
import { temporaryFolderLayer } from "./TemporaryFolder.ts"

/** The caller's own variables point elsewhere. */
const misleading = {
  GIT_DIR: "/nonexistent",
  GIT_WORK_TREE: "/nonexistent",
  GIT_INDEX_FILE: "/nonexistent",
  GIT_CONFIG_COUNT: "nonsense",
  LC_ALL: "de_DE.UTF-8"
}

/** The real git, for a caller whose variables would mislead it, and a folder for its repositories. */
export const gitInScratchLayer: Layer.Layer<Git | ScratchFolder> = gitCommandLayer.pipe(
  Layer.provide(Subprocess.layer),
  Layer.provide(memoryHostLayer({ variables: { ...gitVariables, ...misleading } })),
  Layer.merge(temporaryFolderLayer)
)

/** A repository of one commit, and a way to add worktrees beside it. */
export const given = Effect.gen(function*() {
  const git = yield* Git
  const root = (yield* ScratchFolder).path
  const main = `${root}/khealth`
  writeText(`${main}/src/file`, "one\n")
  createRepository(main, "main")
  const repository = yield* git.repository(main)
  const add = (name: string, branch = `impl/${name}`) =>
    Effect.as(
      git.addWorktree({ repository, path: `${root}/${name}`, branch, from: "refs/heads/main" }),
      `${root}/${name}`
    )
  return { add, git, main, repository, root }
})

/** The same, with a remote that has its branch. */
export const withRemote = Effect.gen(function*() {
  const arranged = yield* given
  const { main, root } = arranged
  runGit(root, "clone", "--quiet", "--bare", main, "remote.git")
  runGit(main, "remote", "add", "origin", `${root}/remote.git`)
  runGit(main, "fetch", "--quiet", "origin")
  return arranged
})
