import { assert, describe, it } from "@effect/vitest"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Effect, Exit, Fiber, type Layer, Option, Schema, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { BatchRunStore, type LogRequest } from "../batch/record/BatchRunStore.ts"
import { sampleRunEvents, sampleRunSnapshot, sampleRunValues } from "./BatchRunSample.ts"

const log = (changes: Partial<LogRequest> = {}): LogRequest => ({
  name: "fix",
  index: 0,
  attempt: 1,
  follow: false,
  ...changes
})

/** What every implementation of {@link BatchRunStore} does with logs. The layer is built anew for each test. */
export const batchRunLogContract = <E>(name: string, layer: Layer.Layer<BatchRunStore, E>): void => {
  const textOf = (request: LogRequest) =>
    Effect.gen(function*() {
      const store = yield* BatchRunStore
      return yield* Stream.mkString(Stream.decodeText(store.log(request)))
    })

  const given = Effect.gen(function*() {
    const store = yield* BatchRunStore
    yield* store.create(sampleRunSnapshot("fix"), sampleRunValues)
    return store
  })

  const test = (title: string, body: Effect.Effect<void, unknown, BatchRunStore | Scope.Scope>) =>
    it.effect(title, () => body.pipe(Effect.scoped, Effect.provide(layer)))

  /** Of what is announced by the system alone, which knows no test clock. */
  const live = (title: string, body: Effect.Effect<void, unknown, BatchRunStore | Scope.Scope>) =>
    it.live(title, () => body.pipe(Effect.scoped, Effect.provide(layer)))

  describe(`${name}: BatchRunStore's logs`, () => {
    test(
      "a log is the bytes that were appended, of each attempt its own",
      Effect.gen(function*() {
        const store = yield* given
        assert.strictEqual(yield* textOf(log()), "")
        yield* store.appendLog("fix", 0, 1, Uint8Array.of(0xc3))
        yield* store.appendLog("fix", 0, 2, utf8ToBytes("second"))
        yield* store.appendLog("fix", 1, 1, utf8ToBytes("other"))
        yield* store.appendLog("fix", 0, 1, Uint8Array.of(0xbc, 0x0a, 0x00, 0xff))
        const pieces = yield* Stream.runCollect(store.log(log()))
        assert.deepStrictEqual(pieces.flatMap((piece) => [...piece]), [0xc3, 0xbc, 0x0a, 0x00, 0xff])
        assert.strictEqual(yield* textOf(log({ attempt: 2 })), "second")
        assert.strictEqual(yield* textOf(log({ index: 1 })), "other")
        yield* store.closeLog("fix", 0, 2)
        yield* store.appendLog("fix", 0, 2, utf8ToBytes(" and more"))
        assert.strictEqual(yield* textOf(log({ attempt: 2 })), "second and more")
      })
    )

    it.effect.prop(
      "a tail is the last lines",
      {
        lines: Schema.Array(Schema.Literals(["", "a", "bb", "x".repeat(70_000)])),
        rest: Schema.Literals(["", "rest"]),
        tail: Schema.Literals([0, 1, 2, 3, 10])
      },
      ({ lines, rest, tail }) =>
        Effect.gen(function*() {
          const store = yield* given
          const text = `${lines.map((line) => `${line}\n`).join("")}${rest}`
          yield* store.appendLog("fix", 0, 1, utf8ToBytes(text))
          const all = [...lines.map((line) => `${line}\n`), ...rest === "" ? [] : [rest]]
          assert.strictEqual(yield* textOf(log({ tail })), all.slice(Math.max(0, all.length - tail)).join(""))
        }).pipe(Effect.provide(layer, { local: true })),
      { arbitrary: { runs: 30 } }
    )

    live(
      "a follower hears what is there and what comes, until the log is closed",
      Effect.gen(function*() {
        const store = yield* given
        yield* store.hold("fix")
        yield* store.appendLog("fix", 0, 1, utf8ToBytes("one\ntwo\n"))
        const following = yield* Effect.forkChild(textOf(log({ follow: true, tail: 1 })), { startImmediately: true })
        yield* store.appendLog("fix", 0, 1, utf8ToBytes("three\n"))
        yield* store.appendLog("fix", 0, 1, utf8ToBytes("four"))
        yield* store.closeLog("fix", 0, 1)
        const text = yield* Fiber.join(following)
        assert.include(["two\nthree\nfour", "three\nfour", "four"], text)
        assert.strictEqual(yield* textOf(log({ follow: true })), "one\ntwo\nthree\nfour")
      })
    )

    live(
      "a follower is told of bytes before the log ends",
      Effect.gen(function*() {
        const store = yield* given
        yield* store.hold("fix")
        const first = yield* Effect.forkChild(
          Stream.runHead(Stream.decodeText(store.log(log({ follow: true })))),
          { startImmediately: true }
        )
        yield* store.appendLog("fix", 0, 1, utf8ToBytes("one"))
        assert.deepStrictEqual(yield* Fiber.join(first), Option.some("one"))
      })
    )

    live(
      "a follower ends when the journal tells that the attempt has, of that attempt alone",
      Effect.gen(function*() {
        const store = yield* given
        yield* store.hold("fix")
        const following = yield* Effect.forkChild(textOf(log({ follow: true })), { startImmediately: true })
        const other = yield* Effect.forkChild(textOf(log({ follow: true, attempt: 2 })), { startImmediately: true })
        yield* store.appendLog("fix", 0, 1, utf8ToBytes("all"))
        yield* store.append("fix", sampleRunEvents)
        assert.strictEqual(yield* Fiber.join(following), "all")
        assert.isUndefined(other.pollUnsafe())
        yield* store.closeLog("fix", 0, 2)
        assert.strictEqual(yield* Fiber.join(other), "")
      })
    )

    live(
      "a follower ends when nobody works on the run any more",
      Effect.gen(function*() {
        const store = yield* given
        yield* store.appendLog("fix", 0, 1, utf8ToBytes("cut"))
        assert.strictEqual(yield* textOf(log({ follow: true })), "cut")
        const scope = yield* Scope.make()
        yield* Scope.provide(store.hold("fix"), scope)
        const following = yield* Effect.forkChild(textOf(log({ follow: true })), { startImmediately: true })
        yield* store.appendLog("fix", 0, 1, utf8ToBytes(" off"))
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(yield* Fiber.join(following), "cut off")
      })
    )

    test(
      "silence is no end",
      Effect.gen(function*() {
        const store = yield* given
        yield* store.hold("fix")
        const following = yield* Effect.forkChild(textOf(log({ follow: true })), { startImmediately: true })
        yield* store.appendLog("fix", 0, 1, utf8ToBytes("before"))
        for (let minute = 0; minute < 10; minute++) yield* TestClock.adjust("1 minute")
        assert.isUndefined(following.pollUnsafe())
        yield* store.appendLog("fix", 0, 1, utf8ToBytes(", after"))
        yield* store.closeLog("fix", 0, 1)
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* Fiber.join(following), "before, after")
      })
    )
  })
}
