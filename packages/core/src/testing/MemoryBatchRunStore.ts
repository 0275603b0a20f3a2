import { Effect, Layer, Option, Result, type Scope, Stream } from "effect"
import { dnsLabelPattern } from "../batch/kinds/ObjectMeta.ts"
import { BatchRunStore, type LogRequest, type RunRequest } from "../batch/record/BatchRunStore.ts"
import { decodeRunSnapshot, decodeRunValues, encodeRunSnapshot, encodeRunValues } from "../batch/record/RunDocument.ts"
import type { RunEvent } from "../batch/record/RunEvent.ts"
import { decodeRunJournal, encodeRunEvents } from "../batch/record/RunJournal.ts"
import type { RunSnapshot, RunValues } from "../batch/record/RunSnapshot.ts"
import { RunBusy, RunExists, RunUnavailable } from "../batch/source/BatchProblem.ts"

/** One attempt of a run in memory. */
interface MemoryAttempt {
  bytes: Uint8Array
  isEnded: boolean
  readonly files: Map<string, string>
}

/** A run in memory. It keeps lines of text, as files would. */
interface MemoryRun {
  readonly document: string
  readonly values: string
  journal: string
  isHeld: boolean
  requests: ReadonlyArray<RunRequest>
  readonly attempts: Map<string, MemoryAttempt>
}

/** Runs that are forgotten when the layer goes. Their folders would be below `/home/ada/.devops-ai/batch/runs`. */
export const memoryBatchRunStoreLayer: Layer.Layer<BatchRunStore> = Layer.sync(BatchRunStore, () => {
  const runs = new Map<string, MemoryRun>()
  const changes = makeChanges()

  const placeOf = (name: string) => ({ run: name, path: `${runsFolder}/${name}` })
  const missing = (name: string) =>
    new RunUnavailable({
      path: `${runsFolder}/${name}`,
      reason: isRunName(name) ? "no such file or directory (ENOENT)" : `${JSON.stringify(name)} is no name of a run`
    })
  const runNamed = (name: string): Effect.Effect<MemoryRun, RunUnavailable> =>
    Effect.suspend(() => {
      const run = runs.get(name)
      return run === undefined ? Effect.fail(missing(name)) : Effect.succeed(run)
    })
  const changeRun = (name: string, change: (run: MemoryRun) => void) =>
    Effect.map(runNamed(name), (run) => {
      change(run)
      changes.tell()
    })

  const create = Effect.fn("BatchRunStore.create")(function*(snapshot: RunSnapshot, values: RunValues) {
    if (!isRunName(snapshot.name)) return yield* missing(snapshot.name)
    if (runs.has(snapshot.name)) return yield* new RunExists({ run: snapshot.name })
    runs.set(snapshot.name, {
      document: encodeRunSnapshot(snapshot),
      values: encodeRunValues(values),
      journal: "",
      isHeld: false,
      requests: [],
      attempts: new Map()
    })
  })

  const snapshotOf = (name: string, { document }: MemoryRun) => decodeRunSnapshot(placeOf(name), document)

  const names = Effect.sync(() =>
    [...runs].map(([name, run]) => ({ name, at: Date.parse(Result.getOrThrow(snapshotOf(name, run)).createdAt) }))
      .sort((one, other) => one.at - other.at)
      .map(({ name }) => name)
  )

  const read = Effect.fn("BatchRunStore.read")(function*(name: string) {
    const run = runs.get(name)
    if (run === undefined) return null
    const snapshot = yield* Effect.fromResult(snapshotOf(name, run))
    return { snapshot, ...(yield* Effect.fromResult(decodeRunJournal(name, placeOf(name).path, run.journal))) }
  })

  const snapshot = Effect.fn("BatchRunStore.snapshot")(function*(name: string) {
    const run = runs.get(name)
    return run === undefined ? null : yield* Effect.fromResult(snapshotOf(name, run))
  })

  const values = Effect.fn("BatchRunStore.values")(function*(name: string) {
    const text = runs.get(name)?.values
    if (text === undefined) return { configMaps: {}, secrets: {} }
    return yield* Effect.fromResult(decodeRunValues(placeOf(name), text))
  })

  const hold = Effect.fn("BatchRunStore.hold")(function*(
    name: string
  ): Effect.fn.Return<void, RunBusy | RunUnavailable, Scope.Scope> {
    const run = yield* runNamed(name)
    yield* Effect.acquireRelease(
      Effect.suspend(() => {
        if (run.isHeld) return Effect.fail(new RunBusy({ run: name, pid: null }))
        run.isHeld = true
        return Effect.void
      }),
      () =>
        Effect.sync(() => {
          run.isHeld = false
          changes.tell()
        })
    )
  })

  const append = Effect.fn("BatchRunStore.append")(function*(name: string, events: ReadonlyArray<RunEvent>) {
    const run = yield* runNamed(name)
    if (!run.isHeld) {
      return yield* new RunUnavailable({ path: placeOf(name).path, reason: "nothing in this process holds the run" })
    }
    run.journal += encodeRunEvents(events)
    changes.tell()
  })

  const requests = (name: string) =>
    Stream.fromIterableEffectRepeat(Effect.gen(function*() {
      while (true) {
        const seen = changes.seen()
        const run = yield* runNamed(name)
        const heard = run.requests
        run.requests = []
        if (heard.length > 0) return heard
        yield* changes.after(seen)
      }
    }))

  const attemptIn = (run: MemoryRun, index: number, attempt: number): MemoryAttempt => {
    const key = `${index}/${attempt}`
    const known = run.attempts.get(key)
    if (known !== undefined) return known
    const made: MemoryAttempt = { bytes: new Uint8Array(), isEnded: false, files: new Map() }
    run.attempts.set(key, made)
    return made
  }

  const log = (request: LogRequest) => {
    const { attempt, follow, index, name, tail } = request
    const next = (position: number | null): Effect.Effect<LogStep, RunUnavailable> =>
      Effect.gen(function*() {
        while (true) {
          const seen = changes.seen()
          const run = yield* runNamed(name)
          const { bytes, isEnded } = run.attempts.get(`${index}/${attempt}`) ??
            { bytes: new Uint8Array(), isEnded: false }
          const from = position ?? (tail === undefined ? 0 : startOfTail(bytes, tail))
          const isOver = !follow || isEnded || !run.isHeld || hasFinished(run, index, attempt)
          if (bytes.length > from) return [[bytes.slice(from)], isOver ? Option.none() : Option.some(bytes.length)]
          if (isOver) return [[], Option.none()]
          position = from
          yield* changes.after(seen)
        }
      })
    return Stream.paginate<number | null, Uint8Array, RunUnavailable>(null, next)
  }

  const fileNamed = Effect.fnUntraced(function*(name: string, index: number, attempt: number, file: string) {
    const files = attemptIn(yield* runNamed(name), index, attempt).files
    if (/^[A-Za-z0-9][-._A-Za-z0-9]*$/u.test(file) && file !== "log") return files
    const reason = `${JSON.stringify(file)} is no name of a file to keep`
    return yield* new RunUnavailable({ path: `${folder(name, index, attempt)}/${file}`, reason })
  })

  return BatchRunStore.of({
    create,
    names,
    read,
    snapshot,
    values,
    hold,
    isHeld: Effect.fn("BatchRunStore.isHeld")((name: string) => Effect.sync(() => runs.get(name)?.isHeld === true)),
    append,
    request: Effect.fn("BatchRunStore.request")((name: string, request: RunRequest) =>
      changeRun(name, (run) => {
        run.requests = [...run.requests, request]
      })
    ),
    requests,
    forgetRequests: Effect.fn("BatchRunStore.forgetRequests")((name: string) =>
      changeRun(name, (run) => {
        run.requests = []
      })
    ),
    appendLog: (name, index, attempt, bytes) =>
      changeRun(name, (run) => {
        const grown = attemptIn(run, index, attempt)
        grown.bytes = joined(grown.bytes, bytes)
        grown.isEnded = false
      }),
    closeLog: Effect.fn("BatchRunStore.closeLog")((name: string, index: number, attempt: number) =>
      Effect.ignore(changeRun(name, (run) => {
        attemptIn(run, index, attempt).isEnded = true
      }))
    ),
    log,
    keep: Effect.fn("BatchRunStore.keep")(function*(name: string, index: number, attempt: number, file) {
      const files = yield* fileNamed(name, index, attempt, file.name)
      files.set(file.name, file.text)
    }),
    kept: Effect.fn("BatchRunStore.kept")(function*(name: string, index: number, attempt: number, file: string) {
      const files = yield* fileNamed(name, index, attempt, file)
      return files.get(file) ?? null
    }),
    folder,
    remove: Effect.fn("BatchRunStore.remove")((name: string) =>
      Effect.sync(() => {
        runs.delete(name)
        changes.tell()
      })
    )
  })
})

