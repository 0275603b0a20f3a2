import { assert, describe, it } from "@effect/vitest"
import { BatchRunStore, encodeRunEvents, encodeRunSnapshot, Host, type StoredRun } from "@slipway/core"
import { batchRunStoreContract, sampleRunEvents, sampleRunSnapshot, type ScratchFolder } from "@slipway/core/testing"
import { Effect, Layer, type Scope, Stream } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { mountSmallDisk, unmount } from "../testing/SmallDisk.ts"
import { testHomeLayer } from "../testing/TestHome.ts"
import { runsFolder } from "./BatchRunFolder.ts"
import { fileBatchRunStoreLayer } from "./FileBatchRunStore.ts"

const layer = Layer.provideMerge(fileBatchRunStoreLayer, testHomeLayer)

batchRunStoreContract("files", layer)

const noValues = { configMaps: {}, secrets: {} }

const given = Effect.gen(function*() {
  const store = yield* BatchRunStore
  yield* store.create(sampleRunSnapshot("fix"), noValues)
  const runs = runsFolder((yield* Host).home)
  return {
    store,
    runs,
    folder: join(runs, "fix"),
    journal: join(runs, "fix/journal.jsonl"),
    read: Effect.map(store.read("fix"), (run): StoredRun => run ?? assert.fail("there is no run"))
  }
})

const test = (
  title: string,
  body: Effect.Effect<void, unknown, BatchRunStore | Host | ScratchFolder | Scope.Scope>
) => it.effect(title, () => body.pipe(Effect.scoped, Effect.provide(layer)))

const modeOf = (path: string) => (fs.lstatSync(path).mode & 0o777).toString(8)

/** Every path below a folder with its permission bits, links left out. */
const modesBelow = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    fs.readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => !fs.lstatSync(join(folder, path)).isSymbolicLink())
      .sort()
      .map((path) => [path, modeOf(join(folder, path))])
  )

