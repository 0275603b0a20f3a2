import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, type Layer } from "effect"
import type { Repository } from "../project/Repository.ts"
import { Git } from "../worktree/Git.ts"
import { ScratchFolder } from "./ScratchFolder.ts"

/** How a contract suite arranges repositories and looks at their files. */
export class RepositoryArrangement extends Context.Service<RepositoryArrangement, {
  /** Makes a repository without a remote of a folder, on a branch; the folder's files are its first commit. */
  readonly create: (main: string, branch: string) => Effect.Effect<void>
  /** Writes a file, and the folders above it. */
  readonly write: (path: string, content: string) => Effect.Effect<void>
  /** The content of a file, or null. */
  readonly read: (path: string) => Effect.Effect<string | null>
  /** Removes a file or folder. */
  readonly remove: (path: string) => Effect.Effect<void>
  /** Commits all that is in a work tree and not ignored; gives the commit's id. */
  readonly commit: (worktree: string, subject: string) => Effect.Effect<string>
}>()("@slipway/core/testing/GitContract/RepositoryArrangement") {}

/** What every implementation of {@link Git} does. The layer is built anew for each test. */
export const gitContract = (
  name: string,
  layer: Layer.Layer<Git | ScratchFolder | RepositoryArrangement>
): void => {
  const test = (title: string, body: Effect.Effect<void, unknown, Git | ScratchFolder | RepositoryArrangement>) =>
    it.effect(title, () => Effect.provide(body, layer))

  describe(`${name}: Git`, () => {
    test(
      "finds the repository from its folder, a subfolder and a linked worktree, and none elsewhere",
      Effect.gen(function*() {
        const { arrange, git, main, repository, root } = yield* given
        yield* git.addWorktree({ repository, path: `${root}/linked`, branch: "impl/a", from: "refs/heads/trunk" })
        yield* arrange.write(`${root}/linked/deep/er/file`, "")
        assert.strictEqual(repository.main, main)
        assert.strictEqual(repository.current, main)
        assert.deepStrictEqual(yield* git.repository(`${main}/src`), repository)
        assert.deepStrictEqual(yield* git.repository(`${root}/linked/deep/er`), {
          ...repository,
          current: `${root}/linked`
        })
        for (const directory of [root, `${root}/absent`]) {
          const failure = yield* Effect.flip(git.repository(directory))
          assert.strictEqual(failure._tag, "NotARepository")
        }
      })
    )

    test(
      "takes the local branch for the default where there is no remote",
      Effect.gen(function*() {
        const { git, repository } = yield* given
        const branch = yield* git.defaultBranch(repository)
        assert.deepStrictEqual(branch, { name: "trunk", remote: null, ref: "refs/heads/trunk" })
        yield* git.fetch(repository, branch)
      })
    )

    test(
      "adds a worktree on a new branch, with the files of where it starts",
      Effect.gen(function*() {
        const { arrange, git, main, repository, root } = yield* given
        const path = `${root}/a b`
        yield* git.addWorktree({ repository, path, branch: "impl/a", from: "refs/heads/trunk" })
        assert.strictEqual(yield* arrange.read(`${path}/src/file`), "one\n")
        const head = (yield* git.branchHead(repository, "impl/a")) ?? "absent"
        assert.strictEqual(head, yield* git.branchHead(repository, "trunk"))
        const listed = yield* git.worktrees(repository)
        assert.deepStrictEqual(listed.map(({ gitDirectory: _, ...worktree }) => worktree), [
          { branch: "trunk", head, isMain: true, locked: null, missing: false, path: main },
          { branch: "impl/a", head, isMain: false, locked: null, missing: false, path }
        ])
        assert.isNull(yield* git.branchHead(repository, "impl"))
      })
    )

    test(
      "checks out an existing branch when not told where to start",
      Effect.gen(function*() {
        const { arrange, git, repository, root } = yield* given
        const path = `${root}/linked`
        yield* git.addWorktree({ repository, path, branch: "impl/a", from: "refs/heads/trunk" })
        yield* arrange.write(`${path}/new`, "new")
        const head = yield* arrange.commit(path, "Second")
        yield* git.removeWorktree(repository, path)
        assert.isNull(yield* arrange.read(`${path}/new`))
        yield* git.addWorktree({ repository, path, branch: "impl/a" })
        assert.strictEqual(yield* arrange.read(`${path}/new`), "new")
        assert.strictEqual((yield* git.summary(path, null)).head, head)
      })
    )

    test(
      "a refused addition changes nothing",
      Effect.gen(function*() {
        const { arrange, git, repository, root } = yield* given
        yield* arrange.write(`${root}/taken/file`, "kept")
        yield* git.addWorktree({ repository, path: `${root}/linked`, branch: "impl/a", from: "refs/heads/trunk" })
        const before = yield* git.worktrees(repository)
        const refused = [
          { path: `${root}/taken`, branch: "impl/b", from: "refs/heads/trunk" },
          { path: `${root}/other`, branch: "impl/a", from: "refs/heads/trunk" },
          { path: `${root}/other`, branch: "impl/b", from: "refs/heads/absent" },
          { path: `${root}/other`, branch: "impl/b", from: "--force" },
          { path: `${root}/other`, branch: "impl/b" },
          { path: `${root}/other`, branch: "impl/a" }
        ]
        for (const options of refused) {
          const failure = yield* Effect.flip(git.addWorktree({ repository, ...options }))
          assert.isNotEmpty(failure.stderr)
          assert.notMatch(failure.stderr, /^fatal/u)
        }
        assert.deepStrictEqual(yield* git.worktrees(repository), before)
        assert.isNull(yield* git.branchHead(repository, "impl/b"))
        assert.isNotNull(yield* git.branchHead(repository, "impl/a"))
        assert.strictEqual(yield* arrange.read(`${root}/taken/file`), "kept")
      })
    )

    test(
      "tells changes, ignored files and commits that are nowhere else",
      Effect.gen(function*() {
        const { arrange, git, repository, root } = yield* given
        const path = `${root}/linked`
        yield* git.addWorktree({ repository, path, branch: "impl/a", from: "refs/heads/trunk" })
        const clean = yield* git.inspect(path, "refs/heads/trunk")
        assert.deepStrictEqual(clean, {
          branch: "impl/a",
          head: clean.head,
          changes: [],
          ignored: [],
          stashes: [],
          unpushed: [],
          unpushedCount: 0,
          inProgress: null,
          submodules: []
        })
        yield* arrange.write(`${path}/second`, "2")
        const id = yield* arrange.commit(path, "Second")
        yield* arrange.write(`${path}/src/file`, "changed")
        yield* arrange.remove(`${path}/second`)
        yield* arrange.write(`${path}/neu/ö e`, "new")
        yield* arrange.write(`${path}/.env.local`, "A=1")
        yield* arrange.write(`${path}/node_modules/a/b`, "")
        const seen = yield* git.inspect(path, "refs/heads/trunk")
        assert.sameDeepMembers([...seen.changes], [
          { path: "src/file", kind: "modified" },
          { path: "second", kind: "deleted" },
          { path: "neu/ö e", kind: "untracked" }
        ])
        assert.deepStrictEqual(seen.ignored, [".env.local", "node_modules/"])
        assert.deepStrictEqual(seen.unpushed, [{ id, subject: "Second" }])
        assert.strictEqual(seen.unpushedCount, 1)
        const short = yield* git.summary(path, "refs/heads/trunk")
        assert.strictEqual(short.head, id)
        assert.deepStrictEqual([short.ahead, short.behind, short.changes.length], [1, 0, 3])
        assert.deepStrictEqual((yield* git.summary(path, null)).ahead, null)
      })
    )

    test(
      "removes a worktree and its record, also when its folder is gone, and nothing twice",
      Effect.gen(function*() {
        const { arrange, git, main, repository, root } = yield* given
        for (const branch of ["one", "two", "three"]) {
          yield* git.addWorktree({ repository, path: `${root}/${branch}`, branch, from: "refs/heads/trunk" })
        }
        yield* arrange.write(`${root}/one/untracked`, "")
        yield* arrange.remove(`${root}/two`)
        const missing = (yield* git.worktrees(repository)).filter((worktree) => worktree.missing)
        assert.deepStrictEqual(missing.map(({ path }) => path), [`${root}/two`])
        for (const folder of ["one", "two", "two"]) yield* git.removeWorktree(repository, `${root}/${folder}`)
        assert.deepStrictEqual((yield* git.worktrees(repository)).map(({ path }) => path), [main, `${root}/three`])
        assert.isNull(yield* arrange.read(`${root}/one/src/file`))
      })
    )

    test(
      "adds a worktree anew where somebody deleted the folder of one",
      Effect.gen(function*() {
        const { arrange, git, repository, root } = yield* given
        const path = `${root}/linked`
        yield* git.addWorktree({ repository, path, branch: "impl/a", from: "refs/heads/trunk" })
        yield* arrange.remove(path)
        yield* git.addWorktree({ repository, path, branch: "impl/a" })
        assert.strictEqual(yield* arrange.read(`${path}/src/file`), "one\n")
        yield* arrange.remove(path)
        yield* git.addWorktree({ repository, path, branch: "impl/b", from: "refs/heads/trunk" })
        assert.deepStrictEqual((yield* git.worktrees(repository)).map(({ branch }) => branch), ["trunk", "impl/b"])
        assert.isNotNull(yield* git.branchHead(repository, "impl/a"))
      })
    )

    test(
      "removes no worktree that holds another one",
      Effect.gen(function*() {
        const { arrange, git, repository, root } = yield* given
        const [outer, inner] = [`${root}/outer`, `${root}/outer/inner`]
        yield* git.addWorktree({ repository, path: outer, branch: "impl/a", from: "refs/heads/trunk" })
        yield* git.addWorktree({ repository, path: inner, branch: "impl/b", from: "refs/heads/trunk" })
        const failure = yield* Effect.flip(git.removeWorktree(repository, outer))
        assert.include(failure.stderr, inner)
        assert.strictEqual(yield* arrange.read(`${inner}/src/file`), "one\n")
        for (const path of [inner, outer]) yield* git.removeWorktree(repository, path)
        assert.strictEqual((yield* git.worktrees(repository)).length, 1)
      })
    )

    test(
      "never removes the main checkout, nor a folder that is no worktree",
      Effect.gen(function*() {
        const { arrange, git, main, repository, root } = yield* given
        yield* arrange.write(`${root}/stranger/file`, "kept")
        for (const path of [main, `${root}/stranger`]) yield* Effect.flip(git.removeWorktree(repository, path))
        assert.strictEqual(yield* arrange.read(`${root}/stranger/file`), "kept")
        assert.strictEqual(yield* arrange.read(`${main}/src/file`), "one\n")
      })
    )

    test(
      "knows whether a branch's commits are in the default branch, and deletes it only where it is expected",
      Effect.gen(function*() {
        const { arrange, git, repository, root } = yield* given
        const path = `${root}/linked`
        yield* git.addWorktree({ repository, path, branch: "impl/a", from: "refs/heads/trunk" })
        const start = (yield* git.branchHead(repository, "impl/a")) ?? ""
        assert.isTrue(yield* git.isMergedOrPushed(repository, "impl/a", "refs/heads/trunk"))
        assert.isFalse(yield* git.isMergedOrPushed(repository, "impl/a", null))
        yield* arrange.write(`${path}/more`, "")
        const head = yield* arrange.commit(path, "More")
        assert.isFalse(yield* git.isMergedOrPushed(repository, "impl/a", "refs/heads/trunk"))
        yield* Effect.flip(git.deleteBranch(repository, "impl/a", head))
        yield* git.removeWorktree(repository, path)
        yield* Effect.flip(git.deleteBranch(repository, "impl/a", start))
        assert.strictEqual(yield* git.branchHead(repository, "impl/a"), head)
        yield* git.deleteBranch(repository, "impl/a", head)
        assert.isNull(yield* git.branchHead(repository, "impl/a"))
      })
    )

    test(
      "finds ignored files by pattern, and no tracked or visible ones",
      Effect.gen(function*() {
        const { arrange, git, main } = yield* given
        const paths = [".env.local", "deep/.env.test", "node_modules/x/.env.local", "visible.env", "certs/a b.pem"]
        for (const path of paths) yield* arrange.write(`${main}/${path}`, "")
        assert.deepStrictEqual(
          [...yield* git.ignoredMatching(main, [".env*"])].sort(),
          [".env.local", "deep/.env.test", "node_modules/x/.env.local"]
        )
        assert.deepStrictEqual(yield* git.ignoredMatching(main, ["/.env*"]), [".env.local"])
        assert.deepStrictEqual(yield* git.ignoredMatching(main, ["*.env", "src/", "certs/"]), [])
        assert.deepStrictEqual(yield* git.ignoredMatching(main, []), [])
      })
    )

    test(
      "keeps excluded paths out of sight in all worktrees, and only those",
      Effect.gen(function*() {
        const { arrange, git, main, repository, root } = yield* given
        const path = `${root}/linked`
        yield* git.addWorktree({ repository, path, branch: "impl/a", from: "refs/heads/trunk" })
        for (let times = 0; times < 2; times++) yield* git.exclude(repository, [".slipway", "a*b"])
        for (const worktree of [main, path]) {
          for (const file of [".slipway", "a*b", "axb", "deep/.slipway"]) {
            yield* arrange.write(`${worktree}/${file}`, "")
          }
          const { changes } = yield* git.inspect(worktree, null)
          assert.sameMembers(changes.map((change) => change.path), ["axb", "deep/.slipway"])
        }
      })
    )
  })
}

const given = Effect.gen(function*() {
  const git = yield* Git
  const arrange = yield* RepositoryArrangement
  const root = (yield* ScratchFolder).path
  const main = `${root}/khealth`
  yield* arrange.write(`${main}/src/file`, "one\n")
  yield* arrange.write(`${main}/.gitignore`, "node_modules/\n.env*\n")
  yield* arrange.create(main, "trunk")
  const repository: Repository = yield* git.repository(main)
  return { arrange, git, main, repository, root }
})