type LogStep = readonly [ReadonlyArray<Uint8Array>, Option.Option<number>]

const runsFolder = "/home/ada/.devops-ai/batch/runs"

const folder = (name: string, index: number, attempt: number): string =>
  `${runsFolder}/${name}/tasks/${index}/attempt-${attempt}`

const isRunName = (name: string): boolean => name.length <= 63 && dnsLabelPattern.test(name)

/** Lets those wait who look for something in the runs: for the first change since they looked. */
const makeChanges = () => {
  let count = 0
  let waiting: ReadonlyArray<() => void> = []
  return {
    seen: () => count,
    tell: () => {
      count += 1
      const woken = waiting
      waiting = []
      for (const wake of woken) wake()
    },
    after: (seen: number): Effect.Effect<void> =>
      Effect.callback<void>((resume) => {
        const wake = () => resume(Effect.void)
        if (seen !== count) return wake()
        waiting = [...waiting, wake]
        return Effect.sync(() => {
          waiting = waiting.filter((other) => other !== wake)
        })
      })
  }
}

const hasFinished = ({ journal }: MemoryRun, index: number, attempt: number): boolean => {
  const decoded = decodeRunJournal("", "", journal)
  return Result.isSuccess(decoded) &&
    decoded.success.events.some((event) =>
      event._tag === "AttemptFinished" && event.index === index && event.attempt === attempt
    )
}

const joined = (one: Uint8Array, other: Uint8Array): Uint8Array => {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}

const lineEnd = 0x0a

/** Where the last lines begin. What follows the last line end is a line too. */
const startOfTail = (bytes: Uint8Array, lines: number): number => {
  let start = bytes.length
  for (let line = 0; line < lines && start > 0; line++) start = bytes.subarray(0, start - 1).lastIndexOf(lineEnd) + 1
  return start
}
