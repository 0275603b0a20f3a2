import { assert, describe, it } from "@effect/vitest"
import { encodeLogLine, type FeatureHistory, FeatureLog, type Host, LockBusy, LogUnavailable } from "@slipway/core"
import { featureLogContract, FeatureLogTexts, noteEntry, notesOf, ScratchFolder } from "@slipway/core/testing"
import { Deferred, Effect, Fiber, identity, Layer, Result } from "effect"
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { asOtherUser } from "../testing/OtherUser.ts"
import { mountSmallDisk, unmount } from "../testing/SmallDisk.ts"
import { testHomeLayer } from "../testing/TestHome.ts"
import { fileFeatureLogLayer, fileFeatureLogLayerWith } from "./FileFeatureLog.ts"

const layer = Layer.provideMerge(fileFeatureLogLayer, testHomeLayer)

const textsLayer = Layer.effect(
  FeatureLogTexts,
  Effect.map(ScratchFolder, ({ path: main }) => {
    const logOf = (feature: string) => join(main, ".ai/projects", feature, "events.jsonl")
    return FeatureLogTexts.of({
      main,
      read: (feature) =>
        Effect.sync(() => fs.existsSync(logOf(feature)) ? fs.readFileSync(logOf(feature), "utf8") : null),
      write: (feature, text) =>
        Effect.sync(() => {
          fs.mkdirSync(dirname(logOf(feature)), { recursive: true })
          fs.writeFileSync(logOf(feature), text)
        })
    })
  })
)

featureLogContract("files", Layer.provideMerge(textsLayer, layer))

const given = Effect.gen(function*() {
  const { path: main } = yield* ScratchFolder
  const log = yield* FeatureLog
  const projects = join(main, ".ai/projects")
  const folder = join(projects, "auth")
  const path = join(folder, "events.jsonl")
  const at = (feature: string) => ({ main, feature })
  return {
    main,
    log,
    projects,
    folder,
    path,
    at,
    read: log.read(at("auth")),
    append: (text: string, feature = "auth") => log.append(at(feature), () => Effect.succeed(noteEntry(text))),
    /** All below the folder of projects. */
    files: Effect.sync(() => fs.readdirSync(projects, { recursive: true }).map(String).sort())
  }
})

/** Puts a torn line in the place of the last one, and the last one back, for ever. */
const tearing = `
const fs = require("node:fs")
const [path, whole] = [process.argv[1], Number(process.argv[2])]
const line = fs.readFileSync(path).subarray(whole)
const file = fs.openSync(path, "r+")
while (true) {
  for (const tail of [Buffer.alloc(line.length / 2, "torn "), line]) {
    fs.ftruncateSync(file, whole)
    fs.writeSync(file, tail, 0, tail.length, whole)
  }
}`

const logTest = (name: string, test: Effect.Effect<void, unknown, FeatureLog | Host | ScratchFolder>) =>
  it.live(name, () => test.pipe(Effect.provide(layer)))

const reasonOf = <A, R>(effect: Effect.Effect<A, unknown, R>) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.instanceOf(error, LogUnavailable)
    return error.reason
  })

