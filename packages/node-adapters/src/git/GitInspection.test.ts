import { assert, describe, it } from "@effect/vitest"
import type { Git } from "@slipway/core"
import type { ScratchFolder } from "@slipway/core/testing"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { commitAll, runGit, writeText } from "../testing/GitRepository.ts"
import { gitInScratchLayer, given, withRemote } from "../testing/GitScenario.ts"

const test = (title: string, body: Effect.Effect<void, unknown, Git | ScratchFolder>) =>
  it.live(title, () => Effect.provide(body, gitInScratchLayer))

const base = "refs/heads/main"

/** A worktree whose branch and the default branch both changed the same line. */
const diverged = Effect.gen(function*() {
  const arranged = yield* given
  const path = yield* arranged.add("a")
  writeText(`${path}/src/file`, "mine\n")
  const mine = commitAll(path, "Mine")
  writeText(`${arranged.main}/src/file`, "theirs\n")
  const theirs = commitAll(arranged.main, "Theirs")
  const stopped = (...args: ReadonlyArray<string>) => assert.throws(() => runGit(path, ...args))
  return { ...arranged, mine, path, stopped, theirs }
})

describe("git: what would be lost", () => {
  test(
    "names a merge, rebase, cherry-pick, revert, am and bisect that was begun",
    Effect.gen(function*() {
      const { git, main, mine, path, root, stopped } = yield* diverged
      const inProgress = Effect.map(git.inspect(path, base), (seen) => seen.inProgress)
      stopped("merge", "main")
      const merging = yield* git.inspect(path, base)
      assert.strictEqual(merging.inProgress, "merge")
      assert.deepStrictEqual(merging.changes, [{ path: "src/file", kind: "conflicted" }])
      runGit(path, "merge", "--abort")
      stopped("rebase", "main")
      assert.strictEqual(yield* inProgress, "rebase")
      assert.isNull((yield* git.worktrees(yield* git.repository(path)))[1]?.branch)
      runGit(path, "rebase", "--abort")
      stopped("rebase", "--apply", "main")
      assert.strictEqual(yield* inProgress, "rebase")
      runGit(path, "rebase", "--abort")
      stopped("cherry-pick", "main")
      assert.strictEqual(yield* inProgress, "cherry-pick")
      runGit(path, "cherry-pick", "--abort")
      writeText(`${path}/src/file`, "again\n")
      commitAll(path, "Again")
      stopped("revert", "--no-edit", mine)
      assert.strictEqual(yield* inProgress, "revert")
      runGit(path, "revert", "--abort")
      runGit(main, "format-patch", "--quiet", "-1", "-o", `${root}/patches`)
      stopped("am", `${root}/patches/0001-Theirs.patch`)
      assert.strictEqual(yield* inProgress, "am")
      runGit(path, "am", "--abort")
      runGit(path, "bisect", "start")
      assert.strictEqual(yield* inProgress, "bisect")
      runGit(path, "bisect", "reset")
      assert.isNull(yield* inProgress)
      assert.isNull((yield* git.inspect(main, base)).inProgress)
    })
  )

  test(
    "names the stashes of its branch, or of its commit when detached, whatever the dates' format",
    Effect.gen(function*() {
      const { add, git, main } = yield* given
      runGit(main, "config", "log.date", "iso")
      const [one, other] = [yield* add("one"), yield* add("other")]
      for (const [path, name] of [[one, "first"], [other, "second"], [one, "third"]] as const) {
        writeText(`${path}/src/file`, name)
        runGit(path, "stash", "push", "--quiet", "-m", name)
      }
      assert.deepStrictEqual((yield* git.inspect(one, base)).stashes, [
        { ref: "stash@{0}", message: "On impl/one: third" },
        { ref: "stash@{2}", message: "On impl/one: first" }
      ])
      assert.strictEqual((yield* git.inspect(other, base)).stashes.length, 1)
      assert.deepStrictEqual((yield* git.inspect(main, base)).stashes, [])
      runGit(one, "checkout", "--quiet", "--detach")
      const detached = yield* git.inspect(one, base)
      assert.isNull(detached.branch)
      assert.strictEqual(detached.stashes.length, 3)
      commitAll(one, "Away")
      assert.deepStrictEqual((yield* git.inspect(one, base)).stashes, [])
    })
  )

  test(
    "counts commits of a branch and of a detached HEAD that no remote has",
    Effect.gen(function*() {
      const { add, git, main, repository } = yield* withRemote
      const path = yield* add("a")
      for (let count = 1; count <= 22; count++) commitAll(path, `Commit ${count}`)
      const seen = yield* git.inspect(path, "refs/remotes/origin/main")
      assert.strictEqual(seen.unpushedCount, 22)
      assert.strictEqual(seen.unpushed.length, 20)
      assert.deepStrictEqual(seen.unpushed[0], { id: seen.head, subject: "Commit 22" })
      assert.isFalse(yield* git.isMergedOrPushed(repository, "impl/a", base))
      runGit(main, "branch", "copy", "impl/a")
      assert.strictEqual((yield* git.inspect(path, base)).unpushedCount, 22)
      runGit(path, "push", "--quiet", "origin", "HEAD:elsewhere")
      assert.strictEqual((yield* git.inspect(path, base)).unpushedCount, 0)
      assert.isTrue(yield* git.isMergedOrPushed(repository, "impl/a", null))
      runGit(path, "checkout", "--quiet", "--detach")
      commitAll(path, "Loose")
      assert.strictEqual((yield* git.inspect(path, base)).unpushedCount, 1)
    })
  )

  test(
    "takes another local branch for safe where there is no remote",
    Effect.gen(function*() {
      const { add, git, main } = yield* given
      const path = yield* add("a")
      commitAll(path, "Mine")
      assert.strictEqual((yield* git.inspect(path, null)).unpushedCount, 1)
      runGit(main, "branch", "kept", "impl/a")
      assert.strictEqual((yield* git.inspect(path, base)).unpushedCount, 0)
    })
  )

  test(
    "tells each kind of change, with renames, and what the user's own settings would hide",
    Effect.gen(function*() {
      const { add, git, main } = yield* given
      runGit(main, "config", "status.showUntrackedFiles", "no")
      const path = yield* add("a")
      for (const name of ["gone", "moved", "unstaged"]) writeText(`${path}/${name}`, `${name}\n`.repeat(9))
      commitAll(path, "Files")
      fs.rmSync(`${path}/gone`)
      runGit(path, "mv", "moved", "to here")
      writeText(`${path}/unstaged`, "x")
      writeText(`${path}/added`, "x")
      runGit(path, "add", "added")
      writeText(`${path}/folder/new`, "x")
      writeText(`${path}/folder/.gitignore`, "*.log\n")
      writeText(`${path}/folder/x.log`, "x")
      const seen = yield* git.inspect(path, base)
      assert.sameDeepMembers([...seen.changes], [
        { path: "gone", kind: "deleted" },
        { path: "to here", kind: "staged" },
        { path: "unstaged", kind: "modified" },
        { path: "added", kind: "staged" },
        { path: "folder/new", kind: "untracked" },
        { path: "folder/.gitignore", kind: "untracked" }
      ])
      assert.deepStrictEqual(seen.ignored, ["folder/x.log"])
      assert.deepInclude((yield* git.summary(path, null)).changes, { path: "folder/", kind: "untracked" })
    })
  )

  test(
    "tells changes that the index was told to hide",
    Effect.gen(function*() {
      const { add, git } = yield* given
      const path = yield* add("a")
      const names = ["assumed", "\"odd\"\nname", "left out", "unchanged", "absent"]
      for (const name of names) writeText(`${path}/${name}`, "committed\n")
      commitAll(path, "Files")
      runGit(path, "update-index", "--assume-unchanged", "--", "assumed", "\"odd\"\nname", "unchanged")
      runGit(path, "update-index", "--skip-worktree", "--", "left out", "absent")
      for (const name of names.slice(0, 3)) writeText(`${path}/${name}`, "changed\n")
      fs.rmSync(`${path}/absent`)
      assert.strictEqual(runGit(path, "status", "--porcelain"), "")
      assert.sameDeepMembers(
        [...(yield* git.inspect(path, base)).changes],
        names.slice(0, 3).map((name) => ({ path: name, kind: "modified" }))
      )
    })
  )

  test(
    "knows several commits being picked or reverted, also between two of them",
    Effect.gen(function*() {
      const { git, path, main, mine, stopped } = yield* diverged
      writeText(`${main}/more`, "")
      commitAll(main, "More")
      for (const [operation, commits] of [["cherry-pick", ["main~1", "main"]], ["revert", ["HEAD", mine]]] as const) {
        if (operation === "revert") {
          writeText(`${path}/src/file`, "again\n")
          commitAll(path, "Again")
          writeText(`${path}/src/file`, "and again\n")
          commitAll(path, "And again")
        }
        stopped(operation, "--no-edit", ...commits.map((commit) => commit === "HEAD" ? "HEAD~1" : commit))
        writeText(`${path}/src/file`, `${operation}\n`)
        commitAll(path, "Resolved")
        assert.strictEqual((yield* git.inspect(path, base)).inProgress, operation)
        runGit(path, operation, "--quit")
        assert.isNull((yield* git.inspect(path, base)).inProgress)
      }
    })
  )

  test(
    "tells nothing of the repository around a worktree that lost its .git file",
    Effect.gen(function*() {
      const { git, main, repository } = yield* given
      const path = `${main}/.worktrees/a`
      yield* git.addWorktree({ repository, path, branch: "impl/a", from: base })
      for (const breakIt of [() => fs.rmSync(`${path}/.git`), () => fs.writeFileSync(`${path}/.git`, "garbage")]) {
        breakIt()
        assert.include((yield* Effect.flip(git.summary(path, base))).message, "git worktree repair")
        assert.include((yield* Effect.flip(git.inspect(path, base))).message, "git worktree repair")
        runGit(main, "worktree", "repair")
        assert.strictEqual((yield* git.inspect(path, base)).branch, "impl/a")
      }
      fs.rmSync(path, { recursive: true })
      assert.include((yield* Effect.flip(git.summary(path, base))).message, "the folder is gone")
    })
  )

  test(
    "names submodules, and which of them hold work",
    Effect.gen(function*() {
      const { add, git, main, repository, root } = yield* withRemote
      for (const name of ["clean one", "changed", "ahead", "empty"]) {
        runGit(main, "submodule", "--quiet", "add", `${root}/remote.git`, name)
      }
      commitAll(main, "Submodules")
      const path = yield* add("a")
      runGit(path, "submodule", "--quiet", "update", "--init", "clean one", "changed", "ahead")
      writeText(`${path}/changed/new`, "")
      commitAll(`${path}/ahead`, "Ahead")
      runGit(path, "add", "ahead")
      commitAll(path, "Take the new one")
      assert.deepStrictEqual((yield* git.inspect(path, base)).submodules, [
        { path: "ahead", dirty: true },
        { path: "changed", dirty: true },
        { path: "clean one", dirty: false }
      ])
      yield* git.removeWorktree(repository, path)
      assert.isFalse(fs.existsSync(path))
      assert.strictEqual((yield* git.worktrees(repository)).length, 1)
    })
  )
})

