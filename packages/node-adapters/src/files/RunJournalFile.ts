import {
  decodeRunJournal,
  encodeRunEvents,
  RunCorrupt,
  type RunEvent,
  type RunJournal,
  type RunUnavailable
} from "@slipway/core"
import { Effect, Result, type Scope, Semaphore } from "effect"
import { isUtf8 } from "node:buffer"
import * as fs from "node:fs/promises"
import { absentAsNull, attemptOn } from "./BatchRunFolder.ts"

/** Appends to the journal of a run that this process holds. */
export interface RunJournalWriter {
  readonly append: (events: ReadonlyArray<RunEvent>) => Effect.Effect<void, RunUnavailable>
}

/**
 * Opens the journal of a run until the scope closes; for its holder alone. What a killed predecessor did not write to
 * its end is cut off.
 *
 * Each append is one write after the last whole line. It outlives the death of this process; what the world outside
 * depends on is also forced to the disk. A write that fails is taken back, at the latest before the next one.
 */
export const openRunJournal = Effect.fnUntraced(function*(
  path: string
): Effect.fn.Return<RunJournalWriter, RunUnavailable, Scope.Scope> {
  const file = yield* Effect.acquireRelease(
    attemptOn(path, () => fs.open(path, "r+")),
    (opened) => Effect.ignore(attemptOn(path, () => opened.close()))
  )
  let whole = yield* attemptOn(path, () => endOfLines(file))
  let isTorn = true
  const write = async (events: ReadonlyArray<RunEvent>): Promise<void> => {
    if (isTorn) await file.truncate(whole)
    isTorn = true
    const bytes = Buffer.from(encodeRunEvents(events))
    await writeAll(file, bytes, whole)
    if (events.some(({ _tag }) => forced.has(_tag))) await file.datasync()
    whole += bytes.length
    isTorn = false
  }
  const oneAtATime = yield* Semaphore.make(1)
  return {
    append: (events) =>
      attemptOn(path, () => write(events)).pipe(
        Effect.tapError(() => Effect.ignore(attemptOn(path, () => file.truncate(whole)))),
        oneAtATime.withPermits(1)
      )
  }
})

/** What a power cut must not take: where a session begins and ends, and what is known of pushes to others' servers. */
const forced: ReadonlySet<RunEvent["_tag"]> = new Set(["SessionStarted", "PublishIntended", "RunFinished"])

/** Writes in one call, and goes on only where that wrote a part: to hear from the system why. */
export const writeAll = async (file: fs.FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  const { bytesWritten } = await file.write(bytes, 0, bytes.length, position)
  if (bytesWritten < bytes.length) await writeAll(file, bytes.subarray(bytesWritten), position + bytesWritten)
}

const blockBytes = 1 << 16
const lineEnd = 0x0a

/** Bytes up to the end of the last whole line. */
const endOfLines = async (file: fs.FileHandle): Promise<number> => {
  const block = Buffer.alloc(blockBytes)
  for (let end = (await file.stat()).size; end > 0; end -= blockBytes) {
    const start = Math.max(0, end - blockBytes)
    const { bytesRead } = await file.read(block, 0, end - start, start)
    const found = block.subarray(0, bytesRead).lastIndexOf(lineEnd)
    if (found !== -1) return start + found + 1
  }
  return 0
}

/**
 * Reads a journal; null when there is none. A fault is looked at again as long as the file changes: who reads while
 * others write can see the start of what was cut off, and the end of what was written in its place.
 */
export const readRunJournal = (
  run: string,
  path: string,
  before: Buffer | null = null
): Effect.Effect<RunJournal | null, RunCorrupt | RunUnavailable> =>
  Effect.gen(function*() {
    const bytes = yield* attemptOn(path, () => absentAsNull(fs.readFile(path)))
    if (bytes === null) return null
    const found = decodeBytes(run, path, bytes)
    return Result.isFailure(found) && before?.equals(bytes) !== true
      ? yield* readRunJournal(run, path, bytes)
      : yield* Effect.fromResult(found)
  })

const decodeBytes = (run: string, path: string, bytes: Buffer): Result.Result<RunJournal, RunCorrupt> => {
  const whole = bytes.lastIndexOf(lineEnd) + 1
  if (isUtf8(bytes.subarray(0, whole))) return decodeRunJournal(run, path, bytes.toString("utf8"))
  const lines = bytes.toString("latin1", 0, whole).split("\n")
  const line = lines.findIndex((text) => !isUtf8(Buffer.from(text, "latin1"))) + 1
  return Result.fail(new RunCorrupt({ run, path, reason: `line ${line} is no UTF-8` }))
}

/**
 * Whether a journal tells that an attempt has ended. Asked again, it reads only what was added meanwhile.
 */
export const attemptEndOf = (
  path: string,
  attempt: { readonly index: number; readonly attempt: number }
): Effect.Effect<boolean, RunUnavailable> => {
  let whole = 0
  let isEnded = false
  const look = async (): Promise<void> => {
    const file = await absentAsNull(fs.open(path, "r"))
    if (file === null) return
    try {
      const block = Buffer.alloc(blockBytes)
      // A line without its end is read again the next time: it may be cut off until then.
      let line: Buffer = Buffer.alloc(0)
      while (!isEnded) {
        const { bytesRead } = await file.read(block, 0, blockBytes, whole + line.length)
        if (bytesRead === 0) return
        const bytes = Buffer.concat([line, block.subarray(0, bytesRead)])
        const end = bytes.lastIndexOf(lineEnd) + 1
        isEnded = bytes.toString("utf8", 0, end).split("\n").some((text) => isEndOf(text, attempt))
        whole += end
        line = bytes.subarray(end)
      }
    } finally {
      await file.close()
    }
  }
  return Effect.map(attemptOn(path, look), () => isEnded)
}

const isEndOf = (line: string, { attempt, index }: { readonly index: number; readonly attempt: number }): boolean => {
  if (!line.includes("\"AttemptFinished\"")) return false
  const decoded = decodeRunJournal("", "", `${line}\n`)
  return Result.isSuccess(decoded) &&
    decoded.success.events.some((event) =>
      event._tag === "AttemptFinished" && event.index === index && event.attempt === attempt
    )
}
