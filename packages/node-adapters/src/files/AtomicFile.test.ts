import { assert, describe, it } from "@effect/vitest"
import { ScratchFolder } from "@slipway/core/testing"
import { Effect, Fiber, Ref } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { asOtherUser } from "../testing/OtherUser.ts"
import { mountSmallDisk, unmount } from "../testing/SmallDisk.ts"
import { temporaryFolderLayer } from "../testing/TemporaryFolder.ts"
import { removeAbandonedWrites, writeFileAtomically } from "./AtomicFile.ts"

const folder = Effect.map(ScratchFolder, ({ path }) => path)
const modeOf = (path: string) => fs.statSync(path).mode & 0o777

describe("writeFileAtomically", () => {
  it.effect("makes a file with its mode, and leaves nothing else", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "registry.json")
      yield* writeFileAtomically(path, "ünïcödé\n", { mode: 0o600 })
      assert.strictEqual(fs.readFileSync(path, "utf8"), "ünïcödé\n")
      assert.strictEqual(modeOf(path), 0o600)
      assert.deepStrictEqual(fs.readdirSync(yield* folder), ["registry.json"])
    }).pipe(Effect.provide(temporaryFolderLayer)))

  it.effect("keeps the mode of a file that is there", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "registry.json")
      fs.writeFileSync(path, "old")
      fs.chmodSync(path, 0o664)
      yield* writeFileAtomically(path, "new", { mode: 0o600 })
      assert.strictEqual(fs.readFileSync(path, "utf8"), "new")
      assert.strictEqual(modeOf(path), 0o664)
    }).pipe(Effect.provide(temporaryFolderLayer)))

  it.effect("writes what a link leads to, wherever that is", () =>
    Effect.gen(function*() {
      const scratch = yield* folder
      fs.mkdirSync(join(scratch, "dotfiles"))
      fs.symlinkSync("second.json", join(scratch, "first.json"))
      fs.symlinkSync("dotfiles/registry.json", join(scratch, "second.json"))
      for (const content of ["made through the link", "and written again"]) {
        yield* writeFileAtomically(join(scratch, "first.json"), content)
        assert.strictEqual(fs.readFileSync(join(scratch, "dotfiles/registry.json"), "utf8"), content)
      }
      assert.strictEqual(fs.readlinkSync(join(scratch, "first.json")), "second.json")
      assert.isTrue(fs.lstatSync(join(scratch, "dotfiles/registry.json")).isFile())
      assert.deepStrictEqual(fs.readdirSync(join(scratch, "dotfiles")), ["registry.json"])
    }).pipe(Effect.provide(temporaryFolderLayer)))

  it.effect("refuses links in a circle, folders, and a folder that is missing, in the system's words", () =>
    Effect.gen(function*() {
      const scratch = yield* folder
      fs.symlinkSync("circle", join(scratch, "circle"))
      fs.mkdirSync(join(scratch, "folder"))
      const reasonOf = (name: string) =>
        Effect.map(Effect.flip(writeFileAtomically(join(scratch, name), "x")), ({ reason }) => reason)
      assert.include(yield* reasonOf("circle"), "ELOOP")
      assert.strictEqual(yield* reasonOf("folder"), "it is not a regular file")
      assert.strictEqual(yield* reasonOf("missing/registry.json"), "no such file or directory (ENOENT)")
      assert.deepStrictEqual(fs.readdirSync(scratch).sort(), ["circle", "folder"])
    }).pipe(Effect.provide(temporaryFolderLayer)))

  it.effect("a folder that may not be written: the system's words, the old content", () =>
    Effect.gen(function*() {
      const scratch = yield* folder
      const path = join(scratch, "registry.json")
      fs.writeFileSync(path, "old")
      fs.chmodSync(scratch, 0o555)
      const failure = yield* asOtherUser(Effect.flip(writeFileAtomically(path, "new")))
      fs.chmodSync(scratch, 0o755)
      assert.strictEqual(failure.code, "file-unavailable")
      assert.strictEqual(failure.reason, "permission denied (EACCES)")
      assert.strictEqual(fs.readFileSync(path, "utf8"), "old")
    }).pipe(Effect.provide(temporaryFolderLayer)))

  it.effect("a full disk: the system's words, the old content, no temporary file", (context) =>
    Effect.gen(function*() {
      const disk = join(yield* folder, "disk")
      fs.mkdirSync(disk)
      if (!mountSmallDisk(disk)) return context.skip("only root can make a disk that is soon full")
      const path = join(disk, "registry.json")
      const failure = yield* Effect.gen(function*() {
        yield* writeFileAtomically(path, "old")
        return yield* Effect.flip(writeFileAtomically(path, "x".repeat(1_000_000)))
      }).pipe(Effect.ensuring(Effect.sync(() => {
        assert.strictEqual(fs.readFileSync(path, "utf8"), "old")
        assert.deepStrictEqual(fs.readdirSync(disk), ["registry.json"])
        unmount(disk)
      })))
      assert.strictEqual(failure.reason, "no space left on device (ENOSPC)")
    }).pipe(Effect.provide(temporaryFolderLayer)))

  it.effect("a reader sees the old content or the new, never a part", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "registry.json")
      const contents = Array.from({ length: 40 }, (_, index) => `${index}`.repeat(index * 1000))
      fs.writeFileSync(path, "")
      const writing = yield* Ref.make(true)
      const writer = yield* Effect.forEach(contents, (content) => writeFileAtomically(path, content), { discard: true })
        .pipe(Effect.ensuring(Ref.set(writing, false)), Effect.forkChild)
      const seen = new Set<string>()
      while (yield* Ref.get(writing)) {
        seen.add(yield* Effect.promise(() => fs.promises.readFile(path, "utf8")))
      }
      yield* Fiber.join(writer)
      for (const text of seen) assert.include(contents, text)
    }).pipe(Effect.provide(temporaryFolderLayer)))

  it.effect("what killed writers left of one file can be removed", () =>
    Effect.gen(function*() {
      const scratch = yield* folder
      const kept = [".other.json.slipway-1.tmp", ".registry.json.slipway-1.bak", "registry.json"]
      for (const name of [...kept, ".registry.json.slipway-1.tmp"]) fs.writeFileSync(join(scratch, name), "x")
      yield* removeAbandonedWrites(join(scratch, "registry.json"))
      assert.deepStrictEqual(fs.readdirSync(scratch).sort(), kept)
    }).pipe(Effect.provide(temporaryFolderLayer)))
})
