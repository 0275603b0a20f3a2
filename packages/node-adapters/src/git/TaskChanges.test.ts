import { assert, describe, it } from "@effect/vitest"
import type { TaskWorkspaces } from "@slipway/core"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { commitAll, runGit, writeText } from "../testing/GitRepository.ts"
import { givenWorkspaces, realTaskWorkspacesLayer } from "../testing/WorkspaceScenario.ts"
import { parseNumstatAndPatch } from "./TaskChanges.ts"

type Real = Effect.Services<typeof givenWorkspaces> | TaskWorkspaces

const test = (title: string, body: Effect.Effect<void, unknown, Real>) =>
  it.live(title, () => Effect.provide(body, realTaskWorkspacesLayer()))

const givenCheckout = Effect.gen(function*() {
  const given = yield* givenWorkspaces
  const workspace = yield* given.prepare()
  const checkout = `${workspace.path}/khealth`
  const inspect = Effect.map(given.workspaces.inspect(workspace), ({ diff, repositories }) => {
    const [result] = repositories
    if (result === undefined) throw new Error("no result")
    return { ...result, diff }
  })
  const publish = Effect.flatMap(
    given.workspaces.inspect(workspace),
    (outcome) => given.workspaces.publish(workspace, outcome, given.rules)
  )
  return { ...given, checkout, inspect, publish, workspace }
})

