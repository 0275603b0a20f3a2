import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, type Layer, Ref } from "effect"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { SpecFiles } from "../spec/SpecFiles.ts"
import { ScratchFolder } from "./ScratchFolder.ts"

/**
 * What every implementation of {@link SpecFiles} does, beside the {@link ProjectFiles} of the same machine. The layer
 * is built anew for each test. The clock is the real one: whoever waits for the lock may sleep.
 */
export const specFilesContract = (
  name: string,
  layer: Layer.Layer<ProjectFiles | SpecFiles | ScratchFolder>
): void => {
  const test = (title: string, body: Effect.Effect<void, unknown, ProjectFiles | SpecFiles | ScratchFolder>) =>
    it.live(title, () => Effect.provide(body, layer))

  const given = Effect.gen(function*() {
    return { files: yield* ProjectFiles, specFiles: yield* SpecFiles, root: (yield* ScratchFolder).path }
  })

  describe(`${name}: SpecFiles`, () => {
    test(
      "tells files, folders and links from each other",
      Effect.gen(function*() {
        const { files, root, specFiles } = yield* given
        yield* files.write(`${root}/a/file`, "")
        yield* specFiles.makeLink(`${root}/b`, "a")
        assert.strictEqual(yield* specFiles.kind(`${root}/a`), "directory")
        assert.strictEqual(yield* specFiles.kind(`${root}/a/file`), "file")
        assert.strictEqual(yield* specFiles.kind(`${root}/b`), "link")
        assert.isNull(yield* specFiles.kind(`${root}/c`))
        assert.isNull(yield* specFiles.kind(`${root}/a/file/below`))
        assert.deepStrictEqual(yield* specFiles.list(root), [
          { name: "a", kind: "directory" },
          { name: "b", kind: "link" }
        ])
        assert.deepStrictEqual(yield* specFiles.list(`${root}/c`), [])
        assert.strictEqual((yield* Effect.flip(specFiles.list(`${root}/a/file`))).action, "list")
      })
    )

    test(
      "makes links with the folders above them, tells where they lead, and removes them alone",
      Effect.gen(function*() {
        const { files, root, specFiles } = yield* given
        const link = `${root}/.kiro/specs/auth`
        yield* files.write(`${root}/.ai/projects/auth/spec.md`, "text")
        yield* specFiles.makeLink(link, "../../.ai/projects/auth")
        assert.strictEqual(yield* specFiles.linkTarget(link), `${root}/.ai/projects/auth`)
        yield* specFiles.makeLink(`${root}/dangling`, "nowhere")
        assert.strictEqual(yield* specFiles.linkTarget(`${root}/dangling`), `${root}/nowhere`)
        for (const path of [`${root}/.ai`, `${root}/.ai/projects/auth/spec.md`, `${root}/absent`]) {
          assert.isNull(yield* specFiles.linkTarget(path))
        }
        yield* specFiles.removeLink(link)
        yield* specFiles.removeLink(link)
        assert.isNull(yield* specFiles.kind(link))
        assert.strictEqual(yield* files.read(`${root}/.ai/projects/auth/spec.md`), "text")
      })
    )

    test(
      "makes no link over something, and removes nothing but links",
      Effect.gen(function*() {
        const { files, root, specFiles } = yield* given
        yield* files.write(`${root}/folder/file`, "kept")
        yield* specFiles.makeLink(`${root}/link`, "folder")
        for (const path of ["folder", "folder/file", "link"]) {
          assert.strictEqual((yield* Effect.flip(specFiles.makeLink(`${root}/${path}`, "x"))).action, "write")
        }
        for (const path of ["folder", "folder/file"]) {
          assert.strictEqual((yield* Effect.flip(specFiles.removeLink(`${root}/${path}`))).action, "remove")
        }
        const behind = [
          specFiles.makeLink(`${root}/folder/file/link`, "x"),
          specFiles.move(`${root}/link`, `${root}/folder/file/moved`)
        ]
        for (const attempt of behind) assert.strictEqual((yield* Effect.flip(attempt)).action, "write")
        assert.strictEqual(yield* files.read(`${root}/folder/file`), "kept")
        assert.strictEqual(yield* specFiles.linkTarget(`${root}/link`), `${root}/folder`)
      })
    )

    test(
      "moves files, folders and links, making the folder that they go into",
      Effect.gen(function*() {
        const { files, root, specFiles } = yield* given
        yield* files.write(`${root}/from/deep/file`, "text")
        yield* specFiles.makeLink(`${root}/from/link`, "deep")
        assert.isTrue(yield* specFiles.move(`${root}/from/deep/file`, `${root}/one/two/file`))
        assert.strictEqual(yield* files.read(`${root}/one/two/file`), "text")
        assert.isNull(yield* specFiles.kind(`${root}/from/deep/file`))
        assert.isTrue(yield* specFiles.move(`${root}/one`, `${root}/three/one`))
        assert.strictEqual(yield* files.read(`${root}/three/one/two/file`), "text")
        assert.isNull(yield* specFiles.kind(`${root}/one`))
        assert.isTrue(yield* specFiles.move(`${root}/from/link`, `${root}/from/moved`))
        assert.strictEqual(yield* specFiles.linkTarget(`${root}/from/moved`), `${root}/from/deep`)
        assert.isNull(yield* specFiles.kind(`${root}/from/link`))
        assert.strictEqual((yield* Effect.flip(specFiles.move(`${root}/absent`, `${root}/x`))).action, "write")
      })
    )

    test(
      "moves over nothing",
      Effect.gen(function*() {
        const { files, root, specFiles } = yield* given
        for (const path of ["a/file", "b/file", "c"]) yield* files.write(`${root}/${path}`, path)
        yield* specFiles.makeLink(`${root}/link`, "c")
        for (
          const [from, to] of [["a/file", "b/file"], ["a", "b"], ["a", "c"], ["c", "a"], ["c", "link"], ["link", "c"]]
        ) {
          assert.isFalse(yield* specFiles.move(`${root}/${from}`, `${root}/${to}`), `${from} to ${to}`)
        }
        for (const path of ["a/file", "b/file", "c"]) assert.strictEqual(yield* files.read(`${root}/${path}`), path)
        assert.strictEqual(yield* specFiles.linkTarget(`${root}/link`), `${root}/c`)
      })
    )

    test(
      "completes a move that left the same file in both places",
      Effect.gen(function*() {
        const { files, root, specFiles } = yield* given
        yield* files.write(`${root}/from`, "text")
        yield* files.write(`${root}/to`, "text")
        assert.isTrue(yield* specFiles.isSame(`${root}/from`, `${root}/to`))
        assert.isTrue(yield* specFiles.move(`${root}/from`, `${root}/to`))
        assert.isNull(yield* specFiles.kind(`${root}/from`))
        assert.strictEqual(yield* files.read(`${root}/to`), "text")
      })
    )

    test(
      "tells what is the same: the bytes of files, the targets of links, nothing else",
      Effect.gen(function*() {
        const { files, root, specFiles } = yield* given
        for (const [path, text] of [["a", "x"], ["b", "x"], ["c", "y"], ["d", "xx"], ["e/f", ""]] as const) {
          yield* files.write(`${root}/${path}`, text)
        }
        yield* specFiles.makeLink(`${root}/one`, "a")
        yield* specFiles.makeLink(`${root}/two`, "a")
        yield* specFiles.makeLink(`${root}/three`, "b")
        const isSame = (one: string, other: string) => specFiles.isSame(`${root}/${one}`, `${root}/${other}`)
        assert.isTrue(yield* isSame("a", "b"))
        assert.isTrue(yield* isSame("one", "two"))
        for (const [one, other] of [["a", "c"], ["a", "d"], ["a", "one"], ["one", "three"], ["a", "e"], ["a", "z"]]) {
          assert.isFalse(yield* isSame(one ?? "", other ?? ""), `${one} and ${other}`)
        }
      })
    )

    test(
      "removes a folder only when nothing is in it",
      Effect.gen(function*() {
        const { files, root, specFiles } = yield* given
        yield* files.write(`${root}/full/file`, "kept")
        yield* files.makeDirectory(`${root}/empty`)
        for (const path of ["full", "empty", "absent", "full/file"]) {
          yield* specFiles.removeEmptyFolder(`${root}/${path}`)
        }
        assert.strictEqual(yield* files.read(`${root}/full/file`), "kept")
        assert.isNull(yield* specFiles.kind(`${root}/empty`))
      })
    )

    test(
      "lets one change projects at a time, and the next when that one failed or was interrupted",
      Effect.gen(function*() {
        const { root, specFiles } = yield* given
        const inside = yield* Ref.make(0)
        const most = yield* Ref.make(0)
        const change = Effect.gen(function*() {
          const now = yield* Ref.updateAndGet(inside, (count) => count + 1)
          yield* Ref.update(most, (seen) => Math.max(seen, now))
          yield* Effect.yieldNow
          yield* Ref.update(inside, (count) => count - 1)
        })
        const exclusively = specFiles.exclusively(root)
        yield* Effect.forEach(Array.from({ length: 10 }), () => exclusively(change), { concurrency: "unbounded" })
        assert.strictEqual(yield* Ref.get(most), 1)
        assert.strictEqual(yield* Effect.flip(exclusively(Effect.fail("no" as const))), "no")
        const begun = yield* Deferred.make<void>()
        const fiber = yield* Effect.forkChild(
          exclusively(Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
        )
        yield* Deferred.await(begun)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(yield* exclusively(Effect.succeed("again")), "again")
      })
    )
  })
}
