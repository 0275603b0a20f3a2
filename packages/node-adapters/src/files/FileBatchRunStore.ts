import {
  BatchRunStore,
  type FileUnavailable,
  Host,
  type LogRequest,
  RunBusy,
  RunCorrupt,
  type RunEvent,
  type RunRequest,
  type RunSnapshot,
  RunUnavailable,
  type RunValues
} from "@slipway/core"
import { Effect, Layer, Stream } from "effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { writeFileAtomically } from "./AtomicFile.ts"
import { readLogBytes } from "./AttemptLogReading.ts"
import { makeAttemptFolder, makeAttemptLogs } from "./AttemptLogs.ts"
import {
  absentAsNull,
  attemptOn,
  createRunFolder,
  isRunName,
  namedRun,
  noRunValues,
  readRunSnapshot,
  readRunValues,
  removeRunFolder,
  runNames,
  type RunPaths,
  runPaths
} from "./BatchRunFolder.ts"
import { holdFileLock, lockHolder } from "./FileLock.ts"
import { folderChanges } from "./FolderChanges.ts"
import { attemptEndOf, openRunJournal, readRunJournal, type RunJournalWriter } from "./RunJournalFile.ts"
import { forgetRunRequests, hearRunRequests, makeRunRequest } from "./RunRequests.ts"

/** How soon a follower looks at a log again where the system does not tell of changes. */
const followAfter = "150 millis"

/**
 * Runs as folders: `<home>/batch/runs/<name>/`, for their owner alone.
 *
 * - `run.json`: the snapshot; `secrets.json`: the values that its tasks refer to.
 * - `journal.jsonl`: one event a line; `lock`: a link that names the process which works on it.
 * - `requests/`: what its holder was asked for and has not heard yet.
 * - `tasks/<index>/attempt-<n>/log`, read-only once it has ended, and the files that were kept beside it.
 */
