import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { PassThrough } from "node:stream"
import { outputRelay } from "./OutputRelay.ts"

const streamsOf = () => ({ stdout: new PassThrough(), stderr: new PassThrough() })

/** Whether all that was written to a stream before has been read of it, or it is not read for the moment. */
const settled = Effect.promise(() => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve))))

describe("outputRelay", () => {
  it.live("tells that the program runs, then all that it prints, in order", () =>
    Effect.gen(function*() {
      const told: Array<string> = []
      const relay = yield* outputRelay({
        onStarted: Effect.sync(() => told.push("started")),
        onOutput: (bytes, stream) => Effect.sync(() => told.push(`${stream} ${Buffer.from(bytes).toString()}`))
      })
      const streams = streamsOf()
      relay.read(streams)
      for (const [stream, text] of [["stdout", "a"], ["stderr", "b"], ["stdout", "c"]] as const) {
        streams[stream].write(text)
        yield* settled
      }
      yield* relay.end
      yield* relay.tell
      assert.deepStrictEqual(told, ["started", "stdout a", "stderr b", "stdout c"])
      assert.strictEqual(relay.size(), 3)
    }))

  it.live("reads no further while its listener is behind", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      let told = 0
      const relay = yield* outputRelay({
        onStarted: Effect.void,
        onOutput: (bytes) => Effect.map(Deferred.await(gate), () => void (told += bytes.length))
      })
      const streams = streamsOf()
      relay.read(streams)
      const telling = yield* Effect.forkChild(relay.tell)
      const piece = Buffer.alloc(65_536)
      for (let times = 0; times < 100; times++) streams.stdout.write(piece)
      yield* settled
      assert.isTrue(relay.isHeld())
      assert.isBelow(relay.size(), 1_000_000)
      yield* Deferred.succeed(gate, undefined)
      yield* Effect.promise(() => new Promise<void>((resolve) => streams.stdout.end(resolve)))
      yield* Effect.promise(() =>
        new Promise<void>((resolve) => {
          if (streams.stdout.readableEnded) resolve()
          else streams.stdout.once("end", resolve)
        })
      )
      yield* relay.end
      yield* Fiber.join(telling)
      assert.strictEqual(told, 100 * piece.length)
      assert.isFalse(relay.isHeld())
    }))
})
