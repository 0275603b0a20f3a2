import { assert, describe, it } from "@effect/vitest"
import type { Git } from "@slipway/core"
import { gitContract, gitEvidenceContract, type ScratchFolder } from "@slipway/core/testing"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import { join } from "node:path"
import { commitAll, createRepository, realRepositoriesLayer, runGit, writeText } from "../testing/GitRepository.ts"
import { gitInScratchLayer, given, withRemote } from "../testing/GitScenario.ts"

gitContract("git", Layer.merge(gitInScratchLayer, realRepositoriesLayer))
gitEvidenceContract("git", Layer.merge(gitInScratchLayer, realRepositoriesLayer))

const test = (title: string, body: Effect.Effect<void, unknown, Git | ScratchFolder>) =>
  it.live(title, () => Effect.provide(body, gitInScratchLayer))

describe("git: repositories", () => {
  test(
    "have names with spaces, letters of other scripts, and line ends",
    Effect.gen(function*() {
      const { git, root } = yield* given
      const main = `${root}/a b\nü 🛠`
      createRepository(main, "main")
      const repository = yield* git.repository(`${main}/`)
      assert.deepStrictEqual(repository, { main, current: main, commonDirectory: `${main}/.git` })
      const path = `${root}/c d\né`
      yield* git.addWorktree({ repository, path, branch: "ö/ü", from: "HEAD" })
      assert.deepStrictEqual(yield* git.repository(path), { ...repository, current: path })
      const [, linked] = yield* git.worktrees(repository)
      assert.deepStrictEqual([linked?.path, linked?.branch, linked?.missing], [path, "ö/ü", false])
      writeText(`${path}/new\nfile "x"`, "")
      assert.deepStrictEqual((yield* git.summary(path, null)).changes, [{ path: "new\nfile \"x\"", kind: "untracked" }])
      yield* git.removeWorktree(repository, path)
      assert.isFalse(fs.existsSync(path))
    })
  )

  test(
    "are found through links, and bare ones are none",
    Effect.gen(function*() {
      const { git, main, repository, root } = yield* given
      fs.symlinkSync(main, `${root}/link`)
      assert.deepStrictEqual(yield* git.repository(`${root}/link/src`), repository)
      runGit(root, "init", "--quiet", "--bare", "bare.git")
      runGit(root, "clone", "--quiet", "--bare", main, "project/.git")
      for (const name of ["bare.git", "project/.git"]) {
        if (name === "bare.git") runGit(`${root}/${name}`, "fetch", "--quiet", main, "main:main")
        runGit(`${root}/${name}`, "worktree", "add", "--quiet", `${root}/of-${name.slice(0, 4)}`, "main")
      }
      const bare = ["bare.git", "project/.git", "project", "of-bare", "of-proj"].map((name) => `${root}/${name}`)
      for (const directory of [...bare, `${main}/.git`]) {
        assert.strictEqual((yield* Effect.flip(git.repository(directory)))._tag, "NotARepository")
      }
    })
  )

  test(
    "with a git folder elsewhere, and submodules, have their own main checkout",
    Effect.gen(function*() {
      const { git, main, root } = yield* given
      runGit(root, "init", "--quiet", "-b", "main", "--separate-git-dir", `${root}/store`, `${root}/apart`)
      commitAll(`${root}/apart`, "First")
      const apart = yield* git.repository(`${root}/apart`)
      assert.strictEqual(apart.main, `${root}/apart`)
      assert.strictEqual((yield* git.worktrees(apart))[0]?.path, `${root}/apart`)
      runGit(`${root}/apart`, "submodule", "--quiet", "add", main, "sub")
      const sub = yield* git.repository(`${root}/apart/sub`)
      assert.strictEqual(sub.main, `${root}/apart/sub`)
      yield* git.addWorktree({ repository: sub, path: `${root}/of-sub`, branch: "b", from: "HEAD" })
      assert.strictEqual((yield* git.repository(`${root}/of-sub`)).main, `${root}/apart/sub`)
    })
  )

  test(
    "that git refuses to read fail in its words",
    Effect.gen(function*() {
      const { git, main } = yield* given
      writeText(`${main}/.git/config`, "[core\n")
      const failure = yield* Effect.flip(git.repository(main))
      assert.strictEqual(failure._tag, "GitFailed")
      assert.match(failure.message, /^git rev-parse --path-format=absolute failed: bad config line 1/u)
    })
  )
})

