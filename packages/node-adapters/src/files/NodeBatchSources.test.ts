import { assert, describe, it } from "@effect/vitest"
import { BatchSources } from "@slipway/core"
import { batchSourcesContract, type BatchSourcesWorld, ScratchFolder } from "@slipway/core/testing"
import { Effect, Fiber, Layer } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { PassThrough, Readable } from "node:stream"
import { temporaryFolderLayer } from "../testing/TemporaryFolder.ts"
import { nodeBatchSourcesLayerWith } from "./NodeBatchSources.ts"

const write = (folder: string, files: BatchSourcesWorld["files"]) => {
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(dirname(join(folder, name)), { recursive: true })
    fs.writeFileSync(join(folder, name), text)
  }
}

const layerOf = ({ files, stdin }: BatchSourcesWorld): Layer.Layer<BatchSources | ScratchFolder> =>
  Layer.merge(
    nodeBatchSourcesLayerWith({ stdin: () => Readable.from([Buffer.from(stdin)]) }),
    Layer.effectDiscard(Effect.map(ScratchFolder, ({ path }) => write(path, files)))
  ).pipe(Layer.provideMerge(temporaryFolderLayer))

batchSourcesContract("files", layerOf)

const given = Effect.gen(function*() {
  const sources = yield* BatchSources
  const { path } = yield* ScratchFolder
  return {
    path,
    read: (...files: ReadonlyArray<string>) => sources.read(path, files),
    readFolder: (folder: string) => sources.readFolder(path, folder),
    reasonOf: (file: string) => Effect.map(Effect.flip(sources.read(path, [file])), ({ reason }) => reason)
  }
})

const test = (
  title: string,
  body: Effect.Effect<void, unknown, BatchSources | ScratchFolder>,
  stdin: () => Readable = () => Readable.from([])
) =>
  it.live(
    title,
    () => Effect.provide(body, Layer.provideMerge(nodeBatchSourcesLayerWith({ stdin }), temporaryFolderLayer))
  )

/** A folder as Kubernetes mounts a ConfigMap or a Secret. */
const mount = (folder: string, keys: Readonly<Record<string, string | Uint8Array>>) => {
  const version = join(folder, "..2026_11_01_00_00_00.1")
  fs.mkdirSync(version, { recursive: true })
  fs.symlinkSync("..2026_11_01_00_00_00.1", join(folder, "..data"))
  for (const [key, value] of Object.entries(keys)) {
    fs.writeFileSync(join(version, key), value)
    fs.symlinkSync(`..data/${key}`, join(folder, key))
  }
}

