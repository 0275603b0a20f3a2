import type { RunUnavailable } from "@slipway/core"
import { Effect, Option, type Scope, Stream } from "effect"
import * as fs from "node:fs/promises"
import { isEndedMode } from "./AttemptLogs.ts"
import { absentAsNull, attemptOn } from "./BatchRunFolder.ts"

/** How a log is read. */
export interface LogReading {
  /** Only the last lines; all when absent. */
  readonly tail?: number | undefined
  /** Says when to look again, and whether no more can come; null: what is there is all. */
  readonly following: {
    readonly changed: Effect.Effect<void>
    readonly isOver: Effect.Effect<boolean, RunUnavailable>
  } | null
}

const blockBytes = 1 << 16
const lineEnd = 0x0a

/** A log that is being read: opened once it is there. */
interface ReadLog {
  file: fs.FileHandle | null
  position: number
}

/** The bytes of a log, as they are asked for: however long it is, little of it is in memory. */
export const readLogBytes = (path: string, reading: LogReading): Stream.Stream<Uint8Array, RunUnavailable> =>
  Stream.unwrap(Effect.gen(function*() {
    const log = yield* openedLog(path)
    if (yield* attemptOn(path, () => openIfThere(path, log))) {
      const { tail } = reading
      if (tail !== undefined) log.position = yield* attemptOn(path, () => startOfTail(log, tail))
    }
    const next = attemptOn(path, () => readBlock(path, log))
    return Stream.paginate(
      undefined,
      () =>
        Effect.map(
          nextOf(path, log, next, reading),
          (bytes) =>
            bytes === null ? [[], Option.none<undefined>()] as const : [[bytes], Option.some(undefined)] as const
        )
    )
  }))

const openedLog = (path: string): Effect.Effect<ReadLog, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync((): ReadLog => ({ file: null, position: 0 })),
    (log) => Effect.ignore(attemptOn(path, async () => log.file?.close()))
  )

/** The next bytes; null at the end. */
const nextOf = (
  path: string,
  log: ReadLog,
  next: Effect.Effect<Uint8Array | null, RunUnavailable>,
  { following }: LogReading
): Effect.Effect<Uint8Array | null, RunUnavailable> =>
  Effect.gen(function*() {
    while (true) {
      const bytes = yield* next
      if (bytes !== null || following === null) return bytes
      // What was written before the end was known to be one is read after it.
      if ((yield* attemptOn(path, () => isEnded(log))) || (yield* following.isOver)) return yield* next
      yield* following.changed
    }
  })

const openIfThere = async (path: string, log: ReadLog): Promise<boolean> => {
  log.file ??= await absentAsNull(fs.open(path, "r"))
  return log.file !== null
}

const readBlock = async (path: string, log: ReadLog): Promise<Uint8Array | null> => {
  if (!await openIfThere(path, log) || log.file === null) return null
  const block = Buffer.allocUnsafe(blockBytes)
  const { bytesRead } = await log.file.read(block, 0, blockBytes, log.position)
  log.position += bytesRead
  // A copy of its own size: whoever keeps a few bytes does not keep a block.
  return bytesRead === 0 ? null : Uint8Array.from(block.subarray(0, bytesRead))
}

const isEnded = async ({ file }: ReadLog): Promise<boolean> => file !== null && isEndedMode((await file.stat()).mode)

/** Where the last lines begin. What follows the last line end is a line too. */
const startOfTail = async ({ file }: ReadLog, lines: number): Promise<number> => {
  if (file === null) return 0
  const { size } = await file.stat()
  if (lines <= 0) return size
  const block = Buffer.alloc(blockBytes)
  let wanted = lines
  // The very last byte ends the last line, or is in it: what is looked for are the ends of the lines before.
  for (let end = size - 1; end > 0; end -= blockBytes) {
    const start = Math.max(0, end - blockBytes)
    const { bytesRead } = await file.read(block, 0, end - start, start)
    for (
      let at = block.lastIndexOf(lineEnd, bytesRead - 1);
      at >= 0;
      at = at === 0 ? -1 : block.lastIndexOf(lineEnd, at - 1)
    ) {
      wanted -= 1
      if (wanted === 0) return start + at + 1
    }
  }
  return 0
}