describe("files: BatchRunStore", () => {
  test(
    "everything is its owner's alone; a log that has ended is read-only",
    Effect.gen(function*() {
      const { folder, runs, store } = yield* given
      yield* store.hold("fix")
      yield* store.append("fix", sampleRunEvents)
      yield* store.appendLog("fix", 0, 1, Buffer.from("ended"))
      yield* store.closeLog("fix", 0, 1)
      yield* store.appendLog("fix", 0, 2, Buffer.from("grows"))
      yield* store.keep("fix", 0, 1, { name: "result.json", text: "{}" })
      assert.deepStrictEqual(modesBelow(folder), {
        "journal.jsonl": "600",
        requests: "700",
        "run.json": "600",
        "secrets.json": "600",
        tasks: "700",
        "tasks/0": "700",
        "tasks/0/attempt-1": "700",
        "tasks/0/attempt-1/log": "400",
        "tasks/0/attempt-1/result.json": "600",
        "tasks/0/attempt-2": "700",
        "tasks/0/attempt-2/log": "600"
      })
      assert.deepStrictEqual([folder, runs, join(runs, "..")].map(modeOf), ["700", "700", "700"])
      assert.strictEqual(store.folder("fix", 0, 2), join(folder, "tasks/0/attempt-2"))
    })
  )

  test(
    "a journal is one event a line",
    Effect.gen(function*() {
      const { journal, store } = yield* given
      yield* store.hold("fix")
      yield* store.append("fix", sampleRunEvents)
      assert.strictEqual(fs.readFileSync(journal, "utf8"), encodeRunEvents(sampleRunEvents))
    })
  )

  const tails: ReadonlyArray<readonly [string, Buffer]> = [
    ["half a line", Buffer.from("{\"_tag\":\"Attem")],
    ["half a character", Buffer.from([0x7b, 0xc3])],
    ["what a power cut leaves", Buffer.alloc(200_000)]
  ]
  for (const [what, tail] of tails) {
    test(
      `a last line without its end is counted, and cut off by who appends next: ${what}`,
      Effect.gen(function*() {
        const { journal, read, store } = yield* given
        yield* Effect.scoped(Effect.andThen(store.hold("fix"), store.append("fix", sampleRunEvents.slice(0, 2))))
        fs.appendFileSync(journal, tail)
        const torn = yield* read
        assert.deepStrictEqual(torn.events, sampleRunEvents.slice(0, 2))
        assert.strictEqual(torn.unreadableLines, 1)
        yield* store.hold("fix")
        yield* store.append("fix", sampleRunEvents.slice(2))
        const whole = yield* read
        assert.deepStrictEqual(whole.events, sampleRunEvents)
        assert.strictEqual(whole.unreadableLines, 0)
        assert.strictEqual(fs.readFileSync(journal, "utf8"), encodeRunEvents(sampleRunEvents))
      })
    )
  }

  test(
    "a journal whose very first line was cut off begins anew",
    Effect.gen(function*() {
      const { journal, read, store } = yield* given
      fs.writeFileSync(journal, "{\"_tag\"")
      assert.deepStrictEqual((yield* read).events, [])
      yield* store.hold("fix")
      yield* store.append("fix", sampleRunEvents)
      assert.deepStrictEqual((yield* read).events, sampleRunEvents)
    })
  )

  const damages: ReadonlyArray<readonly [string, (folder: string) => void, string]> = [
    [
      "a damaged line in the middle of the journal",
      (folder) => fs.writeFileSync(join(folder, "journal.jsonl"), `{"_tag":\n${encodeRunEvents(sampleRunEvents)}`),
      "journal.jsonl: line 1 is damaged"
    ],
    [
      "a line of the journal that is no UTF-8",
      (folder) =>
        fs.writeFileSync(
          join(folder, "journal.jsonl"),
          Buffer.concat([Buffer.from(encodeRunEvents(sampleRunEvents)), Buffer.from([0xff, 0x0a])])
        ),
      "journal.jsonl: line 6 is no UTF-8"
    ],
    [
      "an event of a newer Slipway",
      (folder) => fs.writeFileSync(join(folder, "journal.jsonl"), "{\"_tag\":\"TaskMoved\"}\n"),
      "holds TaskMoved, which a newer Slipway wrote"
    ],
    [
      "a snapshot of a newer Slipway",
      (folder) =>
        fs.writeFileSync(join(folder, "run.json"), encodeRunSnapshot(sampleRunSnapshot("fix")).replace("/v1", "/v2")),
      "a newer Slipway wrote"
    ],
    ["a journal that is gone", (folder) => fs.rmSync(join(folder, "journal.jsonl")), "journal.jsonl: it is missing"],
    ["a snapshot that is gone", (folder) => fs.rmSync(join(folder, "run.json")), "run.json: it is missing"]
  ]
  for (const [what, damage, words] of damages) {
    test(
      `tells of ${what}, and of other runs all the same`,
      Effect.gen(function*() {
        const { folder, read, store } = yield* given
        yield* store.create(sampleRunSnapshot("other"), noValues)
        damage(folder)
        const failure = yield* Effect.flip(read)
        assert.strictEqual(failure._tag, "RunCorrupt")
        assert.include(failure.message, words)
        assert.include(yield* store.names, "fix")
        assert.strictEqual((yield* store.read("other"))?.snapshot.name, "other")
      })
    )
  }

  test(
    "values that cannot be read are told of without them",
    Effect.gen(function*() {
      const { folder, store } = yield* given
      fs.writeFileSync(join(folder, "secrets.json"), "{\"secrets\": swordfish}")
      const failure = yield* Effect.flip(store.values("fix"))
      assert.strictEqual(failure._tag, "RunCorrupt")
      assert.include(failure.message, "secrets.json")
      assert.notInclude(failure.message, "swordfish")
      fs.rmSync(join(folder, "secrets.json"))
      assert.include((yield* Effect.flip(store.values("fix"))).message, "it is missing")
    })
  )

  test(
    "what cannot be read is told in the system's words",
    Effect.gen(function*() {
      const { folder, read } = yield* given
      fs.rmSync(join(folder, "run.json"))
      fs.mkdirSync(join(folder, "run.json"))
      const failure = yield* Effect.flip(read)
      assert.strictEqual(failure.message.endsWith("illegal operation on a directory (EISDIR)"), true)
    })
  )

  test(
    "passes over what is no run among the runs",
    Effect.gen(function*() {
      const { runs, store } = yield* given
      fs.writeFileSync(join(runs, "notes"), "")
      fs.mkdirSync(join(runs, "Not a run"))
      assert.deepStrictEqual(yield* store.names, ["fix"])
    })
  )

  test(
    "what a dead process left of making or removing a run is swept, that of a living one is not",
    Effect.gen(function*() {
      const { runs, store } = yield* given
      const { self } = yield* Host
      const living = `.creating ${self.pid} ${Buffer.from(self.startedAt).toString("hex")} 0a1b`
      for (const left of [".creating 999999999 676f6e65 0a1b", ".removing 999999999  0a1b", living]) {
        fs.mkdirSync(join(runs, left, "tasks"), { recursive: true })
      }
      yield* store.create(sampleRunSnapshot("other"), noValues)
      assert.deepStrictEqual(fs.readdirSync(runs).sort(), [living, "fix", "other"])
      assert.deepStrictEqual((yield* store.names).toSorted(), ["fix", "other"])
    })
  )

  test(
    "the run of a dead process is taken over",
    Effect.gen(function*() {
      const { folder, store } = yield* given
      fs.symlinkSync("999999999 gone abc", join(folder, "lock"))
      assert.isFalse(yield* store.isHeld("fix"))
      yield* Effect.scoped(Effect.gen(function*() {
        yield* store.hold("fix")
        assert.isTrue(yield* store.isHeld("fix"))
        const busy = yield* Effect.flip(Effect.scoped(store.hold("fix")))
        assert.strictEqual(busy._tag === "RunBusy" ? busy.pid : null, process.pid)
      }))
      assert.notInclude(fs.readdirSync(folder), "lock")
    })
  )

  test(
    "a file among the requests that is none is passed over",
    Effect.gen(function*() {
      const { folder, store } = yield* given
      fs.writeFileSync(join(folder, "requests/0.json"), "{\"_tag\":\"Explode\"}")
      fs.writeFileSync(join(folder, "requests/.half.tmp"), "{")
      yield* store.request("fix", { _tag: "Cancel" })
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(store.requests("fix"), 1)), [{ _tag: "Cancel" }])
    })
  )

  test(
    "a home that cannot be written is told",
    Effect.gen(function*() {
      const { home } = yield* Host
      fs.writeFileSync(home, "a file")
      const store = yield* BatchRunStore
      const failure = yield* Effect.flip(store.create(sampleRunSnapshot("fix"), noValues))
      assert.strictEqual(failure._tag, "RunUnavailable")
      assert.include(failure.message, "ENOTDIR")
      assert.deepStrictEqual(yield* store.names, [])
    })
  )

  it.effect("a full disk is told, and what was written of a line or of a log is taken back", (context) =>
    Effect.gen(function*() {
      const { home } = yield* Host
      fs.mkdirSync(home)
      if (!mountSmallDisk(home)) return context.skip("only root can mount a small disk")
      yield* Effect.addFinalizer(() => Effect.sync(() => unmount(home)))
      yield* Effect.scoped(Effect.gen(function*() {
        const { folder, read, runs, store } = yield* given
        yield* store.hold("fix")
        yield* store.append("fix", sampleRunEvents.slice(0, 2))
        yield* store.appendLog("fix", 0, 1, Buffer.from("log"))
        const filler = join(home, "filler")
        const fill = Effect.sync(() => {
          const file = fs.openSync(filler, "w")
          try {
            for (;;) fs.writeSync(file, Buffer.alloc(4096))
          } catch {
            fs.closeSync(file)
          }
        })
        yield* fill
        const long = { ...sampleRunEvents[4], _tag: "RunFinished", reason: "long ".repeat(4000) } as const
        const refused = yield* Effect.flip(
          store.append("fix", [{ at: "", phase: "Failed", ...long }, ...sampleRunEvents])
        )
        assert.include(refused.message, "ENOSPC")
        assert.include((yield* Effect.flip(store.appendLog("fix", 0, 1, Buffer.alloc(20_000, "x")))).message, "ENOSPC")
        assert.include(
          (yield* Effect.flip(store.keep("fix", 0, 1, { name: "changes.patch", text: "long ".repeat(4000) }))).message,
          "ENOSPC"
        )
        assert.strictEqual(
          (yield* Effect.flip(store.create(sampleRunSnapshot("other"), noValues)))._tag,
          "RunUnavailable"
        )
        const now = yield* read
        assert.deepStrictEqual(now.events, sampleRunEvents.slice(0, 2))
        assert.deepStrictEqual(fs.readdirSync(runs), ["fix"])
        fs.rmSync(filler)
        yield* store.append("fix", sampleRunEvents.slice(2))
        yield* store.appendLog("fix", 0, 1, Buffer.from(" goes on"))
        assert.deepStrictEqual((yield* read).events, sampleRunEvents)
        assert.strictEqual(fs.readFileSync(join(folder, "tasks/0/attempt-1/log"), "utf8"), "log goes on")
        assert.deepStrictEqual(fs.readdirSync(join(folder, "tasks/0/attempt-1")), ["log"])
      }))
    }).pipe(Effect.scoped, Effect.provide(layer)))
})