describe("git: removing worktrees", () => {
  test(
    "removes a locked one",
    Effect.gen(function*() {
      const { add, git, main, repository } = yield* given
      const path = yield* add("a")
      runGit(main, "worktree", "lock", "--reason", "on a stick", path)
      assert.strictEqual((yield* git.worktrees(repository))[1]?.locked, "on a stick")
      yield* git.removeWorktree(repository, path)
      assert.isFalse(fs.existsSync(path))
    })
  )

  test(
    "removes one record only when a folder is gone, locked or not",
    Effect.gen(function*() {
      const { add, git, main, repository, root } = yield* given
      const paths = [yield* add("one"), yield* add("two"), yield* add("three")]
      yield* git.addWorktree({ repository, path: `${root}/other/one`, branch: "same-name", from: base })
      for (const path of paths) fs.rmSync(path, { recursive: true })
      runGit(main, "worktree", "lock", `${root}/one`)
      yield* git.removeWorktree(repository, `${root}/one`)
      yield* git.removeWorktree(repository, `${root}/one`)
      assert.deepStrictEqual(
        (yield* git.worktrees(repository)).map(({ missing, path }) => [path, missing]),
        [
          [main, false],
          [`${root}/other/one`, false],
          [`${root}/three`, true],
          [`${root}/two`, true]
        ].sort()
      )
    })
  )

  test(
    "removes one with a broken or missing .git file, and leaves a copy of a worktree alone",
    Effect.gen(function*() {
      const { add, git, repository, root } = yield* given
      const [broken, without, whole] = [yield* add("broken"), yield* add("without"), yield* add("whole")]
      fs.writeFileSync(`${broken}/.git`, "garbage")
      fs.rmSync(`${without}/.git`)
      fs.cpSync(whole, `${root}/copy`, { recursive: true })
      for (const path of [broken, without]) yield* git.removeWorktree(repository, path)
      yield* Effect.flip(git.removeWorktree(repository, `${root}/copy`))
      assert.sameMembers(fs.readdirSync(root), ["copy", "khealth", "whole"])
      assert.strictEqual((yield* git.worktrees(repository)).length, 2)
      assert.deepStrictEqual((yield* git.summary(whole, null)).changes, [])
    })
  )

  test(
    "knows the main checkout by other names too",
    Effect.gen(function*() {
      const { git, main, repository, root } = yield* given
      fs.symlinkSync(root, `${root}/link`)
      for (const path of [`${main}/`, `${root}/link/khealth`, `${main}/../khealth`, root]) {
        yield* Effect.flip(git.removeWorktree(repository, path))
      }
      assert.isTrue(fs.existsSync(`${main}/src/file`))
    })
  )

  test(
    "removes read-only folders, and never what a link leads to",
    Effect.gen(function*() {
      const { add, git, repository, root } = yield* given
      const path = yield* add("a")
      writeText(`${root}/outside/file`, "kept")
      writeText(`${path}/cache/deep/file`, "")
      fs.symlinkSync(`${root}/outside`, `${path}/cache/link`)
      for (const folder of ["cache/deep", "cache"]) fs.chmodSync(`${path}/${folder}`, 0o555)
      // The superuser may write everywhere; others would fail without the change of mode.
      assert.match(execFileSync("stat", ["-c", "%a", `${path}/cache`], { encoding: "utf8" }), /^555/u)
      yield* git.removeWorktree(repository, path)
      assert.isFalse(fs.existsSync(path))
      assert.isTrue(fs.existsSync(`${root}/outside/file`))
    })
  )

  test(
    "deletes a branch with its settings, and leaves other branches' alone",
    Effect.gen(function*() {
      const { git, main, repository } = yield* given
      for (const branch of ["impl/a", "impl/b"]) {
        runGit(main, "branch", branch)
        runGit(main, "config", `branch.${branch}.description`, "text")
      }
      const head = (yield* git.branchHead(repository, "impl/a")) ?? ""
      yield* git.deleteBranch(repository, "impl/a", head)
      const config = fs.readFileSync(`${main}/.git/config`, "utf8")
      assert.notInclude(config, "impl/a")
      assert.include(config, "impl/b")
      const failure = yield* Effect.flip(git.deleteBranch(repository, "main", head))
      assert.include(failure.stderr, `branch main is checked out at ${main}`)
    })
  )

  test(
    "excludes paths from many callers at once without breaking a line",
    Effect.gen(function*() {
      const { git, main, repository } = yield* given
      fs.writeFileSync(`${main}/.git/info/exclude`, "no line end")
      const paths = Array.from({ length: 20 }, (_, index) => `.file ${index} [x] `)
      yield* Effect.forEach(paths, (path) => git.exclude(repository, [path]), { concurrency: "unbounded" })
      for (const path of paths) writeText(`${main}/${path}`, "")
      writeText(`${main}/.file 1 x`, "")
      assert.deepStrictEqual((yield* git.summary(main, null)).changes, [{ path: ".file 1 x", kind: "untracked" }])
      assert.include(fs.readFileSync(`${main}/.git/info/exclude`, "utf8").split("\n"), "no line end")
    })
  )
})
