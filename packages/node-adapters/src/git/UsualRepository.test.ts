import { assert, describe, it } from "@effect/vitest"
import type { Git } from "@slipway/core"
import type { ScratchFolder } from "@slipway/core/testing"
import { Effect } from "effect"
import * as fs from "node:fs"
import { createRepository, runGit, writeText } from "../testing/GitRepository.ts"
import { gitInScratchLayer, given } from "../testing/GitScenario.ts"
import { usualRepository } from "./UsualRepository.ts"

const test = (title: string, body: Effect.Effect<void, unknown, Git | ScratchFolder>) =>
  it.live(title, () => Effect.provide(body, gitInScratchLayer))

describe("the repository around a folder, without asking git", () => {
  test(
    "is found from a checkout, a folder in it, a linked worktree and through links, as git finds it",
    Effect.gen(function*() {
      const { add, main, repository, root } = yield* given
      const path = yield* add("a")
      fs.mkdirSync(`${path}/deep/er`, { recursive: true })
      fs.symlinkSync(`${path}/deep`, `${root}/link`)
      assert.deepStrictEqual(yield* usualRepository(`${main}/`), repository)
      assert.deepStrictEqual(yield* usualRepository(`${main}/src`), repository)
      for (const directory of [path, `${path}/deep/er`, `${root}/link`]) {
        const found = yield* usualRepository(directory)
        assert.deepStrictEqual(found, { ...repository, current: path })
        assert.strictEqual(found?.current, runGit(directory, "rev-parse", "--show-toplevel").trimEnd())
      }
      for (const line of ["# a note", "[remote \"origin\"]", "\turl = ../x.git # here", "\tprune"]) {
        fs.appendFileSync(`${main}/.git/config`, `${line}\n`)
        assert.deepStrictEqual(yield* usualRepository(main), repository, line)
      }
    })
  )

  test(
    "is left to git wherever there may be more to it",
    Effect.gen(function*() {
      const { main, root } = yield* given
      const isLeft = (directory: string) => Effect.map(usualRepository(directory), (found) => found === null)
      runGit(root, "init", "--quiet", "--bare", "bare.git")
      runGit(root, "clone", "--quiet", "--bare", main, "project/.git")
      runGit(root, "init", "--quiet", "--separate-git-dir", `${root}/store`, `${root}/apart`)
      runGit(`${root}/bare.git`, "fetch", "--quiet", main, "main:main")
      runGit(`${root}/bare.git`, "worktree", "add", "--quiet", `${root}/of-bare`, "main")
      for (const name of ["", "bare.git", "bare.git/hooks", "project", "project/.git", "apart", "of-bare", "nowhere"]) {
        assert.isTrue(yield* isLeft(`${root}/${name}`), name)
      }
      assert.isTrue(yield* isLeft(`${main}/.git`))
      assert.isTrue(yield* isLeft(`${main}/.git/objects`))

      const config = `${main}/.git/config`
      const usual = fs.readFileSync(config, "utf8")
      const lines = [
        "[core",
        "\tworktree = ../x",
        "\tbare",
        "[include]\n\tpath = x",
        "\tname = \"a",
        "[extensions]",
        "\tx = \\"
      ]
      for (const line of lines) {
        fs.writeFileSync(config, `${usual}${line}\n`)
        assert.isTrue(yield* isLeft(main), line)
      }
      for (const [from, to] of [["bare = false", "bare = true"], ["formatversion = 0", "formatversion = 2"]] as const) {
        assert.include(usual, from)
        fs.writeFileSync(config, usual.replace(from, to))
        assert.isTrue(yield* isLeft(main), to)
      }
      fs.writeFileSync(config, usual)
      assert.isFalse(yield* isLeft(main))
      fs.renameSync(`${main}/.git/refs`, `${main}/.git/other`)
      assert.isTrue(yield* isLeft(main))
    })
  )

  test(
    "is left to git where the folder is somebody else's, and where a worktree's record is gone",
    Effect.gen(function*() {
      const { add, main, root } = yield* given
      const path = yield* add("a")
      writeText(`${root}/copy/.git`, "gitdir: /nowhere\n")
      assert.isNull(yield* usualRepository(`${root}/copy`))
      fs.rmSync(`${main}/.git/worktrees`, { recursive: true })
      assert.isNull(yield* usualRepository(path))
      if (process.getuid?.() !== 0) return
      createRepository(`${root}/theirs`, "main")
      fs.chownSync(`${root}/theirs`, 12345, 12345)
      assert.isNull(yield* usualRepository(`${root}/theirs`))
    })
  )
})
