import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { PassThrough } from "node:stream"
import { outputCollector } from "./OutputCollector.ts"

const whole = Buffer.from("aü🛠\r\nb\n\nlast")

describe("outputCollector", () => {
  it.effect.prop(
    "puts characters and lines together, wherever a program's output is cut",
    { cuts: Schema.Array(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: whole.length })))) },
    ({ cuts }) =>
      Effect.promise(async () => {
        const lines: Array<string> = []
        const stdout = new PassThrough()
        const collector = outputCollector({ onLine: (line) => lines.push(line), onData: () => {} })
        collector.read({ stdout, stderr: null })
        const ended = new Promise((resolve) => stdout.on("end", resolve))
        const ends = [...cuts.toSorted((one, other) => one - other), whole.length]
        ends.reduce((from, to) => {
          if (to > from) stdout.write(whole.subarray(from, to))
          return to
        }, 0)
        stdout.end()
        await ended
        assert.deepStrictEqual(lines, ["aü🛠", "b", "", "last"])
        assert.strictEqual(collector.collected().stdout, whole.toString())
        assert.strictEqual(collector.size(), whole.length)
      })
  )
})
