import {
  beganSince,
  decodeJournal,
  encodeJournalLine,
  Host,
  Journal,
  type JournalEvent,
  type JournalRecord,
  JournalUnavailable,
  OperationId,
  operationTime
} from "@slipway/core"
import { Effect, Layer, Schema } from "effect"
import * as fs from "node:fs/promises"
import { dirname, join } from "node:path"
import { isAbsent, systemWords } from "./SystemWords.ts"

/**
 * The journal as files: `<home>/journal/<yyyy-mm>/<operation>.jsonl`, one JSON document a line, readable by the owner
 * alone.
 *
 * A line is one append, so that it outlives the death of this process, and processes do not mix their lines. The first
 * line, with the plan, is also forced to the disk.
 */
export const fileJournalLayer: Layer.Layer<Journal, never, Host> = Layer.effect(
  Journal,
  Effect.map(Host, ({ home }) => {
    const folder = join(home, "journal")

    const append = Effect.fn("Journal.append")((id: OperationId, event: JournalEvent) => {
      const path = recordPath(folder, id)
      return attempt(path, () => appendLine(path, encodeJournalLine(event), event._tag === "OperationStarted"))
    })

    const ids = attempt(folder, () => recordedOperations(folder)).pipe(
      Effect.map((all) => all.toSorted()),
      Effect.withSpan("Journal.ids")
    )

    const read = Effect.fn("Journal.read")((id: OperationId) => {
      const path = recordPath(folder, id)
      return attempt(path, () => readRecord(path, id))
    })

    const list = Effect.fn("Journal.list")(function*(filter?: { readonly since?: string }) {
      const wanted = (yield* ids).filter((id) => beganSince(id, filter?.since))
      const records = yield* Effect.forEach(wanted, read, { concurrency: 8 })
      return records.filter((record) => record !== null)
    })

    return Journal.of({ append, list, ids, read })
  })
)

const attempt = <A>(path: string, run: () => Promise<A>) =>
  Effect.uninterruptible(Effect.tryPromise({
    try: run,
    catch: (error) => new JournalUnavailable({ path, reason: systemWords(error) })
  }))

const extension = ".jsonl"

const recordPath = (folder: string, id: OperationId): string =>
  join(folder, operationTime(id).slice(0, "yyyy-mm".length), `${id}${extension}`)

const appendLine = async (path: string, line: string, isFirst: boolean): Promise<void> => {
  const file = await openForAppending(path)
  try {
    const bytes = Buffer.from(await endsTorn(file) ? `\n${line}` : line)
    const { bytesWritten } = await file.write(bytes)
    if (bytesWritten < bytes.length) throw new Error(`only ${bytesWritten} of ${bytes.length} bytes were written`)
    if (isFirst) await file.datasync()
  } catch (error) {
    // Without its first line it is a record of nothing: the operation does not begin.
    if (isFirst) await fs.rm(path, { force: true }).catch(() => {})
    throw error
  } finally {
    await file.close()
  }
}

const openForAppending = async (path: string): Promise<fs.FileHandle> => {
  try {
    return await fs.open(path, "a+", 0o600)
  } catch (error) {
    if (!isAbsent(error)) throw error
    await fs.mkdir(dirname(path), { recursive: true, mode: 0o700 })
    return fs.open(path, "a+", 0o600)
  }
}

/** Whether the last line lacks its end: a write was cut short. */
const endsTorn = async (file: fs.FileHandle): Promise<boolean> => {
  const { size } = await file.stat()
  if (size === 0) return false
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer.toString() !== "\n"
}

const isOperationId = Schema.is(OperationId)

const recordedOperations = async (folder: string): Promise<ReadonlyArray<OperationId>> => {
  const months = (await entriesOf(folder)).filter((entry) => entry.isDirectory())
  const files = await Promise.all(
    months.map(async (month) =>
      (await entriesOf(join(folder, month.name))).flatMap((entry) => {
        const id = entry.name.slice(0, -extension.length)
        const isRecord = entry.isFile() && entry.name.endsWith(extension) && isOperationId(id) &&
          recordPath(folder, id) === join(folder, month.name, entry.name)
        return isRecord ? [id] : []
      })
    )
  )
  return files.flat()
}

const entriesOf = async (folder: string) => {
  try {
    return await fs.readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

/** The record of one operation, or null when it has gone meanwhile. */
const readRecord = async (path: string, id: OperationId): Promise<JournalRecord | null> => {
  try {
    return decodeJournal(id, await fs.readFile(path, "utf8"))
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}
