import { assert, it } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { Git } from "../worktree/Git.ts"
import { gitContract, RepositoryArrangement } from "./GitContract.ts"
import { gitEvidenceContract } from "./GitEvidenceContract.ts"
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

const layer = Layer.mergeAll(arrangementLayer, Layer.succeed(ScratchFolder, { path: "/scratch" })).pipe(
  Layer.provideMerge(memoryGitLayer()),
  Layer.provideMerge(memoryProjectFilesLayer())
)

gitContract("memory", layer)
gitEvidenceContract("memory", layer)

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

it.effect("a merge is made onto the remote's branch where that is newer", () =>
  Effect.gen(function*() {
    const git = yield* Git
    const files = yield* ProjectFiles
    const repositories = yield* MemoryRepositories
    const [main, path] = ["/code/khealth", "/code/khealth-impl-a"]
    const repository = yield* git.repository(main)
    yield* git.addWorktree({ repository, path, branch: "impl/a", from: "main" })
    yield* files.write(`${path}/theirs`, "t")
    const head = yield* commitInMemory(path, "Theirs")
    yield* git.addWorktree({ repository, path: "/code/other", branch: "other", from: "main" })
    yield* files.write("/code/other/pushed", "p")
    const pushed = yield* commitInMemory("/code/other", "Pushed")
    yield* Ref.update(repositories, (all) =>
      new Map([...all].map(([name, known]) => [
        name,
        { ...known, refs: new Map([...known.refs, ["refs/remotes/origin/main", pushed]]) }
      ])))
    const outcome = yield* git.merge({
      repository,
      branch: "impl/a",
      head,
      into: "main",
      message: "Merge",
      strategy: "fast-forward-or-commit"
    })
    assert.strictEqual(outcome.base, pushed)
    assert.deepStrictEqual([yield* files.read(`${main}/pushed`), yield* files.read(`${main}/theirs`)], ["p", "t"])
    assert.deepStrictEqual((yield* git.summary(main, null)).changes, [])
  }).pipe(
    Effect.provide(
      memoryGitLayer({ "/code/khealth": { remote: "origin" } }).pipe(
        Layer.provideMerge(memoryProjectFilesLayer({ "/code/khealth/compose.yaml": "services: {}" }))
      )
    )
  ))