describe("git: the default branch", () => {
  test(
    "is the one that the remote names, is brought up to date, and is counted against",
    Effect.gen(function*() {
      const { git, main, repository, root } = yield* withRemote
      runGit(main, "push", "--quiet", "origin", "main:release")
      runGit(main, "remote", "set-head", "origin", "release")
      const branch = yield* git.defaultBranch(repository)
      assert.deepStrictEqual(branch, { name: "release", remote: "origin", ref: "refs/remotes/origin/release" })
      runGit(root, "clone", "--quiet", "-b", "release", "remote.git", "colleague")
      const theirs = commitAll(`${root}/colleague`, "Theirs")
      runGit(`${root}/colleague`, "push", "--quiet", "origin", "release")
      yield* git.fetch(repository, branch)
      assert.strictEqual(runGit(main, "rev-parse", branch.ref).trim(), theirs)
      const { ahead, behind } = yield* git.summary(main, branch.ref)
      assert.deepStrictEqual([ahead, behind], [0, 1])
    })
  )

  test(
    "cannot be fetched from a remote that is gone",
    Effect.gen(function*() {
      const { git, repository, root } = yield* withRemote
      fs.rmSync(`${root}/remote.git`, { recursive: true })
      const failure = yield* Effect.flip(git.fetch(repository, yield* git.defaultBranch(repository)))
      assert.include(failure.stderr, "does not appear to be a git repository")
    })
  )

  it.effect("is not waited for when nobody answers", () =>
    Effect.gen(function*() {
      const { git, main, repository, root } = yield* given
      writeText(
        `${root}/ssh`,
        `#!/bin/sh\necho $$ > "${root}/pid.new"; mv "${root}/pid.new" "${root}/pid"; exec sleep 600\n`
      )
      fs.chmodSync(`${root}/ssh`, 0o755)
      runGit(main, "remote", "add", "origin", "ssh://host.invalid/x")
      runGit(main, "config", "core.sshCommand", `"${root}/ssh"`)
      const fetching = git.fetch(repository, { name: "main", remote: "origin", ref: "refs/remotes/origin/main" })
      const fiber = yield* Effect.forkChild(Effect.flip(fetching))
      yield* Effect.promise(async () => {
        while (!fs.existsSync(`${root}/pid`)) await new Promise((resolve) => setImmediate(resolve))
      })
      yield* TestClock.adjust("30 seconds")
      const failure = yield* Fiber.join(fiber)
      assert.include(failure.stderr, "did not end within 30s")
      const stat = `/proc/${fs.readFileSync(`${root}/pid`, "utf8").trim()}/stat`
      assert.isTrue(!fs.existsSync(stat) || / [ZX] /u.test(fs.readFileSync(stat, "latin1")))
    }).pipe(Effect.provide(gitInScratchLayer)))

  test(
    "is found where none is checked out, and asked for in vain where nothing tells it",
    Effect.gen(function*() {
      const { git, main, repository } = yield* given
      runGit(main, "branch", "--move", "main", "odd")
      runGit(main, "checkout", "--quiet", "--detach")
      assert.strictEqual((yield* git.defaultBranch(repository)).name, "odd")
      runGit(main, "branch", "other")
      const failure = yield* Effect.flip(git.defaultBranch(repository))
      assert.include(failure.message, "no branch is checked out")
      runGit(main, "config", "init.defaultBranch", "other")
      assert.deepStrictEqual(yield* git.defaultBranch(repository), {
        name: "other",
        remote: null,
        ref: "refs/heads/other"
      })
    })
  )

  test(
    "is asked for in vain before the first commit",
    Effect.gen(function*() {
      const { git, root } = yield* given
      runGit(root, "init", "--quiet", "empty")
      const failure = yield* Effect.flip(git.defaultBranch(yield* git.repository(`${root}/empty`)))
      assert.include(failure.message, "no commit yet")
      assert.strictEqual((yield* git.inspect(`${root}/empty`, null)).head, "")
    })
  )
})

