import { assert, describe, it } from "@effect/vitest"
import { ManifestFiles } from "@slipway/core"
import { ScratchFolder } from "@slipway/core/testing"
import { Effect } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { temporaryFolderLayer } from "../testing/TemporaryFolder.ts"
import { nodeManifestFilesLayer } from "./NodeManifestFiles.ts"

const write = (directory: string, source: string, text: string) =>
  ManifestFiles.use((files) => files.write(directory, source, text)).pipe(Effect.provide(nodeManifestFilesLayer))

describe("ManifestFiles on this machine", () => {
  it.effect("writes relative and absolute names, keeps modes, and writes what links lead to", () =>
    Effect.gen(function*() {
      const { path } = yield* ScratchFolder
      fs.writeFileSync(join(path, "a.yaml"), "old")
      fs.chmodSync(join(path, "a.yaml"), 0o640)
      fs.symlinkSync("a.yaml", join(path, "link.yaml"))
      yield* write(path, "link.yaml", "new\r\n")
      assert.strictEqual(fs.readFileSync(join(path, "a.yaml"), "utf8"), "new\r\n")
      assert.strictEqual(fs.statSync(join(path, "a.yaml")).mode & 0o777, 0o640)
      assert.isTrue(fs.lstatSync(join(path, "link.yaml")).isSymbolicLink())
      yield* write("/", join(path, "a.yaml"), "newer")
      assert.strictEqual(fs.readFileSync(join(path, "a.yaml"), "utf8"), "newer")
      assert.deepStrictEqual(fs.readdirSync(path).sort(), ["a.yaml", "link.yaml"])
    }).pipe(Effect.provide(temporaryFolderLayer)))

  it.effect("fails where nothing can be written", () =>
    Effect.gen(function*() {
      const { path } = yield* ScratchFolder
      const problem = yield* Effect.flip(write(path, "missing/a.yaml", "x"))
      assert.strictEqual(problem.code, "file-unavailable")
    }).pipe(Effect.provide(temporaryFolderLayer)))
})
