import { Cause, Effect, Queue } from "effect"
import type { ChildProcess } from "node:child_process"
import type { OutputCollector } from "./OutputCollector.ts"

/** Bytes that wait to be told before a program's streams are read no further, and when they are read again. */
const mostWaiting = 256 * 1024
const fewWaiting = 64 * 1024

/** Who is told of a running program. */
export interface OutputListener {
  readonly onStarted: Effect.Effect<void>
  readonly onOutput: (bytes: Uint8Array, stream: "stdout" | "stderr") => Effect.Effect<void>
}

/** Hands on what a program prints, byte by byte as it is; it keeps none of it. */
export interface OutputRelay extends OutputCollector {
  /** Tells the listener, one thing after the other, until {@link OutputRelay.end}. */
  readonly tell: Effect.Effect<void>
  /** Nothing more comes. */
  readonly end: Effect.Effect<unknown>
  /** What has not been told yet is thrown away, as is what comes. */
  readonly discard: Effect.Effect<void>
}

const streams = ["stdout", "stderr"] as const
const nothing = { stdout: "", stderr: "", output: "" } as const

/** Makes a relay for one program. A listener that is slow holds the program up: what waits stays below a megabyte. */
export const outputRelay = (listener: OutputListener): Effect.Effect<OutputRelay> =>
  Effect.map(Queue.unbounded<Effect.Effect<void>, Cause.Done>(), (queue) => {
    let child: Pick<ChildProcess, "stdout" | "stderr"> | undefined
    let size = 0
    let waiting = 0
    let isHeld = false
    let isDiscarding = false

    const hold = () => {
      isHeld = true
      for (const stream of streams) child?.[stream]?.pause()
    }
    const release = () => {
      isHeld = false
      for (const stream of streams) child?.[stream]?.resume()
    }
    const take = (bytes: Buffer, stream: "stdout" | "stderr") => {
      size += bytes.length
      if (isDiscarding) return
      waiting += bytes.length
      Queue.offerUnsafe(
        queue,
        Effect.map(listener.onOutput(bytes, stream), () => {
          waiting -= bytes.length
          if (isHeld && waiting < fewWaiting) release()
        })
      )
      if (!isHeld && waiting > mostWaiting) hold()
    }

    return {
      read: (running) => {
        child = running
        Queue.offerUnsafe(queue, listener.onStarted)
        for (const stream of streams) running[stream]?.on("data", (bytes: Buffer) => take(bytes, stream))
      },
      collected: () => nothing,
      size: () => size,
      isHeld: () => isHeld,
      tell: Effect.catchIf(Effect.forever(Effect.flatten(Queue.take(queue))), Cause.isDone, () => Effect.void),
      end: Queue.end(queue),
      discard: Effect.sync(() => {
        isDiscarding = true
        release()
      })
    }
  })
