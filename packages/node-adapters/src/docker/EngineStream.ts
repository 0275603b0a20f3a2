import type { EngineUnavailable } from "@slipway/core"
import { Effect, Stream } from "effect"
import type { Readable } from "node:stream"
import { engineFailure } from "./EngineFailure.ts"

/**
 * An answer of the engine that goes on. Opened when the stream runs, read as fast as it is consumed, closed when it is
 * left; an engine that goes away in the middle is a failure.
 */
export const engineStream = (
  open: Effect.Effect<Readable, EngineUnavailable>,
  address: string
): Stream.Stream<Buffer, EngineUnavailable> =>
  Stream.unwrap(
    Effect.acquireRelease(
      Effect.map(open, (readable) => {
        // It may fail while nobody waits; `errored` tells the next reader.
        readable.on("error", () => undefined)
        return readable
      }),
      (readable) => Effect.sync(() => readable.destroy()),
      { interruptible: true }
    ).pipe(
      Effect.map((readable) =>
        Stream.fromEffectRepeat(nextChunk(readable, address)).pipe(Stream.takeWhile((chunk) => chunk !== null))
      )
    )
  )

/** The next bytes; null at the end. */
const nextChunk = (readable: Readable, address: string): Effect.Effect<Buffer | null, EngineUnavailable> => {
  const now = (): Effect.Effect<Buffer | null, EngineUnavailable> | null => {
    const chunk: unknown = readable.read()
    if (Buffer.isBuffer(chunk)) return Effect.succeed(chunk)
    if (readable.errored !== null) return Effect.fail(engineFailure(readable.errored, address))
    if (readable.readableEnded) return Effect.succeed(null)
    return readable.destroyed ? Effect.fail(engineFailure({ code: "ERR_STREAM_PREMATURE_CLOSE" }, address)) : null
  }
  return Effect.callback((resume) => {
    const events = ["readable", "end", "error", "close"] as const
    const stop = () => {
      for (const event of events) readable.off(event, look)
    }
    const look = () => {
      const result = now()
      if (result === null) return
      stop()
      resume(result)
    }
    for (const event of events) readable.on(event, look)
    look()
    return Effect.sync(stop)
  })
}
