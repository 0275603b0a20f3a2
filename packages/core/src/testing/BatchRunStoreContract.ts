import { assert, describe, it } from "@effect/vitest"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Arbitrary, Effect, Exit, Fiber, type Layer, Scope, Stream } from "effect"
import { BatchRunStore, type RunRequest } from "../batch/record/BatchRunStore.ts"
import { encodeRunSnapshot } from "../batch/record/RunDocument.ts"
import type { RunEvent } from "../batch/record/RunEvent.ts"
import { RunSnapshot } from "../batch/record/RunSnapshot.ts"
import { batchRunLogContract } from "./BatchRunLogContract.ts"
import { sampleRunEvents, sampleRunSnapshot, sampleRunValues } from "./BatchRunSample.ts"

const at = "2026-11-01T00:00:00.000Z"

/** What every implementation of {@link BatchRunStore} does. The layer is built anew for each test. */
export const batchRunStoreContract = <E>(name: string, layer: Layer.Layer<BatchRunStore, E>): void => {
  const textOf = (run: string) =>
    Effect.gen(function*() {
      const store = yield* BatchRunStore
      const pieces = store.log({ name: run, index: 0, attempt: 1, follow: false })
      return yield* Stream.mkString(Stream.decodeText(pieces))
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

  batchRunLogContract(name, layer)

  describe(`${name}: BatchRunStore`, () => {
    test(
      "is empty at first",
      Effect.gen(function*() {
        const store = yield* BatchRunStore
        assert.deepStrictEqual(yield* store.names, [])
        assert.isNull(yield* store.read("fix"))
        assert.isNull(yield* store.snapshot("fix"))
        assert.deepStrictEqual(yield* store.values("fix"), { configMaps: {}, secrets: {} })
        assert.isFalse(yield* store.isHeld("fix"))
      })
    )

    test(
      "gives back what a run was made of",
      Effect.gen(function*() {
        const store = yield* given
        assert.deepStrictEqual(yield* store.read("fix"), {
          snapshot: sampleRunSnapshot("fix"),
          events: [],
          unreadableLines: 0
        })
        assert.deepStrictEqual(yield* store.values("fix"), sampleRunValues)
      })
    )

    it.effect.prop(
      "gives back any snapshot",
      { snapshot: Arbitrary.schema(RunSnapshot) },
      ({ snapshot }) =>
        Effect.gen(function*() {
          const store = yield* BatchRunStore
          const any = { ...snapshot, name: "any" }
          yield* store.create(any, { configMaps: {}, secrets: {} })
          const read = yield* store.read("any")
          assert.deepStrictEqual(yield* store.snapshot("any"), read?.snapshot)
          assert.strictEqual(read === null ? null : encodeRunSnapshot(read.snapshot), encodeRunSnapshot(any))
        }).pipe(Effect.provide(layer, { local: true })),
      { arbitrary: { runs: 20 } }
    )

    test(
      "makes no second run of a name, and leaves the first",
      Effect.gen(function*() {
        const store = yield* given
        const other = sampleRunSnapshot("fix", { uid: "another" })
        const failure = yield* Effect.flip(store.create(other, { configMaps: {}, secrets: {} }))
        assert.strictEqual(failure._tag, "RunExists")
        assert.strictEqual((yield* store.read("fix"))?.snapshot.uid, "uid-of-fix")
        assert.deepStrictEqual(yield* store.values("fix"), sampleRunValues)
      })
    )

    test(
      "of many who make one name at once, one does",
      Effect.gen(function*() {
        const store = yield* BatchRunStore
        const uids = Array.from({ length: 20 }, (_, index) => `uid-${index}`)
        const made = yield* Effect.forEach(
          uids,
          (uid) =>
            store.create(sampleRunSnapshot("fix", { uid }), sampleRunValues).pipe(
              Effect.as([uid]),
              Effect.catchTag("RunExists", () => Effect.succeed([]))
            ),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(made.flat(), [(yield* store.read("fix"))?.snapshot.uid ?? "none"])
      })
    )

    test(
      "names runs from the oldest on, whatever the order in which they are kept",
      Effect.gen(function*() {
        const store = yield* BatchRunStore
        for (
          const [run, createdAt] of [["b", "2026-11-02T00:00:00.000Z"], ["c", at], ["a", "2026-12-01T00:00:00.000Z"]]
        ) {
          yield* store.create(sampleRunSnapshot(run ?? "", { createdAt: createdAt ?? "" }), sampleRunValues)
        }
        assert.deepStrictEqual(yield* store.names, ["c", "b", "a"])
      })
    )

    for (const bad of ["", ".", "..", "../fix", "a/b", "Fix", "fix_1", "-fix", "fix\0", "f".repeat(64)]) {
      test(
        `takes no path for a name: ${JSON.stringify(bad)}`,
        Effect.gen(function*() {
          const store = yield* given
          const refused = yield* Effect.forEach([
            store.create(sampleRunSnapshot(bad), sampleRunValues),
            store.append(bad, sampleRunEvents),
            store.request(bad, { _tag: "Cancel" }),
            store.appendLog(bad, 0, 1, utf8ToBytes("a")),
            store.keep(bad, 0, 1, { name: "result.json", text: "{}" }),
            Effect.scoped(store.hold(bad)),
            store.kept(bad, 0, 1, "result.json"),
            Stream.runDrain(store.log({ name: bad, index: 0, attempt: 1, follow: false }))
          ], (effect) => Effect.flip<unknown, { readonly _tag: string }, Scope.Scope>(effect))
          assert.deepStrictEqual(new Set(refused.map(({ _tag }) => _tag)), new Set(["RunUnavailable"]))
          assert.isNull(yield* store.read(bad))
          assert.isNull(yield* store.snapshot(bad))
          assert.isFalse(yield* store.isHeld(bad))
          assert.deepStrictEqual(yield* store.names, ["fix"])
        })
      )
    }

    test(
      "one holds a run at a time, until its scope closes",
      Effect.gen(function*() {
        const store = yield* given
        const scope = yield* Scope.make()
        yield* Scope.provide(store.hold("fix"), scope)
        assert.isTrue(yield* store.isHeld("fix"))
        const failure = yield* Effect.flip(Effect.scoped(store.hold("fix")))
        assert.strictEqual(failure._tag, "RunBusy")
        assert.isTrue(yield* store.isHeld("fix"))
        yield* Scope.close(scope, Exit.void)
        assert.isFalse(yield* store.isHeld("fix"))
        yield* store.hold("fix")
        assert.isTrue(yield* store.isHeld("fix"))
      })
    )

    test(
      "a run that is not there cannot be held",
      Effect.gen(function*() {
        const store = yield* BatchRunStore
        assert.strictEqual((yield* Effect.flip(Effect.scoped(store.hold("fix"))))._tag, "RunUnavailable")
      })
    )

    test(
      "gives back every event in order, across holdings",
      Effect.gen(function*() {
        const store = yield* given
        yield* Effect.scoped(Effect.gen(function*() {
          yield* store.hold("fix")
          yield* store.append("fix", [])
          yield* store.append("fix", sampleRunEvents.slice(0, 3))
          assert.deepStrictEqual((yield* store.read("fix"))?.events, sampleRunEvents.slice(0, 3))
          yield* store.append("fix", sampleRunEvents.slice(3, 4))
        }))
        yield* store.hold("fix")
        yield* store.append("fix", sampleRunEvents.slice(4))
        assert.deepStrictEqual((yield* store.read("fix"))?.events, sampleRunEvents)
      })
    )

    test(
      "appends of many fibers at once do not mix",
      Effect.gen(function*() {
        const store = yield* given
        yield* store.hold("fix")
        const created = (index: number): ReadonlyArray<RunEvent> => [
          { _tag: "AttemptCreated", at, index, attempt: 1 },
          { _tag: "AgentStarted", at, index, attempt: 1 }
        ]
        const indices = Array.from({ length: 200 }, (_, index) => index)
        yield* Effect.forEach(indices, (index) => store.append("fix", created(index)), { concurrency: "unbounded" })
        assert.deepStrictEqual((yield* store.read("fix"))?.events, indices.flatMap(created))
      })
    )

    test(
      "only the holder appends",
      Effect.gen(function*() {
        const store = yield* given
        assert.strictEqual((yield* Effect.flip(store.append("fix", sampleRunEvents)))._tag, "RunUnavailable")
        yield* Effect.scoped(store.hold("fix"))
        assert.strictEqual((yield* Effect.flip(store.append("fix", sampleRunEvents)))._tag, "RunUnavailable")
        assert.deepStrictEqual((yield* store.read("fix"))?.events, [])
      })
    )

    live(
      "requests are heard in order, once each: those from before the run was held, and those to come",
      Effect.gen(function*() {
        const store = yield* given
        const early: ReadonlyArray<RunRequest> = [{ _tag: "Suspend", suspend: true }, {
          _tag: "Suspend",
          suspend: false
        }]
        const late: RunRequest = { _tag: "Cancel" }
        for (const request of early) yield* store.request("fix", request)
        yield* store.hold("fix")
        assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(store.requests("fix"), 2)), early)
        const hearing = yield* Effect.forkChild(Stream.runCollect(Stream.take(store.requests("fix"), 1)), {
          startImmediately: true
        })
        yield* store.request("fix", late)
        assert.deepStrictEqual(yield* Fiber.join(hearing), [late])
      })
    )

    live(
      "requests can be forgotten that nobody has heard",
      Effect.gen(function*() {
        const store = yield* given
        const late: RunRequest = { _tag: "Suspend", suspend: true }
        yield* store.request("fix", { _tag: "Cancel" })
        yield* store.hold("fix")
        yield* store.forgetRequests("fix")
        yield* store.request("fix", late)
        assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(store.requests("fix"), 1)), [late])
      })
    )

    test(
      "a request of no run is told",
      Effect.gen(function*() {
        const store = yield* BatchRunStore
        assert.strictEqual((yield* Effect.flip(store.request("fix", { _tag: "Cancel" })))._tag, "RunUnavailable")
        assert.strictEqual((yield* Effect.flip(Stream.runDrain(store.requests("fix"))))._tag, "RunUnavailable")
      })
    )

    test(
      "keeps files of an attempt, the last of a name",
      Effect.gen(function*() {
        const store = yield* given
        assert.isNull(yield* store.kept("fix", 0, 1, "result.json"))
        yield* store.keep("fix", 0, 1, { name: "result.json", text: "{}" })
        yield* store.keep("fix", 0, 1, { name: "result.json", text: "ünïcödé\r\n" })
        yield* store.keep("fix", 0, 2, { name: "changes.patch", text: "" })
        assert.strictEqual(yield* store.kept("fix", 0, 1, "result.json"), "ünïcödé\r\n")
        assert.strictEqual(yield* store.kept("fix", 0, 2, "changes.patch"), "")
        assert.isNull(yield* store.kept("fix", 0, 1, "changes.patch"))
      })
    )

    for (const bad of ["", ".", "..", "../run.json", "a/b", "log", ".hidden"]) {
      test(
        `keeps no file named ${JSON.stringify(bad)}`,
        Effect.gen(function*() {
          const store = yield* given
          assert.strictEqual(
            (yield* Effect.flip(store.keep("fix", 0, 1, { name: bad, text: "" })))._tag,
            "RunUnavailable"
          )
        })
      )
    }

    test(
      "each attempt has a folder of its own",
      Effect.gen(function*() {
        const store = yield* BatchRunStore
        const folders = [
          store.folder("fix", 0, 1),
          store.folder("fix", 0, 2),
          store.folder("fix", 1, 1),
          store.folder("other", 0, 1)
        ]
        assert.strictEqual(new Set(folders).size, 4)
        for (const folder of folders) assert.match(folder, /^[/A-Z]/u)
      })
    )

    test(
      "a run that is removed leaves nothing, and its name is free",
      Effect.gen(function*() {
        const store = yield* given
        yield* Effect.scoped(Effect.gen(function*() {
          yield* store.hold("fix")
          yield* store.append("fix", sampleRunEvents)
          yield* store.appendLog("fix", 0, 1, utf8ToBytes("old"))
          yield* store.keep("fix", 0, 1, { name: "result.json", text: "{}" })
          yield* store.remove("fix")
        }))
        assert.deepStrictEqual(yield* store.names, [])
        assert.isNull(yield* store.read("fix"))
        assert.deepStrictEqual(yield* store.values("fix"), { configMaps: {}, secrets: {} })
        assert.strictEqual(
          (yield* Effect.flip(store.appendLog("fix", 0, 1, utf8ToBytes("late"))))._tag,
          "RunUnavailable"
        )
        yield* store.create(sampleRunSnapshot("fix", { uid: "new" }), sampleRunValues)
        assert.strictEqual(yield* textOf("fix"), "")
        assert.isNull(yield* store.kept("fix", 0, 1, "result.json"))
        assert.deepStrictEqual((yield* store.read("fix"))?.events, [])
      })
    )
  })
}