describe("files: BatchSources", () => {
  test(
    "reads values as Kubernetes mounts them, with exact bytes",
    Effect.gen(function*() {
      const { path, readFolder } = yield* given
      mount(join(path, "values/secrets/token"), { token: Uint8Array.of(0, 255, 13, 10), other: "x" })
      mount(join(path, "values"), { "batch.yaml": "kind: Batch" })
      const { texts, values } = yield* readFolder("values")
      assert.deepStrictEqual(texts, [{ source: "values/batch.yaml", text: "kind: Batch" }])
      assert.deepStrictEqual(values.map(({ bytes, ...value }) => ({ ...value, bytes: [...bytes] })), [
        { kind: "Secret", name: "token", key: "other", bytes: [120] },
        { kind: "Secret", name: "token", key: "token", bytes: [0, 255, 13, 10] }
      ])
    })
  )

  test(
    "refuses what is no text in UTF-8, but not as a value",
    Effect.gen(function*() {
      const { path, readFolder, reasonOf } = yield* given
      fs.mkdirSync(join(path, "values/image"), { recursive: true })
      for (const name of ["bad.yaml", "values/image/png"]) fs.writeFileSync(join(path, name), Buffer.from([0xc3, 0x28]))
      assert.strictEqual(yield* reasonOf("bad.yaml"), "it is no text in UTF-8")
      assert.strictEqual((yield* readFolder("values")).values.length, 1)
      fs.writeFileSync(join(path, "values/bad.yaml"), Buffer.from([0xff]))
      assert.strictEqual(
        (yield* Effect.flip(readFolder("values"))).message,
        "cannot read values/bad.yaml: it is no text in UTF-8"
      )
    })
  )

  test(
    "refuses a file that is too large, without reading it",
    Effect.gen(function*() {
      const { path, reasonOf } = yield* given
      fs.writeFileSync(join(path, "large.yaml"), "")
      fs.truncateSync(join(path, "large.yaml"), (64 << 20) + 1)
      assert.strictEqual(yield* reasonOf("large.yaml"), "it is larger than 64 MiB")
    })
  )

  test(
    "refuses an endless standard input",
    Effect.gen(function*() {
      const { reasonOf } = yield* given
      assert.strictEqual(yield* reasonOf("-"), "it is larger than 64 MiB")
    }),
    () => Readable.from(endless())
  )

  test(
    "waits for nothing but standard input: pipes, devices and what is no name are refused",
    Effect.gen(function*() {
      const { path, read, readFolder, reasonOf } = yield* given
      execFileSync("mkfifo", [join(path, "pipe.yaml")])
      const noFile = "it is a pipe, a socket or a device, not a regular file"
      assert.strictEqual(yield* reasonOf("pipe.yaml"), noFile)
      assert.strictEqual(yield* reasonOf("/dev/zero"), noFile)
      assert.strictEqual(yield* reasonOf("."), noFile)
      assert.strictEqual(yield* reasonOf(""), "it names no file")
      assert.strictEqual(yield* reasonOf("a\0b"), "it names no file")
      assert.strictEqual((yield* Effect.flip(read("batch.yaml/inner.yaml"))).code, "batch-invalid")
      assert.strictEqual((yield* Effect.flip(readFolder("."))).reason, noFile)
    })
  )

  test(
    "reads what a shell hands over by the number of an open file, and standard input by its names",
    Effect.gen(function*() {
      const { path, read } = yield* given
      fs.writeFileSync(join(path, "open"), "kind: Open")
      const open = fs.openSync(join(path, "open"), "r")
      assert.deepStrictEqual(yield* read(`/dev/fd/${open}`), [{ source: `/dev/fd/${open}`, text: "kind: Open" }])
      fs.closeSync(open)
      assert.deepStrictEqual(yield* read("/dev/stdin"), [{ source: "/dev/stdin", text: "kind: Input" }])
    }),
    () => Readable.from([Buffer.from("kind: "), Buffer.from("Input")])
  )

  test(
    "a link that leads nowhere is told where it was named, and passed over in a folder",
    Effect.gen(function*() {
      const { path, read, reasonOf } = yield* given
      fs.mkdirSync(join(path, "more"))
      fs.symlinkSync("gone", join(path, "more/a.yaml"))
      fs.writeFileSync(join(path, "more/b.yaml"), "kind: B")
      assert.include(yield* reasonOf("more/a.yaml"), "ENOENT")
      assert.deepStrictEqual((yield* read("more")).map(({ source }) => source), ["more/b.yaml"])
    })
  )

  test(
    "waiting for standard input can be interrupted",
    Effect.gen(function*() {
      const { read } = yield* given
      const reading = yield* Effect.forkChild(read("-"), { startImmediately: true })
      yield* Fiber.interrupt(reading)
      assert.isTrue(silent.destroyed)
    }),
    () => silent
  )

  test(
    "a fault of standard input is told",
    Effect.gen(function*() {
      const { reasonOf } = yield* given
      assert.strictEqual(yield* reasonOf("-"), "i/o error (EIO)")
    }),
    () =>
      new Readable({
        read() {
          this.destroy(new Error("EIO: i/o error, read"))
        }
      })
  )
})

const silent = new PassThrough()

function* endless(): Generator<Uint8Array> {
  const piece = Buffer.alloc(1 << 20)
  for (;;) yield piece
}
