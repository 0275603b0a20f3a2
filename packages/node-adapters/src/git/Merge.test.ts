import { assert, describe, it } from "@effect/vitest"
import { type BranchMerge, Git } from "@slipway/core"
import { memoryHostLayer, ScratchFolder } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import { Subprocess } from "../process/Subprocess.ts"
import { commitAll, gitVariables, runGit, writeText } from "../testing/GitRepository.ts"
import { gitInScratchLayer, given, withRemote } from "../testing/GitScenario.ts"
import { temporaryFolderLayer } from "../testing/TemporaryFolder.ts"
import { gitCommandLayer } from "./GitCommand.ts"

const test = (title: string, body: Effect.Effect<void, unknown, Git | ScratchFolder>) =>
  it.live(title, () => Effect.provide(body, gitInScratchLayer))

const merging = Effect.fnUntraced(function*(main: string, options: Partial<BranchMerge> = {}) {
  const git = yield* Git
  const branch = options.branch ?? "impl/a"
  return yield* git.merge({
    repository: yield* Effect.catchTag(git.repository(main), "NotARepository", Effect.die),
    branch,
    head: runGit(main, "rev-parse", `refs/heads/${branch}`).trim(),
    into: "main",
    message: "Merge impl/a",
    strategy: "fast-forward-or-commit",
    ...options
  })
})

const headOf = (main: string, ref: string): string => runGit(main, "rev-parse", ref).trim()

/** What is done to a work tree. */
type Change = (folder: string) => void

/** Branches that have diverged: what each side does to a common beginning. */
const sides = Effect.fnUntraced(function*(
  common: Change,
  ours: Change,
  theirs: Change
) {
  const arranged = yield* given
  const { add, main } = arranged
  common(main)
  commitAll(main, "Common")
  const path = yield* add("a")
  theirs(path)
  ours(main)
  return { ...arranged, path, theirs: commitAll(path, "Theirs"), ours: commitAll(main, "Ours") }
})

const write = (file: string, content: string) => (folder: string) => writeText(`${folder}/${file}`, content)
const lines = (text: string) => Array.from({ length: 20 }, (_, index) => `${text} ${index}\n`).join("")
const renamed = (name: string) => (folder: string) => fs.renameSync(`${folder}/file`, `${folder}/${name}`)

describe("git: merges in conflict", () => {
  const deleted = (folder: string) => fs.rmSync(`${folder}/file`)
  const file = write("file", lines("a"))
  const kinds: ReadonlyArray<readonly [string, Change, Change, Change, ReadonlyArray<string>]> = [
    ["content", file, write("file", "ours"), write("file", "theirs"), ["file"]],
    ["both added", () => undefined, write("-x\n\"ü\" y", "ours"), write("-x\n\"ü\" y", "theirs"), ["-x\n\"ü\" y"]],
    ["modified and deleted", file, write("file", `${lines("a")}more`), deleted, ["file"]],
    ["renamed and deleted", file, renamed("new"), deleted, ["new"]],
    ["renamed twice", file, renamed("one"), renamed("two"), ["file", "one", "two"]],
    [
      "a folder that was split",
      (folder) => {
        write("dir/a", lines("a"))(folder)
        write("dir/b", lines("b"))(folder)
      },
      (folder) => {
        fs.mkdirSync(`${folder}/x`)
        fs.mkdirSync(`${folder}/y`)
        fs.renameSync(`${folder}/dir/a`, `${folder}/x/a`)
        fs.renameSync(`${folder}/dir/b`, `${folder}/y/b`)
      },
      write("dir/new", "n"),
      ["dir"]
    ],
    ["binary", write("file", "\0"), write("file", "\0a"), write("file", "\0b"), ["file"]]
  ]
  it.live.each(kinds)("are told: %s", ([, common, ours, theirs, files]) =>
    Effect.gen(function*() {
      const { main, ...heads } = yield* sides(common, ours, theirs)
      const outcome = yield* merging(main)
      assert.deepStrictEqual(outcome, { _tag: "Conflicted", head: heads.theirs, base: heads.ours, files })
      assert.strictEqual(headOf(main, "main"), heads.ours)
      assert.strictEqual(runGit(main, "status", "--porcelain"), "")
    }).pipe(Effect.provide(gitInScratchLayer)))

  test(
    "are told of submodules",
    Effect.gen(function*() {
      const { add, main, root } = yield* given
      runGit(root, "clone", "--quiet", main, "library")
      runGit(main, "submodule", "--quiet", "add", `${root}/library`, "sub")
      commitAll(main, "With a submodule")
      const path = yield* add("a")
      runGit(path, "submodule", "--quiet", "update", "--init")
      for (const folder of [path, main]) {
        writeText(`${folder}/sub/file`, folder)
        commitAll(`${folder}/sub`, "Own")
        commitAll(folder, "Moves the submodule")
      }
      const outcome = yield* merging(main)
      assert.deepStrictEqual(outcome._tag === "Conflicted" ? outcome.files : outcome, ["sub"])
    })
  )

  test(
    "are none where both sides changed other lines of a file, or one renamed it",
    Effect.gen(function*() {
      const { main } = yield* sides(
        write("file", lines("a")),
        write("file", `first\n${lines("a")}`),
        (folder) => {
          write("file", `${lines("a")}last\n`)(folder)
          renamed("new name")(folder)
        }
      )
      assert.strictEqual((yield* merging(main))._tag, "Merged")
      assert.strictEqual(fs.readFileSync(`${main}/new name`, "utf8"), `first\n${lines("a")}last\n`)
      assert.strictEqual(runGit(main, "status", "--porcelain"), "")
    })
  )
})

