import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import type { Repository } from "../project/Repository.ts"
import { type BranchMerge, Git } from "../worktree/Git.ts"
import { RepositoryArrangement } from "./GitContract.ts"
import { ScratchFolder } from "./ScratchFolder.ts"

/** What every implementation of {@link Git} knows of commits, and does when it merges. The layer is built for each test. */
export const gitEvidenceContract = (
  name: string,
  layer: Layer.Layer<Git | ScratchFolder | RepositoryArrangement>
): void => {
  const test = (title: string, body: Effect.Effect<void, unknown, Git | ScratchFolder | RepositoryArrangement>) =>
    it.effect(title, () => Effect.provide(body, layer))

  describe(`${name}: Git, for evidence`, () => {
    test(
      "names commits by branch, ref and id, and none that is not there",
      Effect.gen(function*() {
        const { change, git, head, repository } = yield* given
        const next = yield* change({ "src/file": "two\n" })
        for (const revision of ["impl/a", "refs/heads/impl/a", next]) {
          assert.strictEqual(yield* git.commit(repository, revision), next)
        }
        assert.strictEqual(yield* git.commit(repository, "trunk"), head)
        for (const revision of ["absent", "", "--all", "-x", "refs/heads/impl", "f".repeat(40), "a b\nc", "a\0"]) {
          assert.isNull(yield* git.commit(repository, revision), revision)
        }
      })
    )

    test(
      "lists the heads of all local branches",
      Effect.gen(function*() {
        const { change, git, head, repository } = yield* given
        const next = yield* change({ "src/file": "two\n" })
        assert.deepStrictEqual(
          new Map(yield* git.branchHeads(repository)),
          new Map([["impl/a", next], ["trunk", head]])
        )
      })
    )

    test(
      "tells which commits a head contains, and takes unknown ones for not contained",
      Effect.gen(function*() {
        const { change, git, head, repository } = yield* given
        const second = yield* change({ "src/file": "two\n" })
        const third = yield* change({ "src/file": "three\n" })
        const unknown = ["f".repeat(40), "", "HEAD", "trunk", "--all", head.slice(0, 8), `${head}\n`]
        const contained = (commits: ReadonlyArray<string>, where: string) =>
          Effect.map(git.contained(repository, commits, where), (found) => [...found].sort())
        assert.deepStrictEqual(yield* contained([head, second, third], "impl/a"), [head, second, third].sort())
        assert.deepStrictEqual(yield* contained([third, head, second, ...unknown], second), [head, second].sort())
        assert.deepStrictEqual(yield* contained([third, head, head], "refs/heads/trunk"), [head])
        assert.deepStrictEqual(yield* contained(unknown, "trunk"), [])
        assert.deepStrictEqual(yield* contained([], "trunk"), [])
        for (const commits of [[], [head], unknown]) {
          yield* Effect.flip(git.contained(repository, commits, "absent"))
          yield* Effect.flip(git.contained(repository, commits, "--all"))
        }
      })
    )

    test(
      "moves a branch forward, with the work tree in which it is checked out",
      Effect.gen(function*() {
        const { arrange, change, git, head, main, merge, repository } = yield* given
        const next = yield* change({ "src/file": "two\n", "new/ü \"x\"\n": "new", "-n": "dash" }, [".gitignore"])
        const outcome = yield* merge({ head: next })
        assert.deepStrictEqual(outcome, { _tag: "Merged", commit: next, head: next, base: head, how: "fast-forward" })
        assert.strictEqual(yield* git.branchHead(repository, "trunk"), next)
        assert.strictEqual(yield* arrange.read(`${main}/new/ü "x"\n`), "new")
        assert.strictEqual(yield* arrange.read(`${main}/-n`), "dash")
        assert.isNull(yield* arrange.read(`${main}/.gitignore`))
        assert.deepStrictEqual((yield* git.summary(main, null)).changes, [])
      })
    )

    test(
      "makes a commit of two parents where the branches have diverged, and changes nothing when asked again",
      Effect.gen(function*() {
        const { arrange, change, commitTrunk, git, head, main, merge, repository } = yield* given
        const theirs = yield* change({ theirs: "t" })
        const ours = yield* commitTrunk({ ours: "o" })
        const outcome = yield* merge({ head: theirs })
        assert(outcome._tag === "Merged")
        assert.deepStrictEqual([outcome.how, outcome.head, outcome.base], ["merge-commit", theirs, ours])
        assert.strictEqual(yield* git.branchHead(repository, "trunk"), outcome.commit)
        assert.strictEqual((yield* git.contained(repository, [head, theirs, ours], outcome.commit)).size, 3)
        assert.deepStrictEqual([yield* arrange.read(`${main}/theirs`), yield* arrange.read(`${main}/ours`)], ["t", "o"])
        assert.deepStrictEqual((yield* git.summary(main, null)).changes, [])
        const { commit } = outcome
        assert.deepStrictEqual(yield* merge({ head: theirs }), {
          _tag: "Merged",
          commit,
          head: theirs,
          base: commit,
          how: "already-merged"
        })
        assert.strictEqual(yield* git.branchHead(repository, "trunk"), commit)
        assert.strictEqual(yield* git.branchHead(repository, "impl/a"), theirs)
      })
    )

    test(
      "makes a commit where none is needed when asked to, and none when not",
      Effect.gen(function*() {
        const { change, commitTrunk, git, merge, repository } = yield* given
        const next = yield* change({ theirs: "t" })
        const outcome = yield* merge({ head: next, strategy: "merge-commit" })
        assert(outcome._tag === "Merged")
        assert.strictEqual(outcome.how, "merge-commit")
        assert.notStrictEqual(outcome.commit, next)
        const ours = yield* commitTrunk({ ours: "o" })
        const theirs = yield* change({ theirs: "u" })
        const failure = yield* Effect.flip(merge({ head: theirs, strategy: "fast-forward-only" }))
        assert.include(failure.stderr, "diverged")
        assert.isNotEmpty(failure.advice)
        assert.strictEqual(yield* git.branchHead(repository, "trunk"), ours)
      })
    )

    test(
      "moves a branch that is checked out nowhere, and no work tree with it",
      Effect.gen(function*() {
        const { arrange, change, git, main, merge, repository, root } = yield* given
        yield* git.addWorktree({ repository, path: `${root}/b`, branch: "release/1", from: "refs/heads/trunk" })
        yield* git.removeWorktree(repository, `${root}/b`)
        const next = yield* change({ "src/file": "two\n" })
        assert.strictEqual((yield* merge({ head: next, into: "release/1" }))._tag, "Merged")
        assert.strictEqual(yield* git.branchHead(repository, "release/1"), next)
        assert.notStrictEqual(yield* git.branchHead(repository, "trunk"), next)
        assert.strictEqual(yield* arrange.read(`${main}/src/file`), "one\n")
      })
    )

    test(
      "names files in conflict, and changes nothing",
      Effect.gen(function*() {
        const { arrange, change, commitTrunk, git, main, merge, repository } = yield* given
        const theirs = yield* change({ "src/file": "theirs", "b/added ü": "theirs", fine: "f" }, [".gitignore"])
        const ours = yield* commitTrunk({ "src/file": "ours", "b/added ü": "ours", ".gitignore": "else" })
        for (const isDryRun of [true, false]) {
          assert.deepStrictEqual(yield* merge({ head: theirs, isDryRun }), {
            _tag: "Conflicted",
            head: theirs,
            base: ours,
            files: [".gitignore", "b/added ü", "src/file"]
          })
        }
        assert.strictEqual(yield* git.branchHead(repository, "trunk"), ours)
        assert.deepStrictEqual((yield* git.inspect(main, null)).changes, [])
        assert.isNull((yield* git.inspect(main, null)).inProgress)
        assert.strictEqual(yield* arrange.read(`${main}/src/file`), "ours")
      })
    )

    test(
      "only tells in a dry run",
      Effect.gen(function*() {
        const { change, commitTrunk, git, head, main, merge, repository } = yield* given
        const next = yield* change({ theirs: "t" })
        assert.deepStrictEqual(yield* merge({ head: next, isDryRun: true }), {
          _tag: "Merged",
          commit: next,
          head: next,
          base: head,
          how: "fast-forward"
        })
        const ours = yield* commitTrunk({ ours: "o" })
        assert.deepStrictEqual(yield* merge({ head: next, isDryRun: true }), {
          _tag: "Merged",
          commit: "",
          head: next,
          base: ours,
          how: "merge-commit"
        })
        assert.strictEqual(yield* git.branchHead(repository, "trunk"), ours)
        assert.deepStrictEqual((yield* git.summary(main, null)).changes, [])
      })
    )

    test(
      "keeps local changes, and is refused where they are in the way",
      Effect.gen(function*() {
        const { arrange, change, git, head, main, merge, repository } = yield* given
        const next = yield* change({ "src/file": "two\n", "new file": "theirs" })
        yield* arrange.write(`${main}/other`, "mine")
        for (const [file, before] of [["src/file", "one\n"], ["new file", null]] as const) {
          yield* arrange.write(`${main}/${file}`, "mine")
          for (const isDryRun of [true, false]) {
            const failure = yield* Effect.flip(merge({ head: next, isDryRun }))
            assert.include(failure.stderr, file)
            assert.include(failure.advice ?? "", main)
          }
          assert.strictEqual(yield* arrange.read(`${main}/${file}`), "mine")
          yield* before === null ? arrange.remove(`${main}/${file}`) : arrange.write(`${main}/${file}`, before)
        }
        assert.strictEqual(yield* git.branchHead(repository, "trunk"), head)
        yield* merge({ head: next })
        assert.strictEqual(yield* arrange.read(`${main}/other`), "mine")
        assert.deepStrictEqual((yield* git.summary(main, null)).changes, [{ path: "other", kind: "untracked" }])
      })
    )

    test(
      "is refused when the branch has moved, or one is not there",
      Effect.gen(function*() {
        const { change, git, head, merge, repository } = yield* given
        const next = yield* change({ theirs: "t" })
        const refused = [
          { head },
          { head: next, branch: "absent" },
          { head: next, branch: "-x" },
          { head: next, into: "absent" },
          { head: next, into: "--force" }
        ]
        for (const options of refused) {
          const failure = yield* Effect.flip(merge(options))
          assert.isNotEmpty(failure.advice)
        }
        assert.deepStrictEqual(
          new Map(yield* git.branchHeads(repository)),
          new Map([["impl/a", next], ["trunk", head]])
        )
      })
    )
  })
}

