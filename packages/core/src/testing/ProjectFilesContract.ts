import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { FileUnavailable, ProjectFiles } from "../project/ProjectFiles.ts"
import { ScratchFolder } from "./ScratchFolder.ts"

/** What every implementation of {@link ProjectFiles} does. The layer is built anew for each test. */
export const projectFilesContract = (name: string, layer: Layer.Layer<ProjectFiles | ScratchFolder>): void => {
  const test = (title: string, body: Effect.Effect<void, unknown, ProjectFiles | ScratchFolder>) =>
    it.effect(title, () => Effect.provide(body, layer))

  const given = Effect.gen(function*() {
    return { files: yield* ProjectFiles, root: (yield* ScratchFolder).path }
  })

  describe(`${name}: ProjectFiles`, () => {
    test(
      "reads back what was written, byte for byte, and makes the folders it needs",
      Effect.gen(function*() {
        const { files, root } = yield* given
        const texts = ["", "one line", "two\nlines\n", "\ufeffBOM \ufffd \r\n tab\t ünïcödé 🛠\n", "$VAR '\"`#"]
        for (const [index, text] of texts.entries()) {
          const path = `${root}/a/b c/${index}`
          yield* files.write(path, text)
          assert.strictEqual(yield* files.read(path), text)
        }
        const paths = texts.map((_, index) => `${root}/a/b c/${index}`)
        assert.deepStrictEqual(yield* files.readMany([...paths, `${root}/absent`]), [...texts, null])
        assert.strictEqual((yield* Effect.flip(files.readMany([`${root}/a`]))).path, `${root}/a`)
      })
    )

    test(
      "a path that leads to nothing reads as null, has no kind, lists as empty, and is removed without complaint",
      Effect.gen(function*() {
        const { files, root } = yield* given
        yield* files.write(`${root}/file`, "text")
        for (const path of [`${root}/absent`, `${root}/absent/deeper`, `${root}/file/below`]) {
          assert.isNull(yield* files.read(path))
          assert.isNull(yield* files.kind(path))
          yield* files.remove(path)
        }
        assert.deepStrictEqual(yield* files.list(`${root}/absent`), [])
        assert.strictEqual(yield* files.read(`${root}/file`), "text")
      })
    )

    test(
      "tells files from folders",
      Effect.gen(function*() {
        const { files, root } = yield* given
        yield* files.write(`${root}/folder/file`, "")
        assert.strictEqual(yield* files.kind(`${root}/folder`), "directory")
        assert.strictEqual(yield* files.kind(`${root}/folder/file`), "file")
      })
    )

    test(
      "a second write replaces the whole content",
      Effect.gen(function*() {
        const { files, root } = yield* given
        yield* files.write(`${root}/file`, "a long first content")
        yield* files.write(`${root}/file`, "short")
        assert.strictEqual(yield* files.read(`${root}/file`), "short")
        assert.deepStrictEqual(yield* files.list(root), [{ path: "file", kind: "file" }])
      })
    )

    test(
      "many writers of one file leave one whole content and nothing else",
      Effect.gen(function*() {
        const { files, root } = yield* given
        const contents = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(1000))
        yield* Effect.forEach(contents, (content) => files.write(`${root}/file`, content), { concurrency: "unbounded" })
        assert.include(contents, yield* files.read(`${root}/file`))
        assert.deepStrictEqual(yield* files.list(root), [{ path: "file", kind: "file" }])
      })
    )

    test(
      "refuses to write over a folder, below a file, and to read or list the wrong kind",
      Effect.gen(function*() {
        const { files, root } = yield* given
        yield* files.write(`${root}/folder/file`, "kept")
        const attempts: ReadonlyArray<Effect.Effect<unknown, FileUnavailable>> = [
          files.write(`${root}/folder`, "x"),
          files.write(`${root}/folder/file/below`, "x"),
          files.makeDirectory(`${root}/folder/file`),
          files.read(`${root}/folder`),
          files.list(`${root}/folder/file`),
          files.copy([{ from: `${root}/absent`, to: `${root}/copy` }])
        ]
        const failures = yield* Effect.forEach(attempts, (attempt) => Effect.flip(attempt))
        assert.deepStrictEqual(failures.map((failure) => failure.action), [
          "write",
          "write",
          "write",
          "read",
          "list",
          "copy"
        ])
        for (const failure of failures) {
          assert.instanceOf(failure, FileUnavailable)
          assert.include(failure.message, root)
          assert.isNotEmpty(failure.reason)
        }
        assert.strictEqual(yield* files.read(`${root}/folder/file`), "kept")
        assert.deepStrictEqual(yield* files.list(root), [{ path: "folder", kind: "directory" }])
      })
    )

    test(
      "lists direct entries in order",
      Effect.gen(function*() {
        const { files, root } = yield* given
        for (const path of ["b", "a/deep/er", "C", "a.txt", ".hidden"]) yield* files.write(`${root}/${path}`, "")
        yield* files.makeDirectory(`${root}/empty`)
        assert.deepStrictEqual(yield* files.list(root), [
          { path: ".hidden", kind: "file" },
          { path: "C", kind: "file" },
          { path: "a", kind: "directory" },
          { path: "a.txt", kind: "file" },
          { path: "b", kind: "file" },
          { path: "empty", kind: "directory" }
        ])
        assert.deepStrictEqual(yield* files.list(`${root}/empty`), [])
      })
    )

    test(
      "makes a folder again without losing what is in it",
      Effect.gen(function*() {
        const { files, root } = yield* given
        yield* files.makeDirectory(`${root}/a/b`, { mode: 0o700 })
        yield* files.write(`${root}/a/b/file`, "kept")
        yield* files.makeDirectory(`${root}/a/b`, { mode: 0o700 })
        assert.strictEqual(yield* files.read(`${root}/a/b/file`), "kept")
      })
    )

    test(
      "copies files, leaves targets alone that exist, and tells which were written",
      Effect.gen(function*() {
        const { files, root } = yield* given
        yield* files.write(`${root}/from/.env`, "A=1")
        yield* files.write(`${root}/from/deep/local.db`, "data")
        yield* files.write(`${root}/to/.env`, "A=2")
        const pairs = [".env", "deep/local.db"].map((path) => ({
          from: `${root}/from/${path}`,
          to: `${root}/to/${path}`
        }))
        assert.deepStrictEqual(yield* files.copy(pairs), [`${root}/to/deep/local.db`])
        assert.strictEqual(yield* files.read(`${root}/to/.env`), "A=2")
        assert.strictEqual(yield* files.read(`${root}/to/deep/local.db`), "data")
        assert.strictEqual(yield* files.read(`${root}/from/deep/local.db`), "data")
        assert.deepStrictEqual(yield* files.copy(pairs), [])
      })
    )

    test(
      "copies nothing to where a file is in the way of a folder",
      Effect.gen(function*() {
        const { files, root } = yield* given
        yield* files.write(`${root}/from/deep/x`, "x")
        yield* files.write(`${root}/from/y`, "y")
        yield* files.write(`${root}/to/deep`, "a file")
        assert.deepStrictEqual(yield* files.copy([{ from: `${root}/from`, to: `${root}/to` }]), [`${root}/to/y`])
        assert.strictEqual(yield* files.read(`${root}/to/deep`), "a file")
      })
    )

    test(
      "copies a folder with all that is in it",
      Effect.gen(function*() {
        const { files, root } = yield* given
        for (const path of ["x", "y/z"]) yield* files.write(`${root}/from/${path}`, path)
        const written = yield* files.copy([{ from: `${root}/from`, to: `${root}/to` }])
        assert.deepStrictEqual(written, [`${root}/to/x`, `${root}/to/y/z`])
        assert.strictEqual(yield* files.read(`${root}/to/y/z`), "y/z")
      })
    )

    test(
      "removes a folder with all that is in it, and nothing beside it",
      Effect.gen(function*() {
        const { files, root } = yield* given
        for (const path of ["gone/a", "gone/b/c", "gone-not"]) yield* files.write(`${root}/${path}`, "")
        yield* files.remove(`${root}/gone`)
        assert.deepStrictEqual(yield* files.list(root), [{ path: "gone-not", kind: "file" }])
      })
    )
  })
}