describe("git: merges where there is a remote", () => {
  /** A remote that has one commit more than the local default branch. */
  const behind = Effect.gen(function*() {
    const arranged = yield* withRemote
    const { add, main } = arranged
    const path = yield* add("a")
    write("theirs", "t")(path)
    commitAll(path, "Theirs")
    write("pushed", "p")(main)
    const pushed = commitAll(main, "Pushed")
    runGit(main, "push", "--quiet", "origin", "main")
    runGit(main, "reset", "--quiet", "--hard", "HEAD~")
    return { ...arranged, pushed }
  })

  test(
    "are made onto the remote's branch where that is newer, and take the local one along",
    Effect.gen(function*() {
      const { main, pushed } = yield* behind
      const outcome = yield* merging(main)
      assert(outcome._tag === "Merged")
      assert.deepStrictEqual([outcome.how, outcome.base], ["merge-commit", pushed])
      assert.strictEqual(headOf(main, "main^1"), pushed)
      assert.strictEqual(runGit(main, "status", "--porcelain"), "")
      assert.isTrue(fs.existsSync(`${main}/pushed`))
    })
  )

  test(
    "are made onto the local branch where that has commits of its own",
    Effect.gen(function*() {
      const { main } = yield* behind
      const own = commitAll(main, "Own")
      assert.strictEqual((yield* merging(main)).base, own)
    })
  )

  test(
    "follow the upstream that a branch has",
    Effect.gen(function*() {
      const { main, pushed } = yield* behind
      runGit(main, "branch", "--quiet", "next", "main")
      assert.strictEqual((yield* merging(main, { into: "next", isDryRun: true })).base, headOf(main, "main"))
      runGit(main, "branch", "--quiet", "--set-upstream-to", "origin/main", "next")
      assert.strictEqual((yield* merging(main, { into: "next" })).base, pushed)
    })
  )

  test(
    "make the default branch where only the remote has it",
    Effect.gen(function*() {
      const { git, main, pushed, repository } = yield* behind
      runGit(main, "checkout", "--quiet", "--detach")
      runGit(main, "branch", "--quiet", "-D", "main")
      const dry = yield* merging(main, { isDryRun: true })
      assert.deepStrictEqual([dry.base, yield* git.branchHead(repository, "main")], [pushed, null])
      const outcome = yield* merging(main)
      assert.strictEqual(outcome._tag === "Merged" ? outcome.commit : "", headOf(main, "refs/heads/main"))
      assert.strictEqual(headOf(main, "main^1"), pushed)
    })
  )
})