/** A repository on `trunk`, and a worktree on `impl/a` in which to commit. */
const given = Effect.gen(function*() {
  const git = yield* Git
  const arrange = yield* RepositoryArrangement
  const root = (yield* ScratchFolder).path
  const main = `${root}/khealth`
  const path = `${root}/linked`
  yield* arrange.write(`${main}/src/file`, "one\n")
  yield* arrange.write(`${main}/.gitignore`, ".env*\n")
  yield* arrange.create(main, "trunk")
  const repository: Repository = yield* git.repository(main)
  const head = (yield* git.branchHead(repository, "trunk")) ?? ""
  yield* git.addWorktree({ repository, path, branch: "impl/a", from: "refs/heads/trunk" })
  const commitIn = (folder: string) =>
    Effect.fnUntraced(function*(written: Readonly<Record<string, string>>, removed: ReadonlyArray<string> = []) {
      for (const [file, content] of Object.entries(written)) yield* arrange.write(`${folder}/${file}`, content)
      for (const file of removed) yield* arrange.remove(`${folder}/${file}`)
      return yield* arrange.commit(folder, "Next")
    })
  const merge = (options: Partial<BranchMerge> & Pick<BranchMerge, "head">) =>
    git.merge({
      repository,
      branch: "impl/a",
      into: "trunk",
      message: "Merge impl/a",
      strategy: "fast-forward-or-commit",
      ...options
    })
  return { arrange, change: commitIn(path), commitTrunk: commitIn(main), git, head, main, merge, repository, root }
})
