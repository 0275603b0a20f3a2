import { assert, describe, it } from "@effect/vitest"
import { SpecFiles } from "@slipway/core"
import { ScratchFolder, specFilesContract } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { asOtherUser } from "../testing/OtherUser.ts"
import { temporaryFolderLayer, temporaryHomeLayer } from "../testing/TemporaryFolder.ts"
import { nodeProjectFilesLayer } from "./NodeProjectFiles.ts"
import { nodeSpecFilesLayer } from "./NodeSpecFiles.ts"

const layer = Layer.mergeAll(nodeSpecFilesLayer, nodeProjectFilesLayer).pipe(
  Layer.provideMerge(temporaryHomeLayer),
  Layer.provideMerge(temporaryFolderLayer)
)

specFilesContract("node", layer)

const given = Effect.gen(function*() {
  return { specFiles: yield* SpecFiles, root: (yield* ScratchFolder).path }
})

describe("node: SpecFiles", () => {
  it.effect("writes relative links, through which files are read", () =>
    Effect.gen(function*() {
      const { root, specFiles } = yield* given
      fs.mkdirSync(`${root}/.ai/projects/auth`, { recursive: true })
      fs.writeFileSync(`${root}/.ai/projects/auth/tasks.md`, "- [ ] one\n")
      yield* specFiles.makeLink(`${root}/.kiro/specs/auth`, "../../.ai/projects/auth")
      assert.strictEqual(fs.readlinkSync(`${root}/.kiro/specs/auth`), "../../.ai/projects/auth")
      assert.strictEqual(fs.readFileSync(`${root}/.kiro/specs/auth/tasks.md`, "utf8"), "- [ ] one\n")
    }).pipe(Effect.provide(layer)))

  it.effect("moves a file with its mode, whatever its bytes, and keeps other names of it", () =>
    Effect.gen(function*() {
      const { root, specFiles } = yield* given
      const bytes = Buffer.from([0xff, 0x00, 0x0d, 0x0a])
      fs.writeFileSync(`${root}/from`, bytes, { mode: 0o640 })
      fs.linkSync(`${root}/from`, `${root}/other`)
      assert.isTrue(yield* specFiles.move(`${root}/from`, `${root}/to`))
      assert.deepStrictEqual(fs.readFileSync(`${root}/to`), bytes)
      assert.strictEqual(fs.statSync(`${root}/to`).mode & 0o777, 0o640)
      assert.isTrue(fs.existsSync(`${root}/other`))
    }).pipe(Effect.provide(layer)))

  it.effect("moves to another disk: files, links, folders in folders", (context) =>
    Effect.gen(function*() {
      const { root, specFiles } = yield* given
      const disk = `${root}/disk`
      fs.mkdirSync(disk)
      if (!mountDisk(disk)) return context.skip("only root can mount another disk")
      yield* Effect.gen(function*() {
        fs.mkdirSync(`${root}/from/deep`, { recursive: true })
        fs.writeFileSync(`${root}/from/deep/file`, "text", { mode: 0o600 })
        fs.symlinkSync("deep", `${root}/from/link`)
        assert.isTrue(yield* specFiles.move(`${root}/from`, `${disk}/to`))
        assert.strictEqual(fs.readFileSync(`${disk}/to/link/file`, "utf8"), "text")
        assert.strictEqual(fs.statSync(`${disk}/to/deep/file`).mode & 0o777, 0o600)
        assert.deepStrictEqual(fs.readdirSync(`${disk}/to/deep`), ["file"])
        assert.isFalse(fs.existsSync(`${root}/from`))
        fs.writeFileSync(`${root}/from`, "other")
        assert.isFalse(yield* specFiles.move(`${root}/from`, `${disk}/to/deep/file`))
        assert.strictEqual(fs.readFileSync(`${disk}/to/deep/file`, "utf8"), "text")
        assert.deepStrictEqual(fs.readdirSync(`${disk}/to/deep`), ["file"])
      }).pipe(Effect.ensuring(Effect.sync(() => execFileSync("umount", [disk]))))
    }).pipe(Effect.provide(layer)))

  it.effect("says what the system says of a folder that may not be written", () =>
    Effect.gen(function*() {
      const { root, specFiles } = yield* given
      fs.writeFileSync(`${root}/from`, "text")
      fs.chmodSync(root, 0o555)
      const failure = yield* asOtherUser(Effect.flip(specFiles.move(`${root}/from`, `${root}/to`)))
      fs.chmodSync(root, 0o755)
      assert.strictEqual(failure.reason, "permission denied (EACCES)")
      assert.strictEqual(fs.readFileSync(`${root}/from`, "utf8"), "text")
    }).pipe(Effect.provide(layer)))

  it.live("keeps its lock out of the way when nobody works", () =>
    Effect.gen(function*() {
      const { root, specFiles } = yield* given
      const seen = yield* specFiles.exclusively(root)(Effect.sync(() => fs.readdirSync(`${root}/.ai/projects`)))
      assert.deepStrictEqual(seen, [".lock"])
      assert.deepStrictEqual(fs.readdirSync(`${root}/.ai/projects`), [])
    }).pipe(Effect.provide(layer)))
})

const mountDisk = (path: string): boolean => {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", path], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}
