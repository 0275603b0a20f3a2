import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { makeFrameReader, type OutputPiece } from "./OutputFrames.ts"

const Frame = Schema.Struct({ stream: Schema.Literals(["stdout", "stderr"]), text: Schema.String })

const framed = (stream: "stdout" | "stderr", payload: Buffer): Buffer => {
  const head = Buffer.alloc(8)
  head[0] = stream === "stdout" ? 1 : 2
  head.writeUInt32BE(payload.length, 4)
  return Buffer.concat([head, payload])
}

/** Neighbours of one stream together. */
const inRuns = (pieces: ReadonlyArray<OutputPiece>): ReadonlyArray<readonly [stream: string, hex: string]> => {
  const runs: Array<[stream: string, hex: string]> = []
  for (const { bytes, stream } of pieces) {
    if (bytes.length === 0) continue
    const last = runs.at(-1)
    const hex = Buffer.from(bytes).toString("hex")
    if (last?.[0] === stream) last[1] += hex
    else runs.push([stream, hex])
  }
  return runs
}

describe("makeFrameReader", () => {
  it.effect.prop(
    "gives back each stream's bytes, in order, wherever the transport cuts",
    { frames: Arbitrary.schema(Schema.Array(Frame)), size: Arbitrary.schema(Schema.Int) },
    ({ frames, size }) =>
      Effect.sync(() => {
        const bytes = Buffer.concat(frames.map(({ stream, text }) => framed(stream, Buffer.from(text))))
        const step = 1 + Math.abs(size % 11)
        const read = makeFrameReader()
        const pieces = Array.from(
          { length: Math.ceil(bytes.length / step) },
          (_, index) => read(bytes.subarray(index * step, (index + 1) * step))
        ).flat()
        assert.deepStrictEqual(
          inRuns(pieces),
          inRuns(frames.map(({ stream, text }) => ({ stream, bytes: Buffer.from(text) })))
        )
      })
  )

  it("does not wait for a frame to be whole", () => {
    const read = makeFrameReader()
    const frame = framed("stderr", Buffer.from("hello"))
    assert.deepStrictEqual(read(frame.subarray(0, 10)).map(({ bytes }) => Buffer.from(bytes).toString()), ["he"])
    assert.deepStrictEqual(read(frame.subarray(10)), [{ stream: "stderr", bytes: Buffer.from("llo") }])
  })
})
