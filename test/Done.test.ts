import { appendFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { commandLineOf, type Run } from "./fixtures/CommandLine.ts"
import { git, makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"

const ok = (run: Run): void => assert.strictEqual(run.code, 0, run.stdout + run.stderr)

describe("the end of a worktree", () => {
  let project: SampleProject
  beforeAll(async () => {
    project = await makeSampleProject({ docker: false })
  })
  afterAll(() => project.remove())

  const command = (...args: ReadonlyArray<string>) =>
    commandLineOf(project).json(args, { variables: { DOCKER_HOST: "unix:///nowhere/engine.sock" } })

  /** A new worktree of the feature, and git in it. */
  const make = async (name: string, ...flags: ReadonlyArray<string>) => {
    ok(await command("impl", name, ...flags))
    const path = project.worktree(`impl-${name.replace("/", "-")}`)
    const inside = (...args: ReadonlyArray<string>) => git(path, ...args)
    const commit = (text: string) => {
      appendFileSync(join(path, "README.md"), `${text}\n`)
      inside("commit", "--quiet", "--all", "--message", text)
    }
    return { path, inside, commit }
  }

  const refusal = async (name: string) => {
    const refused = await command("done", name)
    assert.deepStrictEqual([refused.code, refused.envelope.error?.code], [4, "work-would-be-lost"], refused.stdout)
    assert.include(refused.envelope.error?.hint, "--force")
    return refused.envelope.error?.message ?? ""
  }

  const branches = (pattern: string): string =>
    project.git("branch", "--format=%(refname:short)", "--list", pattern).trim()

  it("refuses to lose work, with counts and names; --force loses it, but no commit", async () => {
    const { commit, inside, path } = await make("work")
    commit("First step")
    commit("Second step")
    writeFileSync(join(path, "README.md"), "changed\n")
    writeFileSync(join(path, "notes.txt"), "mine\n")
    writeFileSync(join(path, "ideas.txt"), "mine too\n")
    writeFileSync(join(path, ".env.local"), "SECRET=1\n")
    const message = await refusal("work")
    for (
      const part of [
        path,
        "Uncommitted changes detected: 1 file",
        "README.md",
        "Untracked files detected: 2 files",
        "notes.txt",
        "ideas.txt",
        "Unpushed commits detected: 2 commits",
        "First step",
        "Second step"
      ]
    ) assert.include(message, part)
    const plan = await command("done", "work", "--dry-run")
    ok(plan)
    assert.deepStrictEqual(
      plan.envelope.data.refusals.map((reason: { readonly kind: string }) => reason.kind),
      ["changes", "changes", "unpushed"]
    )
    assert.include(plan.envelope.data.warnings.join("\n"), ".env.local")
    assert.isTrue(existsSync(join(path, "ideas.txt")))

    const head = inside("rev-parse", "HEAD")
    const forced = await command("done", "work", "--force")
    ok(forced)
    assert.include(forced.envelope.data.branchKept, "neither merged nor on a remote")
    assert.isFalse(existsSync(path))
    assert.strictEqual(project.git("rev-parse", "impl/work"), head)

    const taken = await command("impl", "work")
    assert.deepStrictEqual([taken.code, taken.envelope.error?.code], [5, "branch-exists"])
    assert.include(taken.envelope.error?.hint, "--reuse")
    const again = await make("work", "--reuse")
    assert.strictEqual(again.inside("rev-parse", "HEAD"), head)
    ok(await command("done", "work", "--force"))
    project.git("branch", "-D", "impl/work")
  })

  it("counts stashes, what git is in the middle of, commits on a detached HEAD, and a lock", async () => {
    const { commit, inside, path } = await make("states")
    appendFileSync(join(path, "README.md"), "put aside\n")
    inside("stash", "push", "--quiet", "--message", "half an idea")
    const stashed = await refusal("states")
    assert.include(stashed, "Stashes made here: 1")
    assert.include(stashed, "half an idea")
    inside("stash", "drop", "--quiet")

    project.git("worktree", "lock", "--reason", "on a stick", path)
    assert.include(await refusal("states"), "The worktree is locked: on a stick")
    project.git("worktree", "unlock", path)

    inside("checkout", "--quiet", "--detach")
    commit("On no branch")
    const detached = await refusal("states")
    assert.include(detached, "Unpushed commits detected: 1 commit ")
    assert.include(detached, "On no branch")
    inside("checkout", "--quiet", "impl/states")

    inside("checkout", "--quiet", "-b", "theirs")
    commit("Theirs")
    inside("checkout", "--quiet", "impl/states")
    commit("Ours")
    assert.throws(() => inside("merge", "theirs"))
    assert.match(await refusal("states"), /A merge is in progress/u)
    project.git("worktree", "lock", path)
    ok(await command("done", "states", "--force"))
    assert.isFalse(existsSync(path))
    assert.notInclude(project.git("worktree", "list"), path)
    assert.strictEqual(branches("impl/states"), "impl/states")
    project.git("branch", "-D", "impl/states", "theirs")
  })

  it("deletes a branch that is merged or pushed, and keeps one whose commits are nowhere else", async () => {
    const merged = await make("ends/merged")
    merged.commit("Merged")
    project.git("merge", "--quiet", "impl/ends-merged")
    project.git("push", "--quiet")
    const pushed = await make("ends/pushed")
    pushed.commit("Pushed")
    pushed.inside("push", "--quiet", "origin", "HEAD")
    const squashed = await make("ends/squashed")
    squashed.commit("Squashed 1")
    squashed.commit("Squashed 2")
    squashed.inside("push", "--quiet", "origin", "HEAD")
    project.git("merge", "--quiet", "--squash", "impl/ends-squashed")
    project.git("commit", "--quiet", "--message", "Squash the feature")
    project.git("push", "--quiet", "origin", "main")
    for (const name of ["ends-merged", "ends-pushed", "ends-squashed"]) {
      const done = await command("done", name)
      ok(done)
      assert.isUndefined(done.envelope.data.branchKept)
    }
    assert.strictEqual(branches("impl/*"), "")

    // The branch of the pull request was deleted at the remote, and git does not know of the squash.
    const pruned = await make("ends/pruned")
    pruned.commit("Pruned")
    pruned.inside("push", "--quiet", "origin", "HEAD")
    project.git("push", "--quiet", "--delete", "origin", "impl/ends-pruned")
    assert.include(await refusal("ends-pruned"), "Unpushed commits detected: 1 commit ")
    ok(await command("done", "ends-pruned", "--force"))
    assert.strictEqual(branches("impl/*"), "impl/ends-pruned")
    project.git("branch", "-D", "impl/ends-pruned")
  })

  it("works when the branch was renamed, or deleted, by hand, and when the worktree was moved", async () => {
    const renamed = await make("hand/renamed")
    renamed.inside("branch", "--move", "better-name")
    assert.strictEqual((await command("status", "hand-renamed")).envelope.data.branch, "better-name")
    ok(await command("done", "hand-renamed"))
    assert.isFalse(existsSync(renamed.path))
    assert.strictEqual(branches("better-name"), "")

    const headless = await make("hand/headless")
    headless.inside("update-ref", "-d", "refs/heads/impl/hand-headless")
    const listed = await command("worktrees")
    ok(listed)
    assert.deepStrictEqual(listed.envelope.data.worktrees.map((row: { readonly path: string }) => row.path), [
      headless.path
    ])
    ok(await command("done", "hand-headless", "--force"))
    assert.isFalse(existsSync(headless.path))

    const moved = await make("hand/moved")
    const elsewhere = join(project.folder, "else where")
    project.git("worktree", "move", moved.path, elsewhere)
    const status = await command("status", "hand-moved")
    assert.strictEqual(status.envelope.data.path, elsewhere)
    ok(await command("done", "hand/moved"))
    assert.isFalse(existsSync(elsewhere))
    assert.strictEqual(branches("impl/*"), "")
  })

  it("is found from inside itself, from elsewhere, and by a piece of its name only when that is confirmed", async () => {
    const { path } = await make("f/M3")
    mkdirSync(join(path, "deep"))
    const twice = await command("impl", "f/M3")
    assert.deepStrictEqual([twice.code, twice.envelope.error?.code], [5, "worktree-exists"], twice.stdout)
    assert.include(twice.envelope.error?.message, path)
    assert.include(twice.envelope.error?.hint, "slipway done f-M3")
    const piece = await command("done", "3")
    assert.deepStrictEqual([piece.code, piece.envelope.error?.code], [5, "name-ambiguous"], piece.stdout)
    assert.include(piece.envelope.error?.hint, "--yes")
    assert.isTrue(existsSync(path))
    const missing = await command("done", "f-M4")
    assert.deepStrictEqual([missing.code, missing.envelope.error?.code], [3, "worktree-missing"])
    const done = await commandLineOf(project).json(["done", "f-M3"], { cwd: join(path, "deep") })
    ok(done)
    assert.isFalse(existsSync(path))
    assert.strictEqual(branches("impl/*"), "")
  })

  it("removes a worktree with a submodule, but not the work in it", async () => {
    const library = join(project.folder, "library")
    mkdirSync(library)
    git(library, "init", "--quiet", "--initial-branch=main")
    for (const [key, value] of [["user.name", "Sample"], ["user.email", "sample@example.org"]] as const) {
      git(library, "config", key, value)
    }
    writeFileSync(join(library, "code"), "code\n")
    git(library, "add", "--all")
    git(library, "commit", "--quiet", "--message", "Begin")
    const allow = ["-c", "protocol.file.allow=always"]
    project.git(...allow, "submodule", "--quiet", "add", library, "library")
    project.git("commit", "--quiet", "--message", "Use the library")
    project.git("push", "--quiet", "origin", "main")

    const { inside, path } = await make("sub")
    inside(...allow, "submodule", "--quiet", "update", "--init")
    appendFileSync(join(path, "library/code"), "more\n")
    const message = await refusal("sub")
    assert.include(message, "Submodules with changes: 1")
    assert.include(message, "library")
    git(join(path, "library"), "checkout", "--quiet", "--", ".")

    // A commit of the submodule that only this worktree has, though the feature itself is pushed.
    const own = (...args: ReadonlyArray<string>) =>
      git(join(path, "library"), "-c", "user.name=Sample", "-c", "user.email=sample@example.org", ...args)
    appendFileSync(join(path, "library/code"), "more\n")
    own("commit", "--quiet", "--all", "--message", "Only here")
    inside("commit", "--quiet", "--all", "--message", "Take the library's commit")
    inside("push", "--quiet", "origin", "HEAD")
    const unpushed = await refusal("sub")
    assert.include(unpushed, "library")
    own("push", "--quiet", "origin", "HEAD:refs/heads/from-here")
    ok(await command("done", "sub"))
    assert.isFalse(existsSync(path))
    assert.strictEqual(branches("impl/*"), "")
    assert.strictEqual(project.git("status", "--porcelain"), "")
  })
})