describe("git: what an agent changed", () => {
  test(
    "is a diff that makes the same of the base: binary, renamed, removed, odd names, modes and links",
    Effect.gen(function*() {
      const { checkout, inspect, url } = yield* givenCheckout
      fs.renameSync(`${checkout}/README.md`, `${checkout}/READ ü\n"x".md`)
      fs.writeFileSync(`${checkout}/data.bin`, new Uint8Array(5000).map((_, index) => index * 7))
      writeText(`${checkout}/a/run.sh`, "exit 3\n")
      fs.chmodSync(`${checkout}/a/run.sh`, 0o755)
      fs.symlinkSync("a/run.sh", `${checkout}/link`)
      fs.rmSync(`${checkout}/src`, { recursive: true })
      writeText(`${checkout}/src`, "now a file")
      const found = yield* inspect
      assert.deepStrictEqual([found.filesChanged, found.insertions, found.deletions], [6, 3, 1])
      const plain = `${url}-work`
      writeText(`${plain}-patch`, found.diff)
      runGit(plain, "apply", "--index", `${plain}-patch`)
      runGit(checkout, "add", "--all")
      assert.strictEqual(runGit(plain, "write-tree"), runGit(checkout, "write-tree"))
    })
  )

  test(
    "is found on whatever branch, detached, rewritten, unborn, staged, locked",
    Effect.gen(function*() {
      const { base, checkout, inspect, publish } = yield* Effect.map(givenCheckout, (given) => ({
        ...given,
        base: given.workspace.repositories[0]?.base ?? ""
      }))
      writeText(`${checkout}/new`, "1\n")
      runGit(checkout, "add", "new")
      writeText(`${checkout}/.git/index.lock`, "")
      assert.deepStrictEqual([(yield* inspect).filesChanged, (yield* inspect).head], [1, base])
      fs.rmSync(`${checkout}/.git/index.lock`)
      runGit(checkout, "checkout", "--quiet", "-b", "other/branch")
      const head = commitAll(checkout, "Agent")
      runGit(checkout, "pack-refs", "--all")
      assert.deepStrictEqual([(yield* inspect).head, (yield* inspect).commits], [head, 1])
      runGit(checkout, "checkout", "--quiet", "--detach")
      assert.strictEqual((yield* inspect).head, head)
      runGit(checkout, "commit", "--quiet", "--amend", "-m", "Rewritten")
      const rewritten = yield* inspect
      assert.notStrictEqual(rewritten.head, head)
      assert.deepStrictEqual([rewritten.commits, rewritten.filesChanged], [1, 1])
      runGit(checkout, "checkout", "--quiet", "--orphan", "fresh")
      assert.deepStrictEqual([(yield* inspect).head, (yield* inspect).filesChanged], [base, 1])
      const orphan = commitAll(checkout, "Orphan")
      assert.deepStrictEqual([(yield* inspect).head, (yield* inspect).commits], [orphan, 1])
      assert.strictEqual((yield* publish).repositories[0]?.head, orphan)
    })
  )

  test(
    "counts what is committed although it is ignored, and not what the agent told git to ignore",
    Effect.gen(function*() {
      const { checkout, inspect, publish, url, arrange } = yield* givenCheckout
      writeText(`${checkout}/.git/info/exclude`, "cache/\n")
      writeText(`${checkout}/cache/x`, "x")
      assert.strictEqual((yield* inspect).filesChanged, 0)
      writeText(`${checkout}/.gitignore`, "dist\n")
      writeText(`${checkout}/dist/x`, "x")
      runGit(checkout, "add", "--force", "dist/x", ".gitignore")
      runGit(checkout, "commit", "--quiet", "-m", "Agent")
      writeText(`${checkout}/more`, "m")
      assert.strictEqual((yield* inspect).filesChanged, 3)
      yield* publish
      for (const path of ["dist/x", ".gitignore", "more"]) {
        assert.isNotNull(yield* arrange.file(url, "slipway/run-task-0", path), path)
      }
    })
  )

  test(
    "sees through flags in the index, and leaves out repositories that the agent made inside",
    Effect.gen(function*() {
      const { checkout, inspect } = yield* givenCheckout
      runGit(checkout, "update-index", "--assume-unchanged", "src/file")
      writeText(`${checkout}/src/file`, "hidden\n")
      runGit(checkout, "init", "--quiet", "inner")
      writeText(`${checkout}/inner/a`, "a")
      assert.strictEqual((yield* inspect).filesChanged, 1)
      commitAll(`${checkout}/inner`, "Inner")
      assert.strictEqual((yield* inspect).filesChanged, 1)
    })
  )

  test(
    "is told without running anything that the agent wrote into settings, attributes or hooks",
    Effect.gen(function*() {
      const { arrange, checkout, inspect, publish, root, url } = yield* givenCheckout
      const program = `${root}/evil.sh`
      const trace = `${root}/ran`
      writeText(program, `#!/bin/sh\necho "$0 $*" >> ${trace}\ncat\n`)
      fs.chmodSync(program, 0o755)
      const settings = {
        "core.fsmonitor": program,
        "core.hooksPath": `${root}/hooks`,
        "core.sshCommand": program,
        "core.editor": program,
        "core.alternateRefsCommand": program,
        "core.attributesFile": `${root}/attributes`,
        "diff.external": program,
        "diff.evil.textconv": program,
        "diff.evil.command": program,
        "filter.evil.clean": program,
        "filter.evil.smudge": program,
        "filter.evil.process": program,
        "commit.gpgSign": "true",
        "gpg.program": program,
        "credential.helper": `!${program}`,
        "remote.origin.pushurl": `ext::${program}`,
        "remote.origin.receivepack": program,
        "protocol.ext.allow": "always",
        [`url.ext::${program} .insteadOf`]: "/",
        "push.gpgSign": "true"
      }
      for (const [name, value] of Object.entries(settings)) runGit(checkout, "config", name, value)
      for (const hook of ["pre-push", "pre-commit", "post-index-change", "reference-transaction", "post-checkout"]) {
        for (const folder of [`${root}/hooks`, `${checkout}/.git/hooks`]) {
          fs.mkdirSync(folder, { recursive: true })
          fs.copyFileSync(program, `${folder}/${hook}`)
        }
      }
      writeText(`${checkout}/.git/info/attributes`, "* filter=evil diff=evil\n")
      writeText(`${checkout}/.gitattributes`, "* filter=evil diff=evil\n")
      writeText(`${checkout}/src/file`, "two\n")
      fs.rmSync(trace, { force: true })
      const found = yield* inspect
      assert.strictEqual(found.filesChanged, 2)
      yield* publish
      assert.strictEqual(yield* arrange.file(url, "slipway/run-task-0", "src/file"), "two\n")
      assert.isFalse(fs.existsSync(trace), fs.existsSync(trace) ? fs.readFileSync(trace, "utf8") : "")
      // The traps are real: whoever goes by the checkout's own settings runs them.
      runGit(checkout, "status")
      assert.isTrue(fs.existsSync(trace))
    })
  )

  test(
    "is nothing where submodules are, checked out or not, and their own programs are not run",
    Effect.gen(function*() {
      const { arrange, prepare, root, url, workspaces } = yield* givenCheckout
      const inner = yield* arrange.create("inner", "main", { a: "a" })
      runGit(`${url}-work`, "submodule", "--quiet", "add", inner, "lib/inner")
      yield* arrange.commit(url, "main", {})
      const workspace = yield* prepare({ session: "second" })
      const checkout = `${workspace.path}/khealth`
      const changes = Effect.map(
        workspaces.inspect(workspace),
        ({ repositories }) => repositories[0]?.filesChanged
      )
      assert.strictEqual(yield* changes, 0)
      runGit(checkout, "submodule", "--quiet", "update", "--init")
      const program = `${root}/evil.sh`
      writeText(program, `#!/bin/sh\ntouch ${root}/ran\n`)
      fs.chmodSync(program, 0o755)
      runGit(`${checkout}/lib/inner`, "config", "core.fsmonitor", program)
      writeText(`${checkout}/lib/inner/a`, "dirty")
      assert.strictEqual(yield* changes, 0)
      fs.rmSync(`${root}/ran`, { force: true })
      writeText(`${checkout}/new`, "n")
      assert.strictEqual(yield* changes, 1)
      assert.isFalse(fs.existsSync(`${root}/ran`))
      commitAll(`${checkout}/lib/inner`, "Inner")
      assert.strictEqual(yield* changes, 2)
    })
  )

  test(
    "cannot be told where the agent broke the repository",
    Effect.gen(function*() {
      const { checkout, inspect } = yield* givenCheckout
      const head = fs.readFileSync(`${checkout}/.git/HEAD`, "utf8")
      for (const text of ["", "nonsense", "ref: ../../x", "ref: refs/../../../../etc/passwd", "f".repeat(40)]) {
        fs.writeFileSync(`${checkout}/.git/HEAD`, text)
        const failure = yield* Effect.flip(inspect)
        assert.include(["RepositoryGone", "RepositoryUnreadable"], failure.reason, text)
        assert.isFalse(failure.transient)
      }
      fs.writeFileSync(`${checkout}/.git/HEAD`, head)
      assert.strictEqual((yield* inspect).filesChanged, 0)
      fs.renameSync(`${checkout}/.git`, `${checkout}/moved`)
      writeText(`${checkout}/.git`, `gitdir: ${checkout}/moved\n`)
      assert.strictEqual((yield* Effect.flip(inspect)).reason, "RepositoryGone")
    })
  )

  test(
    "is said in result.json, where that is a file of at most 1 MiB",
    Effect.gen(function*() {
      const { workspace, workspaces } = yield* givenCheckout
      const path = `${workspace.path}/result.json`
      const fault = Effect.map(workspaces.inspect(workspace), ({ resultFault }) => resultFault)
      fs.symlinkSync("/etc/passwd", path)
      assert.strictEqual(yield* fault, "result.json is no regular file")
      fs.rmSync(path)
      execFileSync("mkfifo", [path])
      assert.strictEqual(yield* fault, "result.json is no regular file")
      fs.rmSync(path)
      fs.writeFileSync(path, ` ${" ".repeat(1024 * 1024)}`)
      assert.strictEqual(yield* fault, "result.json is larger than 1 MiB")
      fs.writeFileSync(path, new Uint8Array([0x22, 0xff, 0x22]))
      assert.strictEqual(yield* fault, "result.json is no UTF-8 text")
    })
  )

  test(
    "is cut after 64 MiB, and counted whole",
    Effect.gen(function*() {
      const { checkout, inspect } = yield* givenCheckout
      const lines = 1_000_000
      const line = `${"x".repeat(69)}\n`
      writeText(`${checkout}/large`, line.repeat(lines))
      const found = yield* inspect
      assert.deepStrictEqual([found.filesChanged, found.insertions], [1, lines])
      assert.isTrue(found.diff.endsWith("\n(cut here: the diff is larger than 64 MiB)\n"))
      assert.isAtMost(found.diff.length, 65 * 1024 * 1024)
    })
  )

  it("is read off git's counts and patch", () => {
    assert.deepStrictEqual(parseNumstatAndPatch("3\t1\ta\n-\t-\tb\n\ndiff --git a/a b/a\n"), {
      counts: { filesChanged: 2, insertions: 3, deletions: 1 },
      patch: "diff --git a/a b/a\n"
    })
    assert.deepStrictEqual(parseNumstatAndPatch(""), {
      counts: { filesChanged: 0, insertions: 0, deletions: 0 },
      patch: ""
    })
  })
})
