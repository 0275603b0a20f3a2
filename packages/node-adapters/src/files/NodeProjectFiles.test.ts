import { assert, describe, it } from "@effect/vitest"
import { ProjectFiles } from "@slipway/core"
import { projectFilesContract, ScratchFolder } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { temporaryFolderLayer } from "../testing/TemporaryFolder.ts"
import { nodeProjectFilesLayer } from "./NodeProjectFiles.ts"

const layer = Layer.merge(nodeProjectFilesLayer, temporaryFolderLayer)

projectFilesContract("node", layer)

const given = Effect.gen(function*() {
  return { files: yield* ProjectFiles, root: (yield* ScratchFolder).path }
})

const modeOf = (path: string) => fs.lstatSync(path).mode & 0o777

describe("node: ProjectFiles", () => {
  it.effect("sets the mode that is asked for, whatever the process masks, and keeps it when rewriting without one", () =>
    Effect.gen(function*() {
      const { files, root } = yield* given
      yield* files.write(`${root}/secret`, "1", { mode: 0o600 })
      assert.strictEqual(modeOf(`${root}/secret`), 0o600)
      yield* files.write(`${root}/secret`, "2")
      assert.strictEqual(modeOf(`${root}/secret`), 0o600)
      yield* files.write(`${root}/script`, "#!/bin/sh\n", { mode: 0o777 })
      assert.strictEqual(modeOf(`${root}/script`), 0o777)
      yield* files.write(`${root}/secret`, "3", { mode: 0o644 })
      assert.strictEqual(modeOf(`${root}/secret`), 0o644)
      yield* files.write(`${root}/usual`, "")
      assert.strictEqual(modeOf(`${root}/usual`), 0o666 & ~process.umask())
    }).pipe(Effect.provide(layer)))

  it.effect("gives a folder its mode, also one that exists", () =>
    Effect.gen(function*() {
      const { files, root } = yield* given
      yield* files.makeDirectory(`${root}/new/slot`, { mode: 0o700 })
      assert.strictEqual(modeOf(`${root}/new/slot`), 0o700)
      fs.mkdirSync(`${root}/old`, { mode: 0o755 })
      yield* files.makeDirectory(`${root}/old`, { mode: 0o700 })
      assert.strictEqual(modeOf(`${root}/old`), 0o700)
    }).pipe(Effect.provide(layer)))

  it.effect("a write replaces a link and leaves alone what it leads to", () =>
    Effect.gen(function*() {
      const { files, root } = yield* given
      fs.writeFileSync(`${root}/outside`, "untouched")
      fs.symlinkSync(`${root}/outside`, `${root}/link`)
      yield* files.write(`${root}/link`, "new")
      assert.strictEqual(fs.readFileSync(`${root}/outside`, "utf8"), "untouched")
      assert.isTrue(fs.lstatSync(`${root}/link`).isFile())
    }).pipe(Effect.provide(layer)))

  it.effect("kinds and listings tell what links lead to", () =>
    Effect.gen(function*() {
      const { files, root } = yield* given
      fs.mkdirSync(`${root}/folder`)
      fs.writeFileSync(`${root}/file`, "")
      for (const name of ["file", "folder", "nothing"]) fs.symlinkSync(name, `${root}/to-${name}`)
      assert.deepStrictEqual(yield* files.list(root), [
        { path: "file", kind: "file" },
        { path: "folder", kind: "directory" },
        { path: "to-file", kind: "file" },
        { path: "to-folder", kind: "directory" },
        { path: "to-nothing", kind: "other" }
      ])
      assert.strictEqual(yield* files.kind(`${root}/to-folder`), "directory")
      assert.isNull(yield* files.kind(`${root}/to-nothing`))
    }).pipe(Effect.provide(layer)))

  it.effect("copies modes, links as links, and content that is not text", () =>
    Effect.gen(function*() {
      const { files, root } = yield* given
      const bytes = Buffer.from([0, 255, 254, 10, 0])
      fs.mkdirSync(`${root}/from`)
      fs.writeFileSync(`${root}/from/tool`, bytes)
      fs.chmodSync(`${root}/from/tool`, 0o750)
      fs.symlinkSync("../nowhere", `${root}/from/link`)
      const written = yield* files.copy([{ from: `${root}/from`, to: `${root}/to` }])
      assert.deepStrictEqual(written, [`${root}/to/link`, `${root}/to/tool`])
      assert.deepStrictEqual(fs.readFileSync(`${root}/to/tool`), bytes)
      assert.strictEqual(modeOf(`${root}/to/tool`), 0o750)
      assert.strictEqual(fs.readlinkSync(`${root}/to/link`), "../nowhere")
    }).pipe(Effect.provide(layer)))

  it.effect("a target that is a dangling link counts as one that exists", () =>
    Effect.gen(function*() {
      const { files, root } = yield* given
      fs.writeFileSync(`${root}/from`, "")
      fs.symlinkSync("nowhere", `${root}/to`)
      assert.deepStrictEqual(yield* files.copy([{ from: `${root}/from`, to: `${root}/to` }]), [])
      assert.strictEqual(fs.readlinkSync(`${root}/to`), "nowhere")
    }).pipe(Effect.provide(layer)))

  it.effect("copies into no folder that a link leads to outside of the given one", () =>
    Effect.gen(function*() {
      const { files, root } = yield* given
      fs.mkdirSync(`${root}/to/real`, { recursive: true })
      fs.mkdirSync(`${root}/outside`)
      fs.symlinkSync("../outside", `${root}/to/out`)
      fs.symlinkSync("nowhere", `${root}/to/broken`)
      fs.symlinkSync("real", `${root}/to/in`)
      for (const folder of ["out", "broken", "in"]) yield* files.write(`${root}/from/${folder}/x`, folder)
      const pairs = [{ from: `${root}/from`, to: `${root}/to` }]
      assert.deepStrictEqual(yield* files.copy(pairs, { below: `${root}/to` }), [`${root}/to/in/x`])
      assert.strictEqual(yield* files.read(`${root}/to/real/x`), "in")
      assert.deepStrictEqual(fs.readdirSync(`${root}/outside`), [])
    }).pipe(Effect.provide(layer)))

  it.effect("copies what a link leads to, where that is asked for", () =>
    Effect.gen(function*() {
      const { files, root } = yield* given
      yield* files.write(`${root}/from/real`, "text")
      fs.symlinkSync("real", `${root}/from/link`)
      yield* files.copy([{ from: `${root}/from/link`, to: `${root}/to/deep/copy` }], { follow: true })
      assert.isFalse(fs.lstatSync(`${root}/to/deep/copy`).isSymbolicLink())
      assert.strictEqual(yield* files.read(`${root}/to/deep/copy`), "text")
    }).pipe(Effect.provide(layer)))

  it.effect("refuses to copy what is neither file nor folder", () =>
    Effect.gen(function*() {
      const { files, root } = yield* given
      assert.strictEqual(spawnSync("mkfifo", [`${root}/pipe`]).status, 0)
      const failure = yield* Effect.flip(files.copy([{ from: `${root}/pipe`, to: `${root}/to` }]))
      assert.strictEqual(failure.reason, "it is neither a file nor a folder")
    }).pipe(Effect.provide(layer)))

  it.effect("removes a link, not what it leads to", () =>
    Effect.gen(function*() {
      const { files, root } = yield* given
      fs.mkdirSync(`${root}/kept`)
      fs.writeFileSync(`${root}/kept/file`, "")
      fs.mkdirSync(`${root}/gone`)
      fs.symlinkSync(`${root}/kept`, `${root}/gone/link`)
      fs.symlinkSync(`${root}/kept`, `${root}/alone`)
      yield* files.remove(`${root}/gone`)
      yield* files.remove(`${root}/alone/`)
      assert.deepStrictEqual(fs.readdirSync(root), ["kept"])
      assert.deepStrictEqual(fs.readdirSync(`${root}/kept`), ["file"])
    }).pipe(Effect.provide(layer)))

  it.effect("refuses to read what is not UTF-8, in words", () =>
    Effect.gen(function*() {
      const { files, root } = yield* given
      fs.writeFileSync(`${root}/latin1`, Buffer.from([0x63, 0x61, 0x66, 0xe9]))
      const failure = yield* Effect.flip(files.read(`${root}/latin1`))
      assert.strictEqual(failure.message, `cannot read ${root}/latin1: it is not UTF-8 text`)
    }).pipe(Effect.provide(layer)))

  it.effect("tells failures in the system's words, without leaving a temporary file", () =>
    Effect.gen(function*() {
      const { files, root } = yield* given
      fs.mkdirSync(`${root}/folder`)
      const failure = yield* Effect.flip(files.write(`${root}/folder`, "x"))
      assert.strictEqual(failure.message, `cannot write ${root}/folder: illegal operation on a directory (EISDIR)`)
      assert.deepStrictEqual(fs.readdirSync(root), ["folder"])
    }).pipe(Effect.provide(layer)))
})