describe("git: adding worktrees", () => {
  test(
    "works fifty times at once, with a remote, and tracks nothing",
    Effect.gen(function*() {
      const { git, main, repository, root } = yield* withRemote
      const names = Array.from({ length: 50 }, (_, index) => `w${index}`)
      const config = fs.readFileSync(`${main}/.git/config`, "utf8")
      yield* Effect.forEach(
        names,
        (name) =>
          git.addWorktree({
            repository,
            path: `${root}/${name}`,
            branch: `impl/${name}`,
            from: "refs/remotes/origin/main"
          }),
        {
          concurrency: "unbounded"
        }
      )
      const listed = yield* git.worktrees(repository)
      assert.sameMembers(listed.slice(1).map(({ branch }) => branch), names.map((name) => `impl/${name}`))
      assert.strictEqual(new Set(listed.map(({ gitDirectory }) => gitDirectory)).size, 51)
      assert.isTrue(
        listed.every(({ gitDirectory, path }) => path === main || fs.existsSync(join(gitDirectory, "HEAD")))
      )
      assert.strictEqual(fs.readFileSync(`${main}/.git/config`, "utf8"), config)
      yield* Effect.forEach(names, (name) =>
        Effect.gen(function*() {
          yield* git.removeWorktree(repository, `${root}/${name}`)
          yield* git.deleteBranch(repository, `impl/${name}`, listed[0]?.head ?? "")
        }), { concurrency: "unbounded" })
      assert.strictEqual((yield* git.worktrees(repository)).length, 1)
      assert.strictEqual(runGit(main, "for-each-ref", "--format=%(refname)", "refs/heads"), "refs/heads/main\n")
    })
  )

  test(
    "waits for a lock that another git holds",
    Effect.gen(function*() {
      const { add, main, repository } = yield* given
      const lock = `${main}/.git/refs/heads/impl/a.lock`
      writeText(lock, "")
      const [path] = yield* Effect.all([
        add("a"),
        Effect.sync(() => fs.rmSync(lock)).pipe(Effect.delay("100 millis"))
      ], { concurrency: "unbounded" })
      assert.isTrue(fs.existsSync(`${path}/src/file`))
      assert.isFalse(fs.existsSync(lock))
      assert.strictEqual(repository.main, main)
    })
  )

  test(
    "takes all back when a hook refuses",
    Effect.gen(function*() {
      const { add, git, main, repository, root } = yield* given
      writeText(`${main}/.git/hooks/post-checkout`, "#!/bin/sh\necho 'no, thank you' >&2; exit 3\n")
      fs.chmodSync(`${main}/.git/hooks/post-checkout`, 0o755)
      assert.include((yield* Effect.flip(add("a"))).stderr, "no, thank you")
      assert.isFalse(fs.existsSync(`${root}/a`))
      assert.isNull(yield* git.branchHead(repository, "impl/a"))
      assert.strictEqual((yield* git.worktrees(repository)).length, 1)
    })
  )

  test(
    "does not forget a vanished worktree that is locked, or whose commits no branch has",
    Effect.gen(function*() {
      const { add, git, main, repository } = yield* given
      const [locked, detached] = [yield* add("locked"), yield* add("detached")]
      runGit(main, "worktree", "lock", locked)
      runGit(detached, "checkout", "--quiet", "--detach")
      for (const path of [locked, detached]) fs.rmSync(path, { recursive: true })
      for (const name of ["locked", "detached"]) {
        assert.match((yield* Effect.flip(add(name, "impl/new"))).stderr, /missing but (?:locked|already registered)/u)
      }
      assert.strictEqual((yield* git.worktrees(repository)).length, 3)
      assert.isNull(yield* git.branchHead(repository, "impl/new"))
    })
  )

  test(
    "leaves alone a branch that was there at the same commit",
    Effect.gen(function*() {
      const { add, git, main, repository } = yield* given
      runGit(main, "branch", "impl/a")
      const failure = yield* Effect.flip(add("a"))
      assert.strictEqual(failure.stderr, "a branch named 'impl/a' already exists")
      assert.isNotNull(yield* git.branchHead(repository, "impl/a"))
    })
  )

  test(
    "takes no name for an option",
    Effect.gen(function*() {
      const { add, git, main, repository, root } = yield* given
      assert.include((yield* Effect.flip(add("a", "-f"))).stderr, "not a valid branch name")
      assert.strictEqual(runGit(main, "for-each-ref", "--format=%(refname)"), "refs/heads/main\n")
      assert.isFalse(fs.existsSync(`${root}/a`))
      assert.isNull((yield* git.summary(main, "--output=x")).ahead)
      yield* Effect.flip(git.inspect(main, "--output=x"))
      yield* Effect.flip(git.isMergedOrPushed(repository, "main", "-x"))
      assert.isNull(yield* git.branchHead(repository, "--count=1"))
      yield* Effect.flip(git.fetch(repository, { name: "x", remote: `--upload-pack=touch ${root}/owned;`, ref: "x" }))
      assert.isFalse(fs.existsSync(`${root}/owned`))
    })
  )
})
