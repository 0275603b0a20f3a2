import { assert, describe, it } from "@effect/vitest"
import type { Host, ProcessIdentity } from "@slipway/core"
import { memoryHostLayer, ScratchFolder } from "@slipway/core/testing"
import { Deferred, Effect, Exit, Fiber, Layer, Ref } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { temporaryFolderLayer } from "../testing/TemporaryFolder.ts"
import { holdFileLock, lockHolder, withFileLock } from "./FileLock.ts"

const living: ProcessIdentity = { pid: 7, startedAt: "boot 1:70" }
const host: Layer.Layer<Host> = memoryHostLayer({ alive: [living] })
const lockPath = Effect.map(ScratchFolder, ({ path }) => join(path, "registry.lock"))

/** A lock as a process of that identity leaves it when it is killed. */
const leaveLock = (path: string, { pid, startedAt }: ProcessIdentity, nonce = "abc") =>
  fs.symlinkSync(`${pid} ${startedAt} ${nonce}`, path)

const isLocked = (path: string) => fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined

/** Many at once; gives the largest number of those that held the lock together. */
const crowd = (path: string, size: number, leave: (visitor: number) => void = () => {}) =>
  Effect.gen(function*() {
    const [inside, most, done] = [yield* Ref.make(0), yield* Ref.make(0), yield* Ref.make(0)]
    const visit = Effect.fnUntraced(function*(visitor: number) {
      const present = yield* Ref.updateAndGet(inside, (number) => number + 1)
      yield* Ref.update(most, (number) => Math.max(number, present))
      yield* Effect.promise(() => fs.promises.readdir("."))
      yield* Ref.update(inside, (number) => number - 1)
      yield* Ref.update(done, (number) => number + 1)
      leave(visitor)
    })
    yield* Effect.forEach(Array.from({ length: size }), (_, visitor) => withFileLock(path)(visit(visitor)), {
      concurrency: "unbounded",
      discard: true
    })
    assert.strictEqual(yield* Ref.get(done), size)
    return yield* Ref.get(most)
  })

const lockTest = (name: string, test: (path: string) => Effect.Effect<void, unknown, Host | ScratchFolder>) =>
  it.live(
    name,
    () => Effect.flatMap(lockPath, test).pipe(Effect.provide(Layer.merge(host, temporaryFolderLayer)), Effect.orDie)
  )

