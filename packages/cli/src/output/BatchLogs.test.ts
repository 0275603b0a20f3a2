import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { byLines, logLinesOf } from "./BatchLogs.ts"

const Pieces = Schema.Array(Schema.Array(Schema.Literals([0x0a, 0x61, 0xe2, 0x82, 0xff])))

describe("lines of a log", () => {
  it.effect.prop("lose no byte, wherever the pieces begin", [Pieces], ([pieces]) =>
    Effect.gen(function*() {
      const lines = yield* Stream.runCollect(byLines(Stream.fromIterable(pieces.map((piece) => new Uint8Array(piece)))))
      assert.deepStrictEqual(lines.flatMap((line) => [...line]), pieces.flat())
      for (const line of lines.slice(0, -1)) assert.strictEqual(line.indexOf(0x0a), line.length - 1)
    }))

  it.effect("come in pieces when they are very long", () =>
    Effect.gen(function*() {
      const piece = new Uint8Array(50_000).fill(0x61)
      const lines = yield* Stream.runCollect(byLines(Stream.make(piece, piece, piece)))
      assert.deepStrictEqual(lines.map(({ length }) => length), [100_000, 50_000])
    }))

  it("are text, with half a character replaced", () => {
    const text = (...bytes: ReadonlyArray<number>) => logLinesOf([new Uint8Array(bytes)])
    assert.deepStrictEqual(text(), [])
    assert.deepStrictEqual(text(0x61, 0x0a, 0x0a), ["a", ""])
    assert.deepStrictEqual(text(0xe2, 0x82), ["\uFFFD"])
  })
})
