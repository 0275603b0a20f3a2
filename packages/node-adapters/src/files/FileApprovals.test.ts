import { assert, describe, it } from "@effect/vitest"
import { Approvals, Host } from "@slipway/core"
import { approvalsContract, ScratchFolder } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import { temporaryFolderLayer, temporaryHomeLayer } from "../testing/TemporaryFolder.ts"
import { fileApprovalsLayer } from "./FileApprovals.ts"
import { nodeProjectFilesLayer } from "./NodeProjectFiles.ts"

const layer = fileApprovalsLayer.pipe(
  Layer.provide(nodeProjectFilesLayer),
  Layer.provideMerge(temporaryHomeLayer),
  Layer.provideMerge(temporaryFolderLayer)
)

approvalsContract("files", layer)

const request = { repository: "/code/shop", commands: [["./setup", "--token=hunter2"]] }

const given = Effect.gen(function*() {
  const { home } = yield* Host
  return { approvals: yield* Approvals, home, path: `${home}/approvals.json` }
})

/** What another process would find. */
const approvedAfresh = Effect.flatMap(Approvals, (approvals) => approvals.isApproved(request)).pipe(
  Effect.provide(Layer.fresh(fileApprovalsLayer).pipe(Layer.provide(nodeProjectFilesLayer)))
)

describe("files: Approvals", () => {
  it.effect("lasts beyond the process, for the owner's eyes, without the commands' text", () =>
    Effect.gen(function*() {
      const { approvals, path } = yield* given
      yield* approvals.approve(request)
      assert.isTrue(yield* approvedAfresh)
      assert.strictEqual(fs.statSync(path).mode & 0o777, 0o600)
      assert.notInclude(fs.readFileSync(path, "utf8"), "hunter2")
    }).pipe(Effect.provide(layer)))

  it.effect("keeps fields that it does not know", () =>
    Effect.gen(function*() {
      const { approvals, home, path } = yield* given
      fs.mkdirSync(home)
      fs.writeFileSync(path, JSON.stringify({ version: 1, repositories: { "/x": ["sha256:00"] }, note: "mine" }))
      yield* approvals.approve(request)
      const file = JSON.parse(fs.readFileSync(path, "utf8"))
      assert.strictEqual(file.note, "mine")
      assert.deepStrictEqual(file.repositories["/x"], ["sha256:00"])
      assert.lengthOf(file.repositories["/code/shop"], 1)
    }).pipe(Effect.provide(layer)))

  for (
    const garbage of ["", "{", "[]", "null", "{\"version\":1}", "{\"version\":1,\"repositories\":{\"/code/shop\":7}}"]
  ) {
    it.effect(`a damaged file approves nothing and is kept: ${garbage}`, () =>
      Effect.gen(function*() {
        const { approvals, home, path } = yield* given
        fs.mkdirSync(home)
        fs.writeFileSync(path, garbage)
        assert.isFalse(yield* approvals.isApproved(request))
        yield* approvals.approve(request)
        assert.isTrue(yield* approvals.isApproved(request))
        assert.strictEqual(fs.readFileSync(`${path}.bad`, "utf8"), garbage)
      }).pipe(Effect.provide(layer)))
  }

  it.effect("leaves alone what a newer version wrote", () =>
    Effect.gen(function*() {
      const { approvals, home, path } = yield* given
      fs.mkdirSync(home)
      fs.writeFileSync(path, "{\"version\":2}")
      assert.isFalse(yield* approvals.isApproved(request))
      const failure = yield* Effect.flip(approvals.approve(request))
      assert.include(failure.message, "a newer slipway wrote it")
      assert.strictEqual(fs.readFileSync(path, "utf8"), "{\"version\":2}")
    }).pipe(Effect.provide(layer)))

  it.live("approvals given at once are all kept", () =>
    Effect.gen(function*() {
      const { approvals } = yield* given
      const requests = Array.from({ length: 20 }, (_, index) => ({ ...request, commands: [["make", `${index}`]] }))
      yield* Effect.forEach(requests, (each) => approvals.approve(each), { concurrency: "unbounded", discard: true })
      for (const each of requests) assert.isTrue(yield* approvals.isApproved(each))
    }).pipe(Effect.provide(layer)))

  it.effect("a home that cannot be made is told", () =>
    Effect.gen(function*() {
      const { approvals, home } = yield* given
      fs.writeFileSync(home, "in the way")
      const failure = yield* Effect.flip(approvals.approve(request))
      assert.strictEqual(failure.action, "write")
      assert.include(failure.message, (yield* ScratchFolder).path)
    }).pipe(Effect.provide(layer)))
})