/** Two branches that merge without a conflict. */
const mergeable = sides(() => undefined, write("ours", "o"), write("theirs", "t"))

describe("git: merges", () => {
  test(
    "are refused while something else was begun where the branch is checked out",
    Effect.gen(function*() {
      const { main, ours, path } = yield* mergeable
      runGit(main, "checkout", "--quiet", "-b", "other", "main~")
      write("ours", "another")(main)
      commitAll(main, "Another")
      runGit(main, "checkout", "--quiet", "main")
      for (const [begin, what] of [["merge", "merge"], ["rebase", "rebase"], ["cherry-pick", "cherry-pick"]] as const) {
        assert.throws(() => runGit(main, begin, "other"))
        for (const isDryRun of [true, false]) {
          const failure = yield* Effect.flip(merging(main, { isDryRun }))
          assert.include(failure.stderr, `a ${what}`)
          assert.include(failure.advice ?? "", `git ${what} --abort`)
        }
        runGit(main, begin, "--abort")
      }
      assert.strictEqual(headOf(main, "main"), ours)
      assert.isTrue(fs.existsSync(path))
      assert.strictEqual((yield* merging(main))._tag, "Merged")
    })
  )

  test(
    "are refused where the branch is checked out in a folder that is gone",
    Effect.gen(function*() {
      const { git, main, repository, root } = yield* mergeable
      runGit(main, "branch", "next")
      yield* git.addWorktree({ repository, path: `${root}/next`, branch: "next" })
      fs.rmSync(`${root}/next`, { recursive: true })
      const failure = yield* Effect.flip(merging(main, { into: "next" }))
      assert.include(failure.advice ?? "", "worktree prune")
      runGit(main, "worktree", "prune")
      assert.strictEqual((yield* merging(main, { into: "next" }))._tag, "Merged")
    })
  )

  test(
    "take a linked worktree along, also from another one, unless its branch is checked out twice",
    Effect.gen(function*() {
      const { git, main, path, repository, root } = yield* mergeable
      const next = `${root}/next ü`
      runGit(main, "branch", "next")
      yield* git.addWorktree({ repository, path: next, branch: "next" })
      runGit(main, "worktree", "add", "--quiet", "--force", `${root}/twice`, "next")
      assert.include((yield* Effect.flip(merging(path, { into: "next" }))).stderr, "checked out twice")
      yield* git.removeWorktree(repository, `${root}/twice`)
      yield* merging(path, { into: "next" })
      assert.strictEqual(headOf(next, "HEAD"), headOf(main, "next"))
      assert.isTrue(fs.existsSync(`${next}/theirs`))
      assert.strictEqual(runGit(next, "status", "--porcelain"), "")
    })
  )

  test(
    "are what they are, whatever the user has set for merges by hand",
    Effect.gen(function*() {
      const { main, ours, theirs } = yield* mergeable
      const settings = {
        "merge.ff": "false",
        "merge.autoStash": "true",
        "branch.main.mergeOptions": "--squash --no-ff",
        "i18n.commitEncoding": "latin1",
        "diff.relative": "true",
        "status.showUntrackedFiles": "no",
        "diff.noprefix": "true",
        "core.quotePath": "true"
      }
      for (const [name, value] of Object.entries(settings)) runGit(main, "config", name, value)
      writeText(`${main}/ours`, "local")
      const message = "Zusammenführen: ü 🛠\n\n-- with a body\n# and no comment"
      yield* merging(main, { message })
      assert.strictEqual(
        runGit(main, "log", "-1", "--encoding=UTF-8", "--format=%P%n%an%n%B", "main").trimEnd(),
        [
          `${ours} ${theirs}`,
          "Ada",
          message
        ].join("\n")
      )
      assert.strictEqual(fs.readFileSync(`${main}/ours`, "utf8"), "local")
      assert.strictEqual(runGit(main, "stash", "list"), "")
    })
  )

  test(
    "are signed where the user signs commits, and refused where that fails",
    Effect.gen(function*() {
      const { main, ours, root } = yield* mergeable
      const sign = (script: string) => {
        writeText(`${root}/sign`, `#!/bin/sh\n${script}\n`)
        fs.chmodSync(`${root}/sign`, 0o755)
      }
      runGit(main, "config", "gpg.program", `${root}/sign`)
      runGit(main, "config", "commit.gpgsign", "yes")
      sign("exit 1")
      assert.include((yield* Effect.flip(merging(main))).advice ?? "", "sign")
      assert.strictEqual(headOf(main, "main"), ours)
      sign("cat > /dev/null; echo '[GNUPG:] SIG_CREATED ' >&2; echo signature")
      yield* merging(main)
      assert.include(runGit(main, "cat-file", "commit", "main"), "gpgsig signature")
    })
  )

  test(
    "that cannot write all files write none",
    Effect.gen(function*() {
      const { main, ours, path } = yield* mergeable
      write("src/file", "changed\n")(path)
      write("z/last", "l")(path)
      commitAll(path, "More")
      runGit(main, "config", "filter.broken.smudge", "false")
      runGit(main, "config", "filter.broken.required", "true")
      writeText(`${main}/.git/info/attributes`, "last filter=broken\n")
      writeText(`${main}/mine`, "kept")
      const failure = yield* Effect.flip(merging(main))
      assert.include(failure.stderr, "smudge filter broken failed")
      assert.strictEqual(headOf(main, "main"), ours)
      assert.strictEqual(runGit(main, "status", "--porcelain"), "?? mine\n")
    })
  )

  test(
    "of several branches at once all arrive",
    Effect.gen(function*() {
      const { add, git, main, repository } = yield* given
      const names = ["a", "b", "c"]
      const heads = yield* Effect.forEach(names, (name) =>
        Effect.map(add(name), (path) => {
          write(name, name)(path)
          return commitAll(path, name)
        }))
      yield* Effect.forEach(names, (name) => merging(main, { branch: `impl/${name}` }), { concurrency: "unbounded" })
      assert.strictEqual((yield* git.contained(repository, heads, "main")).size, 3)
      assert.strictEqual(runGit(main, "status", "--porcelain"), "")
    })
  )

  test(
    "of unrelated histories are refused",
    Effect.gen(function*() {
      const { main } = yield* given
      const tree = headOf(main, "HEAD^{tree}")
      runGit(main, "branch", "impl/a", runGit(main, "commit-tree", "-m", "Apart", tree).trim())
      const failure = yield* Effect.flip(merging(main))
      assert.include(failure.advice ?? "", "no commit in common")
    })
  )
})

