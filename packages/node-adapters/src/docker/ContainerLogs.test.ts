import { assert, describe, it } from "@effect/vitest"
import type { LogLine } from "@slipway/core"
import { Arbitrary, Effect, Schema } from "effect"
import { makeLineReader, makeLogReader } from "./ContainerLogs.ts"

const frame = (stream: LogLine["stream"], payload: Buffer): Buffer => {
  const head = Buffer.alloc(8)
  head[0] = stream === "stdout" ? 1 : 2
  head.writeUInt32BE(payload.length, 4)
  return Buffer.concat([head, payload])
}

/** Cuts bytes into pieces of a few bytes, so that frames and characters are cut everywhere. */
const pieces = (bytes: Buffer, size: number): ReadonlyArray<Buffer> =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))

const Line = Schema.Struct({
  stream: Schema.Literals(["stdout", "stderr"]),
  text: Schema.String
})

const textsOf = (lines: ReadonlyArray<Pick<LogLine, "stream" | "text">>, stream: LogLine["stream"]) =>
  lines.filter((line) => line.stream === stream).map(({ text }) => text)

describe("makeLogReader", () => {
  it.effect.prop(
    "reads back every line, wherever the transport cuts",
    {
      lines: Arbitrary.schema(Schema.Array(Line)),
      size: Arbitrary.schema(Schema.Int),
      isTerminal: Arbitrary.schema(Schema.Boolean)
    },
    ({ isTerminal, lines, size }) =>
      Effect.sync(() => {
        const written = lines.map(({ stream, text }) => ({
          stream: isTerminal ? "stdout" as const : stream,
          // Unpaired surrogates are no UTF-8.
          text: text.toWellFormed().replaceAll(/[\r\n]/gu, "")
        }))
        const bytes = Buffer.concat(written.map(({ stream, text }) => {
          const payload = Buffer.from(`${text}\n`)
          return isTerminal ? payload : frame(stream, payload)
        }))
        const reader = makeLogReader("web", isTerminal)
        const read = [...pieces(bytes, 1 + Math.abs(size % 7)).flatMap(reader.push), ...reader.end()]
        for (const stream of ["stdout", "stderr"] as const) {
          assert.deepStrictEqual(textsOf(read, stream), textsOf(written, stream))
        }
        assert.isTrue(read.every(({ service }) => service === "web"))
      })
  )

  it("joins a line and a character that come in several frames, streams between each other", () => {
    const reader = makeLogReader("web", false)
    const [first, second] = [Buffer.from("é").subarray(0, 1), Buffer.from("é").subarray(1)]
    assert.deepStrictEqual(reader.push(frame("stdout", Buffer.concat([Buffer.from("a"), first]))), [])
    assert.deepStrictEqual(reader.push(frame("stderr", Buffer.from("no\n"))), [
      { service: "web", stream: "stderr", text: "no" }
    ])
    assert.deepStrictEqual(reader.push(frame("stdout", Buffer.concat([second, Buffer.from("\nrest")]))), [
      { service: "web", stream: "stdout", text: "aé" }
    ])
    assert.deepStrictEqual(reader.end(), [{ service: "web", stream: "stdout", text: "rest" }])
    assert.deepStrictEqual(reader.end(), [])
  })
})

describe("makeLineReader", () => {
  it("takes either line end", () => {
    assert.deepStrictEqual(makeLineReader().push(Buffer.from("one\r\ntwo\n\nthr")), ["one", "two", ""])
  })
})
