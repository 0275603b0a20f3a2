import { assert, describe, it } from "@effect/vitest"
import { Git } from "@slipway/core"
import { memoryHostLayer, ScratchFolder } from "@slipway/core/testing"
import { Context, Effect, Layer, Ref } from "effect"
import * as fs from "node:fs"
import { Subprocess } from "../process/Subprocess.ts"
import { commitAll, createRepository, gitVariables, writeText } from "../testing/GitRepository.ts"
import { temporaryFolderLayer } from "../testing/TemporaryFolder.ts"
import { gitCommandLayer } from "./GitCommand.ts"

class CharactersRead extends Context.Service<CharactersRead, Ref.Ref<number>>()("CharactersRead") {}

/** Counts what git prints. */
const countingLayer = Layer.effect(
  Subprocess,
  Effect.gen(function*() {
    const subprocess = yield* Subprocess
    const read = yield* CharactersRead
    return Subprocess.of({
      run: (request) =>
        Effect.tap(subprocess.run(request), ({ stdout }) => Ref.update(read, (sum) => sum + stdout.length))
    })
  })
).pipe(Layer.provide(Subprocess.layer))

const layer = gitCommandLayer.pipe(
  Layer.provide(countingLayer),
  Layer.provide(memoryHostLayer({ variables: gitVariables })),
  Layer.provideMerge(Layer.effect(CharactersRead, Ref.make(0))),
  Layer.merge(temporaryFolderLayer)
)

const given = Effect.gen(function*() {
  const git = yield* Git
  const main = (yield* ScratchFolder).path
  writeText(`${main}/.gitignore`, "node_modules\n.env\n*.db\ndata/\n!kept.db\n")
  createRepository(main, "main")
  const matching = (...patterns: ReadonlyArray<string>) =>
    Effect.map(git.ignoredMatching(main, patterns), (paths) => [...paths].sort())
  return { main, matching }
})

const test = (title: string, body: Effect.Effect<void, unknown, Git | ScratchFolder | CharactersRead>) =>
  it.live(title, () => Effect.provide(body, layer))

describe("git: ignored files", () => {
  test(
    "match as in a .gitignore: anchored, by folder, and not after all",
    Effect.gen(function*() {
      const { main, matching } = yield* given
      for (const path of [".env", "a/.env", "a/b/x.db", "x.db", "data/deep/file", "kept.db", "other"]) {
        writeText(`${main}/${path}`, "")
      }
      assert.deepStrictEqual(yield* matching(".env"), [".env", "a/.env"])
      assert.deepStrictEqual(yield* matching("/.env"), [".env"])
      assert.deepStrictEqual(yield* matching("a/**"), ["a/.env", "a/b/x.db"])
      assert.deepStrictEqual(yield* matching("data"), ["data/deep/file"])
      assert.deepStrictEqual(yield* matching("*.db", "!/x.db"), ["a/b/x.db"])
      assert.deepStrictEqual(yield* matching("!/x.db", "*.db"), ["a/b/x.db", "x.db"])
      assert.deepStrictEqual(yield* matching("*"), [".env", "a/.env", "a/b/x.db", "data/deep/file", "x.db"])
      assert.deepStrictEqual(yield* matching("--output=x", "-z", "absent"), [])
    })
  )

  test(
    "may have names that mean something to git",
    Effect.gen(function*() {
      const { main, matching } = yield* given
      const names = [":(top)x.db", "!n.db", "[x].db", "a\nb.db", "\"q\".db", "ü 🛠.db", " s .db", "-f.db"]
      for (const name of names) writeText(`${main}/${name}`, "")
      assert.deepStrictEqual(yield* matching("*.db"), [...names].sort())
      assert.deepStrictEqual(yield* matching("\\!n.db", "\\[x].db"), ["!n.db", "[x].db"])
    })
  )

  test(
    "of repositories inside, and tracked ones, are left out; of links, the link is meant",
    Effect.gen(function*() {
      const { main, matching } = yield* given
      writeText(`${main}/inner/src/.env`, "")
      createRepository(`${main}/inner`, "main")
      fs.symlinkSync("inner", `${main}/link.db`)
      writeText(`${main}/kept.db`, "")
      commitAll(main, "More")
      assert.deepStrictEqual(yield* matching(".env", "*.db"), ["link.db"])
    })
  )

  test(
    "that nobody asked for are not listed, however many there are",
    Effect.gen(function*() {
      const { main, matching } = yield* given
      for (let count = 0; count < 2000; count++) writeText(`${main}/node_modules/package/file-${count}.js`, "")
      writeText(`${main}/.env`, "")
      assert.deepStrictEqual(yield* matching(".env"), [".env"])
      assert.isBelow(yield* Ref.get(yield* CharactersRead), 100)
    })
  )
})