describe("git: merges that this machine cannot make", () => {
  /** Runs with other variables than the user's. */
  const elsewhere = (variables: (root: string) => Readonly<Record<string, string>>) =>
    Layer.unwrap(Effect.map(ScratchFolder, ({ path }) =>
      gitCommandLayer.pipe(
        Layer.provide(Subprocess.layer),
        Layer.provide(memoryHostLayer({ variables: variables(path) }))
      ))).pipe(Layer.provideMerge(temporaryFolderLayer))

  it.live("because git does not know who the user is", () =>
    Effect.gen(function*() {
      const { main, ours } = yield* mergeable
      runGit(main, "config", "user.useConfigOnly", "true")
      const failure = yield* Effect.flip(merging(main))
      assert.include(failure.advice ?? "", "user.email")
      assert.strictEqual(headOf(main, "main"), ours)
    }).pipe(
      Effect.provide(elsewhere(() => ({ PATH: gitVariables.PATH, HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1" })))
    ))

  it.live("because its git is too old", () =>
    Effect.gen(function*() {
      const { main, ours, root } = yield* mergeable
      const real = gitVariables.PATH
      const script = `#!/bin/sh\n[ "$1" = merge-tree ] && exit 129\nPATH="${real}" exec git "$@"\n`
      writeText(`${root}/bin/git`, script)
      fs.chmodSync(`${root}/bin/git`, 0o755)
      const failure = yield* Effect.flip(merging(main))
      assert.include(failure.advice ?? "", "git 2.38")
      assert.strictEqual(headOf(main, "main"), ours)
    }).pipe(
      Effect.provide(elsewhere((root) => ({ ...gitVariables, PATH: `${root}/bin:${gitVariables.PATH}` })))
    ))
})
