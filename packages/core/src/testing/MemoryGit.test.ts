import { assert, it } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { Git } from "../worktree/Git.ts"
import { gitContract, RepositoryArrangement } from "./GitContract.ts"
import { commitInMemory, createMemoryRepository, memoryGitLayer, MemoryRepositories } from "./MemoryGit.ts"
import { type MemoryFileTree, memoryProjectFilesLayer } from "./MemoryProjectFiles.ts"
import { ScratchFolder } from "./ScratchFolder.ts"

const arrangementLayer = Layer.effect(
  RepositoryArrangement,
  Effect.gen(function*() {
    const files = yield* ProjectFiles
    const context = yield* Effect.context<MemoryFileTree | MemoryRepositories>()
    return RepositoryArrangement.of({
      create: (main, branch) => Effect.provide(createMemoryRepository(main, { branch }), context),
      write: (path, content) => Effect.orDie(files.write(path, content)),
      read: (path) => Effect.orDie(files.read(path)),
      remove: (path) => Effect.orDie(files.remove(path)),
      commit: (worktree, subject) => Effect.provide(commitInMemory(worktree, subject), context)
    })
  })
)

gitContract(
  "memory",
  Layer.mergeAll(arrangementLayer, Layer.succeed(ScratchFolder, { path: "/scratch" })).pipe(
    Layer.provideMerge(memoryGitLayer()),
    Layer.provideMerge(memoryProjectFilesLayer())
  )
)

it.effect("a repository can be arranged with a remote, and looked at", () =>
  Effect.gen(function*() {
    const git = yield* Git
    const repository = yield* git.repository("/code/khealth")
    const branch = yield* git.defaultBranch(repository)
    assert.deepStrictEqual(branch, { name: "main", remote: "origin", ref: "refs/remotes/origin/main" })
    yield* git.addWorktree({ repository, path: "/code/khealth-impl-a", branch: "impl/a", from: branch.ref })
    const state = (yield* Ref.get(yield* MemoryRepositories)).get("/code/khealth")
    assert.deepStrictEqual([...state?.refs.keys() ?? []], [
      "refs/heads/main",
      "refs/remotes/origin/main",
      "refs/heads/impl/a"
    ])
  }).pipe(
    Effect.provide(
      memoryGitLayer({ "/code/khealth": { remote: "origin" } }).pipe(
        Layer.provideMerge(memoryProjectFilesLayer({ "/code/khealth/compose.yaml": "services: {}" }))
      )
    )
  ))
