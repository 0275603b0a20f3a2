import { assert, describe, it } from "@effect/vitest"
import type { Host, TaskWorkspaces } from "@slipway/core"
import { type ScratchFolder, taskWorkspacesContract, type WorkspaceArrangement } from "@slipway/core/testing"
import { Effect } from "effect"
import * as fs from "node:fs"
import type { Subprocess } from "../process/Subprocess.ts"
import { commitAll, runGit, writeText } from "../testing/GitRepository.ts"
import { asOtherUser } from "../testing/OtherUser.ts"
import { givenWorkspaces, realTaskWorkspacesLayer, workspaceFile } from "../testing/WorkspaceScenario.ts"

taskWorkspacesContract("git", realTaskWorkspacesLayer())

type Real = Host | ScratchFolder | Subprocess | TaskWorkspaces | WorkspaceArrangement

const test = (title: string, body: Effect.Effect<void, unknown, Real>) =>
  it.live(title, () => Effect.provide(body, realTaskWorkspacesLayer()))

describe("git: a task's checkout", () => {
  test(
    "is a whole, normal repository: status, log, branches, tags, commits, fetches and pushes",
    Effect.gen(function*() {
      const { arrange, prepare, url, workspaces } = yield* givenWorkspaces
      runGit(`${url}-work`, "tag", "-a", "-m", "one", "v1")
      runGit(`${url}-work`, "push", "--quiet", "origin", "v1")
      yield* arrange.commit(url, "release/1", { other: "o" })
      const workspace = yield* prepare()
      const checkout = `${workspace.path}/khealth`
      assert.strictEqual(
        runGit(checkout, "status", "--porcelain=v2", "--branch").split("\n")[1],
        "# branch.head slipway/run-task-0"
      )
      assert.include(runGit(checkout, "status"), "up to date with 'origin/main'")
      assert.strictEqual(runGit(checkout, "describe").trim(), "v1")
      assert.strictEqual(runGit(checkout, "rev-list", "--count", "origin/release/1").trim(), "2")
      assert.strictEqual(runGit(checkout, "config", "remote.origin.url").trim(), url)
      runGit(checkout, "fsck", "--strict")
      runGit(checkout, "fetch", "--quiet", "--prune")
      writeText(`${checkout}/new`, "new")
      const commit = commitAll(checkout, "Agent")
      runGit(checkout, "push", "--quiet", "origin", "HEAD:agent")
      assert.strictEqual(yield* arrange.head(url, "agent"), commit)
      runGit(checkout, "gc", "--quiet", "--prune=now")
      assert.deepStrictEqual((yield* workspaces.inspect(workspace)).repositories[0]?.filesChanged, 1)
    })
  )

  test(
    "is cut off at a depth",
    Effect.gen(function*() {
      const { arrange, prepare, repository, url, workspaces } = yield* givenWorkspaces
      for (const text of ["2", "3", "4"]) yield* arrange.commit(url, "main", { "src/file": text })
      const main = `${url}-work`
      runGit(main, "checkout", "--quiet", "-b", "side", "HEAD~1")
      commitAll(main, "Side")
      runGit(main, "checkout", "--quiet", "main")
      runGit(main, "merge", "--quiet", "--no-ff", "-m", "Merge", "side")
      runGit(main, "push", "--quiet", "origin", "main")
      for (const depth of [1, 2, 3, 9]) {
        const workspace = yield* prepare({ repositories: [repository({ depth })] })
        const checkout = `${workspace.path}/khealth`
        const plain = `${url}-plain-${depth}`
        runGit(main, "clone", "--quiet", "--depth", String(depth), `file://${url}`, plain)
        assert.strictEqual(runGit(checkout, "log", "--format=%H"), runGit(plain, "log", "--format=%H"), `${depth}`)
        runGit(checkout, "fsck", "--strict")
        writeText(`${checkout}/new-${depth}`, "")
        const outcome = yield* workspaces.inspect(workspace)
        assert.strictEqual(outcome.repositories[0]?.filesChanged, 1)
        runGit(checkout, "add", "--all")
        runGit(checkout, "commit", "--quiet", "-m", "Agent")
        runGit(checkout, "push", "--quiet", "origin", `HEAD:of-${depth}`)
      }
    })
  )

  test(
    "begins at a commit that no branch has",
    Effect.gen(function*() {
      const { arrange, prepare, repository, url, workspaces } = yield* givenWorkspaces
      const commit = yield* arrange.commit(url, "lost", { lost: "l" })
      runGit(url, "update-ref", "refs/pull/1/head", commit)
      runGit(url, "branch", "--quiet", "-D", "lost")
      const workspace = yield* prepare({ repositories: [repository({ commit })] })
      assert.strictEqual(yield* arrange.read(`${workspace.path}/khealth/lost`), "l")
      const short = yield* prepare({ repositories: [repository({ commit: commit.slice(0, 10) })], index: 1 })
      assert.strictEqual(short.repositories[0]?.base, commit)
      assert.strictEqual((yield* workspaces.inspect(short)).repositories[0]?.filesChanged, 0)
      const deep = yield* prepare({ repositories: [repository({ commit, depth: 1 })], index: 2 })
      assert.strictEqual(runGit(`${deep.path}/khealth`, "rev-list", "--count", "HEAD").trim(), "1")
    })
  )

  test(
    "of a repository with ids of SHA-256",
    Effect.gen(function*() {
      const { prepare, repository, root, rules, workspaces } = yield* givenWorkspaces
      runGit(root, "init", "--quiet", "--bare", "--object-format=sha256", "-b", "main", "long.git")
      runGit(root, "init", "--quiet", "--object-format=sha256", "-b", "main", "long")
      writeText(`${root}/long/a`, "a")
      const base = commitAll(`${root}/long`, "First")
      runGit(`${root}/long`, "push", "--quiet", "../long.git", "main")
      const workspace = yield* prepare({ repositories: [repository({ url: `${root}/long.git` })] })
      assert.strictEqual(workspace.repositories[0]?.base, base)
      writeText(`${workspace.path}/khealth/b`, "b")
      const outcome = yield* workspaces.inspect(workspace)
      const published = yield* workspaces.publish(workspace, outcome, rules)
      assert.match(published.repositories[0]?.head ?? "", /^[0-9a-f]{64}$/u)
      yield* prepare({ repositories: [repository({ url: `${root}/long.git` })], session: "second" })
    })
  )

  test(
    "has files of any bytes, secret ones for their owner alone, and runs no hook of a template",
    Effect.gen(function*() {
      const { prepare } = yield* givenWorkspaces
      const bytes = new Uint8Array(200 * 1024).map((_, index) => index % 251)
      const workspace = yield* prepare({
        files: [workspaceFile("data.bin", bytes), workspaceFile("khealth/deep/er/token", "s", true)]
      })
      assert.deepStrictEqual(new Uint8Array(fs.readFileSync(`${workspace.path}/data.bin`)), bytes)
      assert.strictEqual(fs.statSync(`${workspace.path}/data.bin`).mode & 0o777, 0o644)
      assert.strictEqual(fs.statSync(`${workspace.path}/khealth/deep/er/token`).mode & 0o777, 0o400)
      assert.strictEqual(runGit(`${workspace.path}/khealth`, "status", "--porcelain"), "")
      assert.isTrue(fs.statSync(workspace.home).isDirectory())
      for (const folder of workspace.readOnlyFolders) assert.isTrue(fs.existsSync(`${folder}/pack`))
    })
  )

  test(
    "never leads a file through its symbolic links",
    Effect.gen(function*() {
      const { prepare, repository, root, url } = yield* givenWorkspaces
      const main = `${url}-work`
      fs.mkdirSync(`${root}/outside`)
      writeText(`${root}/outside/file`, "mine")
      fs.symlinkSync(`${root}/outside/file`, `${main}/guide.md`)
      fs.symlinkSync(`${root}/outside/new`, `${main}/dangling.md`)
      fs.symlinkSync(`${root}/outside`, `${main}/docs`)
      commitAll(main, "Links")
      runGit(main, "push", "--quiet", "origin", "main")
      for (const path of ["guide.md", "dangling.md", "docs/file", "docs/new"]) {
        const failure = yield* Effect.flip(prepare({
          files: [workspaceFile(path, "theirs")],
          repositories: [repository({ path: "." })]
        }))
        assert.strictEqual(failure.reason, "FileUnwritable")
        assert.include(failure.message, "symbolic link")
      }
      const nested = yield* Effect.flip(
        prepare({ repositories: [repository({ path: "." }), repository({ path: "docs/inner" })] })
      )
      assert.strictEqual(nested.reason, "FileUnwritable")
      const over = yield* Effect.flip(
        prepare({ repositories: [repository({ path: "." }), repository({ path: "src" })] })
      )
      assert.strictEqual(over.reason, "FileUnwritable")
      assert.deepStrictEqual(fs.readdirSync(`${root}/outside`), ["file"])
      assert.strictEqual(fs.readFileSync(`${root}/outside/file`, "utf8"), "mine")
    })
  )

  test(
    "keeps a replaced file out of the agent's commits, even read-only ones and those that the repository un-ignores",
    Effect.gen(function*() {
      const { arrange, prepare, rules, url, workspaces } = yield* givenWorkspaces
      yield* arrange.commit(url, "main", { ".gitignore": "!*\n", "run.sh": "exit\n" })
      const workspace = yield* prepare({
        files: [workspaceFile("khealth/README.md", "mine"), workspaceFile("khealth/token", "s3cret", true)]
      })
      const checkout = `${workspace.path}/khealth`
      assert.strictEqual((yield* workspaces.inspect(workspace)).repositories[0]?.filesChanged, 0)
      writeText(`${checkout}/new`, "1")
      fs.chmodSync(`${checkout}/run.sh`, 0o755)
      const outcome = yield* workspaces.inspect(workspace)
      assert.strictEqual(outcome.repositories[0]?.filesChanged, 2)
      assert.include(outcome.diff, "new mode 100755")
      assert.notInclude(outcome.diff, "s3cret")
      yield* workspaces.publish(workspace, outcome, rules)
      assert.strictEqual(yield* arrange.file(url, "slipway/run-task-0", "README.md"), "# khealth\n")
      assert.isNull(yield* arrange.file(url, "slipway/run-task-0", "token"))
      // The agent commits the secret by itself: that leaves this machine by no means.
      commitAll(checkout, "All")
      const leaking = yield* workspaces.inspect(workspace)
      const failure = yield* Effect.flip(workspaces.publish(workspace, leaking, rules))
      assert.strictEqual(failure.reason, "SecretCommitted")
      assert.notInclude(failure.message, "s3cret")
    })
  )

  test(
    "leaves nothing when it cannot be made",
    Effect.gen(function*() {
      const { prepare, root } = yield* givenWorkspaces
      const long = workspaceFile(`khealth/${"x".repeat(300)}`, "")
      const failure = yield* Effect.flip(prepare({ files: [long] }))
      assert.strictEqual(failure.reason, "FileUnwritable")
      assert.deepStrictEqual(fs.readdirSync(`${root}/home/batch/workspaces/uid`), [])
    })
  )

  test(
    "is taken away also where agents made folders read-only",
    Effect.gen(function*() {
      const { prepare, root, workspaces } = yield* givenWorkspaces
      const outside = `${root}/outside`
      const workspace = yield* prepare()
      writeText(`${outside}/kept`, "")
      fs.mkdirSync(`${workspace.path}/mod/cache`, { recursive: true })
      writeText(`${workspace.path}/mod/cache/file`, "")
      fs.symlinkSync(outside, `${workspace.path}/mod/link`)
      for (const path of ["mod/cache", "mod"]) fs.chmodSync(`${workspace.path}/${path}`, 0o555)
      chownAll(root)
      yield* asOtherUser(workspaces.remove(workspace.key))
      assert.isFalse(fs.existsSync(workspace.path))
      assert.isTrue(fs.existsSync(`${outside}/kept`))
    })
  )

  test(
    "that another user left behind is told with its path",
    Effect.gen(function*() {
      if (process.getuid?.() !== 0) return
      const { prepare, root, workspaces } = yield* givenWorkspaces
      const workspace = yield* prepare()
      chownAll(root)
      fs.mkdirSync(`${workspace.path}/build`)
      writeText(`${workspace.path}/build/out`, "")
      const failure = yield* asOtherUser(Effect.flip(workspaces.remove(workspace.key)))
      assert.strictEqual(failure.reason, "WorkspaceNotRemoved")
      assert.include(failure.message, `${workspace.path}/build belongs to another user`)
    })
  )
})

/** Gives all to the user that {@link asOtherUser} is. */
const chownAll = (path: string): void => {
  if (process.getuid?.() !== 0) return
  fs.lchownSync(path, 65_534, 65_534)
  if (!fs.lstatSync(path).isDirectory()) return
  for (const name of fs.readdirSync(path)) chownAll(`${path}/${name}`)
}