describe("files: FeatureLog", () => {
  logTest(
    "looking makes nothing; an append makes the log, and leaves no lock",
    Effect.gen(function*() {
      const { append, at, files, log, main, read } = yield* given
      yield* read
      yield* log.readAll(main, identity)
      assert.isFalse(fs.existsSync(join(main, ".ai")))
      yield* append("one")
      assert.deepStrictEqual(yield* files, ["auth", "auth/events.jsonl"])
      yield* log.append(at("cart"), () => Effect.succeed(null))
      assert.deepStrictEqual(yield* files, ["auth", "auth/events.jsonl"])
    })
  )

  logTest(
    "takes a folder that is there, and leaves what is in it",
    Effect.gen(function*() {
      const { append, files, folder, log, main, path, projects } = yield* given
      fs.mkdirSync(folder, { recursive: true })
      fs.writeFileSync(join(folder, "spec.md"), "# Log in")
      fs.mkdirSync(join(projects, "empty"))
      fs.mkdirSync(join(projects, ".hidden"))
      fs.writeFileSync(join(projects, "README.md"), "")
      assert.deepStrictEqual(yield* log.readAll(main, identity), [])
      yield* append("one")
      assert.deepStrictEqual(
        yield* files,
        [".hidden", "README.md", "auth", "auth/events.jsonl", "auth/spec.md", "empty"].sort()
      )
      fs.copyFileSync(path, join(projects, ".hidden/events.jsonl"))
      assert.deepStrictEqual((yield* log.readAll(main, identity)).map(({ feature }) => feature), ["auth"])
    })
  )

  logTest(
    "a torn tail at every byte of the last line: the history before it, and the next append puts its line in its place",
    Effect.gen(function*() {
      const { append, path, read } = yield* given
      const before = yield* append("one")
      const whole = fs.readFileSync(path)
      yield* append("zwei ✓ \u{1F600}")
      const both = fs.readFileSync(path)
      const characters = (length: number) => both.toString("utf8", whole.length, length).length
      for (let length = whole.length; length < both.length; length++) {
        fs.writeFileSync(path, both.subarray(0, length))
        assert.deepStrictEqual(yield* read, { ...before, torn: characters(length) })
        if (length % 16 !== 0 && length < both.length - 20) continue
        const after = yield* append("three")
        assert.deepStrictEqual(yield* read, after)
        assert.deepStrictEqual(notesOf(after), ["one", "three"])
        assert.strictEqual(
          fs.readFileSync(path, "utf8"),
          `${after.entries.map((entry) => encodeLogLine(entry)).join("\n")}\n`
        )
      }
    })
  )

  logTest(
    "every flipped bit of a log is found, with its line or the one after",
    Effect.gen(function*() {
      const { append, path, read } = yield* given
      for (const text of ["one", "zwei ✓ \uFFFD", "three"]) yield* append(text)
      const sound = fs.readFileSync(path)
      for (let position = 0; position < sound.length; position++) {
        const bytes = Buffer.from(sound)
        bytes.writeUInt8(sound.readUInt8(position) ^ (1 << (position % 8)), position)
        fs.writeFileSync(path, bytes)
        const fault = yield* Effect.flip(read)
        const line = sound.subarray(0, position).toString("latin1").split("\n").length
        assert.strictEqual(fault._tag, "LogCorrupt")
        assert.include([line, line + 1], Number(/events\.jsonl:(\d+): /u.exec(fault.message)?.[1]), `at ${position}`)
      }
    })
  )

  logTest(
    "what is no UTF-8 is refused with its line, also where it looks the same",
    Effect.gen(function*() {
      const { append, path, read } = yield* given
      for (const text of ["one", "zwei \uFFFD.", "three"]) yield* append(text)
      const sound = fs.readFileSync(path)
      const bytes = Buffer.from(sound)
      bytes.writeUInt8(0xF0, sound.indexOf("\uFFFD"))
      assert.strictEqual(bytes.toString("utf8"), sound.toString("utf8"))
      fs.writeFileSync(path, bytes)
      assert.match((yield* Effect.flip(read)).message, /events\.jsonl:2: it is no UTF-8$/u)
    })
  )

  for (const size of [0, 30_000]) {
    it.live(`a full disk: the system's words, the log as it was (${size} bytes more)`, (context) =>
      Effect.gen(function*() {
        const { append, files, main, path, read } = yield* given
        const disk = join(main, ".ai")
        fs.mkdirSync(disk)
        if (!mountSmallDisk(disk)) return context.skip("only root can make a disk that is soon full")
        yield* Effect.gen(function*() {
          const before = size === 0 ? null : yield* append("x".repeat(size))
          const text = before === null ? null : fs.readFileSync(path)
          const reason = yield* reasonOf(append("y".repeat(100_000)))
          assert.strictEqual(reason, "no space left on device (ENOSPC)")
          assert.deepStrictEqual(yield* read, before)
          assert.deepStrictEqual(yield* files, before === null ? [] : ["auth", "auth/events.jsonl"])
          if (text !== null) assert.isTrue(text.equals(fs.readFileSync(path)))
          assert.deepStrictEqual(notesOf(yield* append("little")).at(-1), "little")
        }).pipe(Effect.ensuring(Effect.sync(() => unmount(disk))))
      }).pipe(Effect.provide(layer)))
  }

  logTest(
    "folders that may not be written: the system's words, the log as it was",
    Effect.gen(function*() {
      const { append, folder, main, path, projects, read } = yield* given
      const before = yield* append("one")
      const text = fs.readFileSync(path, "utf8")
      for (const [target, mode] of [[path, 0o444], [projects, 0o555]] as const) {
        fs.chmodSync(target, mode)
        fs.chmodSync(main, 0o755)
        assert.strictEqual(yield* asOtherUser(reasonOf(append("two"))), "permission denied (EACCES)")
        assert.strictEqual(fs.readFileSync(path, "utf8"), text)
        assert.deepStrictEqual(yield* read, before)
        fs.chmodSync(target, 0o777)
      }
      fs.chmodSync(folder, 0o000)
      assert.strictEqual(yield* asOtherUser(reasonOf(read)), "permission denied (EACCES)")
      fs.chmodSync(folder, 0o755)
    })
  )

  logTest(
    "a folder that may not be read hides no other feature",
    Effect.gen(function*() {
      const { append, folder, log, main, projects } = yield* given
      yield* append("one")
      yield* append("one", "cart")
      for (const path of [main, join(main, ".ai"), projects, join(projects, "cart")]) fs.chmodSync(path, 0o755)
      fs.chmodSync(folder, 0o000)
      const listed = yield* asOtherUser(log.readAll(main, identity))
      fs.chmodSync(folder, 0o755)
      assert.deepStrictEqual(
        listed.map(({ feature, history }) => [feature, Result.isSuccess(history)]),
        [["auth", false], ["cart", true]]
      )
    })
  )

  logTest(
    "a link in the place of the folder of all features is not followed",
    Effect.gen(function*() {
      const { append, log, main, projects, read } = yield* given
      yield* append("one")
      for (const path of [projects, join(main, ".ai")]) {
        fs.renameSync(path, `${path}-elsewhere`)
        fs.symlinkSync(`${path}-elsewhere`, path)
        const reason = `${path} is a symbolic link, which is not followed`
        assert.strictEqual(yield* reasonOf(read), reason)
        assert.strictEqual(yield* reasonOf(append("two")), reason)
        assert.strictEqual(yield* reasonOf(log.names(main)), reason)
        fs.unlinkSync(path)
        fs.renameSync(`${path}-elsewhere`, path)
      }
      assert.strictEqual((yield* log.names(main)).length, 1)
    })
  )

  logTest(
    "links are not followed: neither that of a folder nor that of a log, wherever they lead",
    Effect.gen(function*() {
      const { append, at, folder, log, main, path, projects, read } = yield* given
      const elsewhere = join(main, "elsewhere")
      yield* append("one", "cart")
      fs.mkdirSync(elsewhere)
      const text = fs.readFileSync(join(projects, "cart/events.jsonl"), "utf8")
      fs.writeFileSync(join(elsewhere, "events.jsonl"), text)
      for (const target of [elsewhere, "cart", join(main, "nowhere")]) {
        fs.symlinkSync(target, folder)
        const reason = "its folder is a symbolic link, which is not followed"
        assert.strictEqual(yield* reasonOf(read), reason)
        assert.strictEqual(yield* reasonOf(append("two")), reason)
        const listed = yield* log.readAll(main, identity)
        assert.deepStrictEqual(
          listed.map(({ feature, history }) => [feature, Result.isSuccess(history)]),
          target.endsWith("nowhere") ? [["cart", true]] : [["auth", false], ["cart", true]]
        )
        fs.unlinkSync(folder)
      }
      fs.mkdirSync(folder)
      for (const target of [join(elsewhere, "events.jsonl"), "../cart/events.jsonl", join(main, "nowhere")]) {
        fs.symlinkSync(target, path)
        const reason = "it is a symbolic link, which is not followed"
        assert.strictEqual(yield* reasonOf(read), reason)
        assert.strictEqual(yield* reasonOf(append("two")), reason)
        fs.unlinkSync(path)
      }
      assert.isFalse(fs.existsSync(join(main, "nowhere")))
      assert.strictEqual(fs.readFileSync(join(elsewhere, "events.jsonl"), "utf8"), text)
      assert.deepStrictEqual(notesOf(yield* log.read(at("cart"))), ["one"])
    })
  )

  for (const kind of ["folder", "log"] as const) {
    logTest(
      `a link in the place of the ${kind}, put there while a change is decided, is not followed`,
      Effect.gen(function*() {
        const { append, at, folder, log, main, path } = yield* given
        yield* append("one")
        const text = fs.readFileSync(path, "utf8")
        const elsewhere = join(main, "elsewhere")
        const moved = kind === "folder" ? folder : path
        const swapped = log.append(at("auth"), () =>
          Effect.sync(() => {
            fs.renameSync(moved, elsewhere)
            fs.symlinkSync(elsewhere, moved)
            return noteEntry("two")
          }))
        assert.match(yield* reasonOf(swapped), /^it(?:s folder)? is a symbolic link, which is not followed$/u)
        assert.strictEqual(fs.readFileSync(path, "utf8"), text)
      })
    )
  }

  logTest(
    "what something else wrote while a change was decided is not overwritten",
    Effect.gen(function*() {
      const { append, at, log, path } = yield* given
      yield* append("one")
      const overtaken = log.append(at("auth"), () =>
        Effect.sync(() => {
          fs.appendFileSync(path, "by hand\n")
          return noteEntry("two")
        }))
      assert.strictEqual(yield* reasonOf(overtaken), "something else has changed it just now")
      assert.match(fs.readFileSync(path, "utf8"), /\nby hand\n$/u)
    })
  )

  logTest(
    "what is no file is no log, and is not waited for",
    Effect.gen(function*() {
      const { append, folder, path, read } = yield* given
      fs.mkdirSync(path, { recursive: true })
      assert.strictEqual(yield* reasonOf(read), "illegal operation on a directory (EISDIR)")
      fs.rmdirSync(path)
      execFileSync("mkfifo", [path])
      assert.isNull(yield* read)
      assert.strictEqual(yield* reasonOf(append("one")), "it is not a regular file")
      fs.rmSync(folder, { recursive: true })
      fs.writeFileSync(folder, "a file")
      assert.isNull(yield* read)
      assert.include(yield* reasonOf(append("one")), "EEXIST")
    })
  )

  for (const feature of ["../auth", "..", ".", "", "a/b", "a\\b", ".lock", "a\u0000b"]) {
    logTest(
      `no path is made of the name ${JSON.stringify(feature)}`,
      Effect.gen(function*() {
        const { append, at, log, main } = yield* given
        const reason = "its feature's name is no folder's"
        assert.strictEqual(yield* reasonOf(log.read(at(feature))), reason)
        assert.strictEqual(yield* reasonOf(append("one", feature)), reason)
        assert.isFalse(fs.existsSync(join(main, ".ai")))
      })
    )
  }

  logTest(
    "waits for the lock as long as it is told, and says who holds it",
    Effect.gen(function*() {
      const { at, log, main, projects } = yield* given
      const deciding = yield* Deferred.make<void>()
      const holder = yield* Effect.forkChild(
        log.append(at("auth"), () => Effect.andThen(Deferred.succeed(deciding, undefined), Effect.never))
      )
      yield* Deferred.await(deciding)
      const busy = yield* Effect.gen(function*() {
        const impatient = yield* FeatureLog
        return yield* Effect.flip(impatient.append({ main, feature: "cart" }, () => Effect.succeed(noteEntry("one"))))
      }).pipe(Effect.provide(fileFeatureLogLayerWith({ lockWait: 0 })))
      assert.instanceOf(busy, LockBusy)
      assert.deepInclude(busy, { path: join(projects, ".lock"), holder: process.pid })
      yield* Fiber.interrupt(holder)
    })
  )

  logTest(
    "a reader in the middle of a cut and a write sees the one or the other",
    Effect.gen(function*() {
      const { append, path, read } = yield* given
      const before = yield* append("one")
      const whole = fs.statSync(path).size
      const after = yield* append("long ".repeat(40_000))
      // Another process does what appends do to torn tails, again and again.
      const changing = yield* Effect.acquireRelease(
        Effect.sync(() => spawn(process.execPath, ["-e", tearing, path, String(whole)], { stdio: "ignore" })),
        (child) =>
          Effect.promise(async () => {
            child.kill("SIGKILL")
            await once(child, "exit")
          })
      )
      assert.isDefined(changing.pid)
      const seen = { before: 0, after: 0 }
      while (seen.before < 200 || seen.after < 200) {
        const history = yield* read
        assert.deepStrictEqual(history, history?.entries.length === 1 ? { ...before, torn: history.torn } : after)
        seen[history?.entries.length === 1 ? "before" : "after"] += 1
      }
    }).pipe(Effect.scoped)
  )

  logTest(
    "readers see whole histories while others append, also over a torn tail",
    Effect.gen(function*() {
      const { append, main, log, path, read } = yield* given
      const texts = Array.from({ length: 30 }, (_, index) => `${index} ${"long ".repeat(index * 400)}`)
      yield* append("first")
      const writer = yield* Effect.forkChild(Effect.forEach(texts, (text) =>
        Effect.andThen(
          Effect.sync(() => fs.appendFileSync(path, `{"torn ${text}`)),
          append(text)
        ), { discard: true }))
      let looks = 0
      while (writer.pollUnsafe() === undefined) {
        const seen: FeatureHistory | null = yield* read
        assert.deepStrictEqual(notesOf(seen), ["first", ...texts].slice(0, seen?.entries.length))
        assert.deepStrictEqual((yield* log.readAll(main, identity)).map(({ history }) => Result.isSuccess(history)), [
          true
        ])
        looks += 1
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      }
      yield* Fiber.join(writer)
      assert.isAbove(looks, 30)
      assert.deepStrictEqual(notesOf(yield* read), ["first", ...texts])
    })
  )
})