export const fileBatchRunStoreLayer: Layer.Layer<BatchRunStore, never, Host> = Layer.effect(
  BatchRunStore,
  Effect.gen(function*() {
    const host = yield* Host
    const provideHost = Effect.provideService(Host, host)
    const logs = yield* makeAttemptLogs
    const journals = new Map<string, RunJournalWriter>()

    const create = Effect.fn("BatchRunStore.create")((snapshot: RunSnapshot, values: RunValues) =>
      provideHost(createRunFolder(snapshot, values))
    )

    const read = Effect.fn("BatchRunStore.read")(function*(name: string) {
      if (!isRunName(name)) return null
      const paths = runPaths(host.home, name)
      const snapshot = yield* readRunSnapshot(name, paths)
      if (snapshot === null) return null
      const journal = yield* readRunJournal(name, paths.journal)
      if (journal !== null) return { snapshot, ...journal }
      // It may have been taken away since its snapshot was read.
      if ((yield* readRunSnapshot(name, paths)) === null) return null
      return yield* new RunCorrupt({ run: name, path: paths.journal, reason: "it is missing" })
    })

    const snapshot = Effect.fn("BatchRunStore.snapshot")((name: string) =>
      isRunName(name) ? readRunSnapshot(name, runPaths(host.home, name)) : Effect.succeed(null)
    )

    const values = Effect.fn("BatchRunStore.values")((name: string) =>
      isRunName(name) ? readRunValues(name, runPaths(host.home, name)) : Effect.succeed(noRunValues)
    )

    const hold = Effect.fn("BatchRunStore.hold")(function*(name: string) {
      const paths = yield* namedRun(host.home, name)
      yield* provideHost(holdFileLock(paths.lock)).pipe(
        Effect.catchTags({
          LockBusy: ({ holder }) => new RunBusy({ run: name, pid: holder }),
          FileUnavailable: unavailableLock
        })
      )
      yield* Effect.addFinalizer(() => logs.release(paths.folder))
      const journal = yield* openRunJournal(paths.journal)
      yield* Effect.acquireRelease(
        Effect.sync(() => journals.set(name, journal)),
        () => Effect.sync(() => journals.delete(name))
      )
    })

    const isHeldAt = ({ lock }: RunPaths) =>
      provideHost(lockHolder(lock)).pipe(
        Effect.mapBoth({ onFailure: unavailableLock, onSuccess: (holder) => holder !== null })
      )

    const isHeld = Effect.fn("BatchRunStore.isHeld")((name: string) =>
      isRunName(name) ? isHeldAt(runPaths(host.home, name)) : Effect.succeed(false)
    )

    const append = Effect.fn("BatchRunStore.append")(function*(name: string, events: ReadonlyArray<RunEvent>) {
      const paths = yield* namedRun(host.home, name)
      const journal = journals.get(name)
      if (journal === undefined) {
        return yield* new RunUnavailable({ path: paths.journal, reason: "nothing in this process holds the run" })
      }
      if (events.length > 0) yield* journal.append(events)
    })

    const request = Effect.fn("BatchRunStore.request")((name: string, asked: RunRequest) =>
      Effect.flatMap(namedRun(host.home, name), ({ requests }) => makeRunRequest(requests, asked))
    )

    const requests = (name: string) =>
      Stream.unwrap(Effect.map(namedRun(host.home, name), (paths) => hearRunRequests(paths.requests)))

    const forgetRequests = Effect.fn("BatchRunStore.forgetRequests")((name: string) =>
      Effect.flatMap(namedRun(host.home, name), ({ requests: asked }) => forgetRunRequests(asked))
    )

    const folder = (name: string, index: number, attempt: number) =>
      attemptFolder(runPaths(host.home, name), index, attempt)

    const attemptOf = (name: string, index: number, attempt: number) =>
      Effect.flatMap(namedRun(host.home, name), (paths) =>
        isCount(index, 0) && isCount(attempt, 1)
          ? Effect.succeed({ ...paths, attempt: attemptFolder(paths, index, attempt) })
          : new RunUnavailable({ path: paths.tasks, reason: `there is no attempt ${attempt} of a task ${index}` }))

    const fileOf = Effect.fnUntraced(function*(name: string, index: number, attempt: number, file: string) {
      const paths = yield* attemptOf(name, index, attempt)
      const path = join(paths.attempt, file)
      if (isFileName(file) && file !== logName) return { ...paths, path }
      return yield* new RunUnavailable({ path, reason: `${JSON.stringify(file)} is no name of a file to keep` })
    })

    const appendLog = (name: string, index: number, attempt: number, bytes: Uint8Array) =>
      Effect.flatMap(
        attemptOf(name, index, attempt),
        (paths) => logs.append(join(paths.attempt, logName), bytes)
      )

    const closeLog = Effect.fn("BatchRunStore.closeLog")((name: string, index: number, attempt: number) =>
      Effect.ignore(
        Effect.flatMap(attemptOf(name, index, attempt), (paths) => logs.close(join(paths.attempt, logName)))
      )
    )

    const followed = Effect.fnUntraced(function*(paths: RunPaths, wanted: LogRequest) {
      yield* Effect.ignore(
        attemptOn(paths.folder, () => makeAttemptFolder(folder(wanted.name, wanted.index, wanted.attempt)))
      )
      const changed = yield* folderChanges(folder(wanted.name, wanted.index, wanted.attempt), followAfter)
      const hasFinished = attemptEndOf(paths.journal, wanted)
      const isOver = Effect.gen(function*() {
        return !(yield* isHeldAt(paths)) || (yield* hasFinished)
      })
      return { changed, isOver }
    })

    const log = (wanted: LogRequest) =>
      Stream.unwrap(Effect.gen(function*() {
        const paths = yield* attemptOf(wanted.name, wanted.index, wanted.attempt)
        const following = wanted.follow ? yield* followed(paths, wanted) : null
        return readLogBytes(join(paths.attempt, logName), { tail: wanted.tail, following })
      }))

    const keep = Effect.fn("BatchRunStore.keep")(function*(
      name: string,
      index: number,
      attempt: number,
      file: { readonly name: string; readonly text: string }
    ) {
      const { attempt: into, path } = yield* fileOf(name, index, attempt, file.name)
      yield* attemptOn(path, () => makeAttemptFolder(into))
      yield* writeFileAtomically(path, file.text, { mode: 0o600, durable: false }).pipe(
        Effect.mapError(({ reason }) => new RunUnavailable({ path, reason }))
      )
    })

    const kept = Effect.fn("BatchRunStore.kept")(function*(name: string, index: number, attempt: number, file: string) {
      const { path } = yield* fileOf(name, index, attempt, file)
      return yield* attemptOn(path, () => absentAsNull(fs.readFile(path, "utf8")))
    })

    const remove = Effect.fn("BatchRunStore.remove")(function*(name: string) {
      const paths = yield* namedRun(host.home, name)
      journals.delete(name)
      yield* logs.release(paths.folder)
      yield* provideHost(removeRunFolder(name))
    })

    return BatchRunStore.of({
      create,
      names: runNames(host.home).pipe(Effect.withSpan("BatchRunStore.names")),
      read,
      snapshot,
      values,
      hold,
      isHeld,
      append,
      request,
      requests,
      forgetRequests,
      appendLog,
      closeLog,
      log,
      keep,
      kept,
      folder,
      remove
    })
  })
)

const logName = "log"

const attemptFolder = ({ tasks }: RunPaths, index: number, attempt: number): string =>
  join(tasks, String(index), `attempt-${attempt}`)

const isCount = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least

/** Whether it names a file in a folder, and none that begins with a dot: those are being written. */
const isFileName = (name: string): boolean => /^[A-Za-z0-9][-._A-Za-z0-9]{0,127}$/u.test(name)

const unavailableLock = ({ path, reason }: FileUnavailable) => new RunUnavailable({ path, reason })