describe("withFileLock", () => {
  lockTest("one at a time, and nothing is left", (path) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* crowd(path, 50), 1)
      assert.isEmpty(fs.readdirSync((yield* ScratchFolder).path))
    }))

  lockTest("is given back on failure, defect and interruption", (path) =>
    Effect.gen(function*() {
      const locked = withFileLock(path)
      assert.strictEqual(yield* Effect.flip(locked(Effect.fail("no"))), "no")
      assert.isTrue(Exit.isFailure(yield* Effect.exit(locked(Effect.die("bug")))))
      const entered = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(locked(Effect.andThen(Deferred.succeed(entered, undefined), Effect.never)))
      yield* Deferred.await(entered)
      assert.isTrue(isLocked(path))
      yield* Fiber.interrupt(fiber)
      assert.isFalse(isLocked(path))
    }))

  lockTest("names who holds it when the wait is over", (path) =>
    Effect.gen(function*() {
      leaveLock(path, living)
      const failure = yield* Effect.flip(withFileLock(path, { wait: "60 millis" })(Effect.void))
      assert.strictEqual(failure._tag, "LockBusy")
      assert.include(failure.message, "by process 7")
      assert.isTrue(isLocked(path))
    }))

  lockTest("waiting can be interrupted, and leaves the holder's lock", (path) =>
    Effect.gen(function*() {
      leaveLock(path, living)
      const waiting = yield* Effect.forkChild(withFileLock(path)(Effect.void), { startImmediately: true })
      yield* Fiber.interrupt(waiting)
      assert.strictEqual(fs.readlinkSync(path), "7 boot 1:70 abc")
    }))

  const dead: ReadonlyArray<readonly [string, ProcessIdentity]> = [
    ["a process that is gone", { pid: 8, startedAt: "boot 1:80" }],
    ["a process whose number another one has now", { ...living, startedAt: "boot 1:60" }],
    ["a process before the machine was restarted", { ...living, startedAt: "boot 0:70" }]
  ]
  for (const [who, identity] of dead) {
    lockTest(`takes over from ${who}, one at a time`, (path) =>
      Effect.gen(function*() {
        leaveLock(path, identity)
        assert.strictEqual(yield* crowd(path, 20), 1)
        assert.isEmpty(fs.readdirSync((yield* ScratchFolder).path))
      }))
  }

  lockTest("takes over, one at a time, when each of a crowd dies with the lock", (path) =>
    Effect.gen(function*() {
      const most = yield* crowd(path, 60, (visitor) => {
        // In one step, as death is.
        leaveLock(`${path}-dead`, { pid: 1000 + visitor, startedAt: "" })
        fs.renameSync(`${path}-dead`, path)
      })
      assert.strictEqual(most, 1)
      assert.deepStrictEqual(fs.readdirSync((yield* ScratchFolder).path), ["registry.lock"])
    }))

  lockTest("takes over from those who died taking over", (path) =>
    Effect.gen(function*() {
      leaveLock(path, { pid: 8, startedAt: "" }, "first")
      leaveLock(`${path}.8-first`, { pid: 9, startedAt: "" }, "second")
      leaveLock(`${path}.8-first.9-second`, { pid: 10, startedAt: "" }, "third")
      // One died after removing the lock that it took over.
      leaveLock(`${path}.11-gone`, { pid: 12, startedAt: "" }, "fourth")
      assert.strictEqual(yield* crowd(path, 20), 1)
      assert.isEmpty(fs.readdirSync((yield* ScratchFolder).path))
    }))

  lockTest("waits while a living process takes over", (path) =>
    Effect.gen(function*() {
      leaveLock(path, { pid: 8, startedAt: "" }, "first")
      leaveLock(`${path}.8-first`, living)
      const failure = yield* Effect.flip(withFileLock(path, { wait: "60 millis" })(Effect.void))
      assert.strictEqual(failure._tag, "LockBusy")
    }))

  for (const text of ["", "4242", "{\"pid\":7}"]) {
    lockTest(`a file that no holder wrote locks nothing: ${text}`, (path) =>
      Effect.gen(function*() {
        fs.writeFileSync(path, text)
        assert.strictEqual(yield* crowd(path, 5), 1)
        assert.isEmpty(fs.readdirSync((yield* ScratchFolder).path))
      }))
  }

  lockTest("what cannot be a lock is told", (path) =>
    Effect.gen(function*() {
      fs.mkdirSync(path)
      const failure = yield* Effect.flip(withFileLock(path)(Effect.void))
      assert.strictEqual(failure._tag, "FileUnavailable")
      const missing = yield* Effect.flip(withFileLock(`${path}/a/b.lock`)(Effect.void))
      assert.include(missing.message, "ENOENT")
      assert.deepStrictEqual(fs.readdirSync((yield* ScratchFolder).path), ["registry.lock"])
    }))

  lockTest("different paths do not exclude each other", (path) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* withFileLock(path)(withFileLock(`${path}-other`)(Effect.succeed("both"))), "both")
    }))
})

describe("holdFileLock", () => {
  lockTest("holds until the scope closes, and waits for nobody who lives", (path) =>
    Effect.gen(function*() {
      assert.isNull(yield* lockHolder(path))
      yield* Effect.scoped(Effect.gen(function*() {
        yield* holdFileLock(path)
        assert.strictEqual((yield* lockHolder(path))?.pid, 4242)
        const failure = yield* Effect.flip(Effect.scoped(holdFileLock(path)))
        assert.strictEqual(failure._tag === "LockBusy" ? failure.holder : null, 4242)
        assert.strictEqual((yield* lockHolder(path))?.pid, 4242)
      }))
      assert.isFalse(isLocked(path))
      leaveLock(path, living)
      const failure = yield* Effect.flip(Effect.scoped(holdFileLock(path)))
      assert.strictEqual(failure._tag === "LockBusy" ? failure.holder : null, 7)
      assert.deepStrictEqual(yield* lockHolder(path), living)
    }))

  lockTest("of a crowd that takes over from the dead, one gets it", (path) =>
    Effect.gen(function*() {
      leaveLock(path, { pid: 8, startedAt: "" })
      assert.isNull(yield* lockHolder(path))
      const held = yield* Effect.forEach(
        Array.from({ length: 20 }),
        () =>
          holdFileLock(path).pipe(
            Effect.as(1),
            Effect.catchTag("LockBusy", ({ holder }) => {
              assert.strictEqual(holder, 4242)
              return Effect.succeed(0)
            })
          ),
        { concurrency: "unbounded" }
      ).pipe(Effect.tap(() => Effect.sync(() => assert.isTrue(isLocked(path)))), Effect.scoped)
      assert.strictEqual(held.reduce<number>((sum, one) => sum + one, 0), 1)
      assert.isEmpty(fs.readdirSync((yield* ScratchFolder).path))
    }))
})
