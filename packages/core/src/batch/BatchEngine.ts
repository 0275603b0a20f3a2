import { Clock, Effect, Layer, Queue, Random, Result, Schedule, Stream } from "effect"
import { Host } from "../operation/Host.ts"
import { closestWord } from "../project/ClosestWord.ts"
import { TaskRunners } from "./attempt/TaskRunner.ts"
import { TaskWorkspaces } from "./attempt/TaskWorkspaces.ts"
import { Batches } from "./Batches.ts"
import type { BatchEvent } from "./BatchEvent.ts"
import { batchPlanOf } from "./BatchPlanOf.ts"
import type { BatchRequest } from "./plan/BatchRequest.ts"
import { reconcile } from "./reconcile/Reconcile.ts"
import { BatchRunStore, type StoredRun } from "./record/BatchRunStore.ts"
import { findTasks } from "./record/FindTasks.ts"
import { foldRun } from "./record/FoldRun.ts"
import type { RunEvent } from "./record/RunEvent.ts"
import type { RunSnapshot } from "./record/RunSnapshot.ts"
import { runOverview, runReport } from "./RunReport.ts"
import { isoNow, workOnRun } from "./RunSession.ts"
import { BatchInvalid, BatchTaskMissing, RunConflict, RunMissing } from "./source/BatchProblem.ts"
import { BatchSources } from "./source/BatchSources.ts"

/** What reads files of a batch is large, and most calls are about runs that there are. */
const loadReading = Effect.promise(() =>
  Promise.all([import("./plan/MakeSnapshot.ts"), import("./source/ReadBatch.ts")])
)

/** The service over its adapters. */
export const batchesLayer: Layer.Layer<
  Batches,
  never,
  BatchRunStore | BatchSources | Host | TaskRunners | TaskWorkspaces
> = Layer.effect(
  Batches,
  Effect.gen(function*() {
    const host = yield* Host
    const sources = yield* BatchSources
    const store = yield* BatchRunStore
    const runners = yield* TaskRunners
    const workspaces = yield* TaskWorkspaces

    /** What a request asks for, and whether it may be had. */
    const made = Effect.fnUntraced(function*(request: BatchRequest, kind?: "Task") {
      const [{ makeRun }, { readBatch }] = yield* loadReading
      const texts = yield* sources.read(request.directory, request.files)
      const folders = yield* Effect.forEach(
        request.fromDirectories ?? [],
        (folder) => sources.readFolder(request.directory, folder)
      )
      const read = readBatch([...texts, ...folders.flatMap((folder) => folder.texts)], request.files)
      const run = makeRun({
        resources: read.resources,
        passedOver: read.passedOver,
        undecoded: read.undecoded,
        folderValues: folders.flatMap(({ values }) => values),
        request,
        ...(kind === undefined ? {} : { kind }),
        uid: yield* randomText(16),
        suffix: yield* randomText(5),
        now: yield* isoNow
      })
      const faults = [...read.faults, ...(Result.isFailure(run) ? run.failure : [])]
      if (Result.isFailure(run) || faults.length > 0) return yield* new BatchInvalid({ faults })
      return run.success
    })

    const there = <A, E>(name: string, reading: Effect.Effect<A | null, E>) =>
      Effect.flatMap(reading, (found) =>
        found !== null
          ? Effect.succeed(found)
          : Effect.flatMap(store.names, (names) =>
            Effect.fail(new RunMissing({ run: name, meant: closestWord(name, names) }))))

    const found = (name: string) => there(name, store.read(name))

    /** Without its journal, which may be long. */
    const snapshotOf = (name: string) => there(name, store.snapshot(name))

    /** The right to work on a run, and how it stands then. */
    const taken = Effect.fnUntraced(function*(name: string) {
      yield* snapshotOf(name)
      yield* store.hold(name)
      return yield* found(name)
    })

    const observed = Effect.fnUntraced(function*(stored: StoredRun) {
      const history = foldRun(stored.snapshot, stored.events)
      const isHeld = yield* store.isHeld(stored.snapshot.name)
      const { standing } = reconcile(history.desired, history.children, yield* Clock.currentTimeMillis)
      return { stored, history, standing, isHeld, folder: store.folder }
    })

    const reportOf = (stored: StoredRun) => Effect.map(observed(stored), runReport)

    /** Works on a run that this process holds already. */
    const work = Effect.fnUntraced(function*(
      stored: StoredRun,
      reason: "run" | "resume" | "retry",
      first: ReadonlyArray<RunEvent>,
      emit: (event: BatchEvent) => void
    ) {
      const { name } = stored.snapshot
      const values = yield* store.values(name)
      return yield* workOnRun({
        stored,
        values,
        reason,
        first,
        process: host.self,
        runner: runners.of(stored.snapshot.runner),
        store,
        workspaces,
        emit
      })
    })

    type Emit = (event: BatchEvent) => void

    const events = <E>(session: (emit: Emit) => Effect.Effect<unknown, E>): Stream.Stream<BatchEvent, E> =>
      Stream.callback((queue) =>
        Effect.matchCauseEffect(session((event) => void Queue.offerUnsafe(queue, event)), {
          onFailure: (cause) => Queue.failCause(queue, cause),
          onSuccess: () => Queue.end(queue)
        })
      )

    const run: Batches["Service"]["run"] = (request, kind) =>
      events((emit) =>
        Effect.scoped(Effect.gen(function*() {
          const { snapshot, values } = yield* made(request, kind)
          yield* removeExpired
          yield* store.create(snapshot, values)
          yield* store.hold(snapshot.name)
          yield* work({ snapshot, events: [], unreadableLines: 0 }, "run", [], emit)
        }))
      )

    const resume: Batches["Service"]["resume"] = (name) =>
      events((emit) =>
        Effect.scoped(Effect.gen(function*() {
          const stored = yield* taken(name)
          if (isFinished(stored)) return yield* alreadyFinished(name, "retry")
          yield* work(stored, "resume", [], emit)
        }))
      )

    const retry: Batches["Service"]["retry"] = (name, tasks = []) =>
      events((emit) =>
        Effect.scoped(Effect.gen(function*() {
          const stored = yield* taken(name)
          const indices = tasks.length === 0
            ? (yield* observed(stored)).standing.tasks.flatMap(({ index, phase }) => phase === "Failed" ? [index] : [])
            : (yield* Effect.forEach(tasks, (task) => tasksNamed(stored.snapshot, task))).flat()
          if (indices.length === 0) return yield* nothingToRetry(name)
          const distinct = [...new Set(indices)].toSorted((one, other) => one - other)
          yield* work(stored, "retry", [{ _tag: "RetryRequested", at: yield* isoNow, indices: distinct }], emit)
        }))
      )

    const tasksNamed = Effect.fnUntraced(function*(snapshot: RunSnapshot, task: string) {
      const indices = findTasks(snapshot, task)
      if (indices.length > 0) return indices
      return yield* new BatchTaskMissing({ run: snapshot.name, task, total: snapshot.variableContexts.length })
    })

    /** Stops what nobody works on: what is left of it is taken away, and it is finished. */
    const cancelHere = (name: string) =>
      Effect.scoped(Effect.gen(function*() {
        const stored = yield* taken(name)
        if (isFinished(stored)) return
        yield* work(stored, "resume", [{ _tag: "CancelRequested", at: yield* isoNow }], () => {})
      }))

    /** Asks whoever works on a run to stop it, and looks a while whether that has happened. */
    const askToCancel = Effect.fnUntraced(function*(name: string) {
      yield* store.request(name, { _tag: "Cancel" })
      yield* Effect.repeat(store.isHeld(name), {
        while: (isHeld) => isHeld,
        schedule: Schedule.spaced(lookAgainAfter),
        times: 10
      })
    })

    const cancel = Effect.fn("Batches.cancel")(function*(name: string) {
      let stored = yield* found(name)
      if (isFinished(stored)) return yield* alreadyFinished(name, "status")
      while (!isFinished(stored)) {
        // Asked again and again: one that has only just begun, or has just ended, may not have heard.
        yield* (yield* store.isHeld(name))
          ? askToCancel(name)
          : Effect.catchTag(cancelHere(name), "RunBusy", () => Effect.sleep(lookAgainAfter))
        stored = yield* found(name)
      }
      return yield* reportOf(stored)
    })

    const newest = Effect.flatMap(store.names, (names) => {
      const last = names.at(-1)
      return last === undefined
        ? Effect.fail(new RunMissing({ run: null, meant: null }))
        : found(last)
    })

    const status = Effect.fn("Batches.status")((name?: string) =>
      Effect.flatMap(name === undefined ? newest : found(name), reportOf)
    )

    const list = Effect.flatMap(store.names, (names) =>
      Effect.forEach(names, (name) =>
        store.read(name).pipe(
          Effect.flatMap((stored) => stored === null ? Effect.succeed(null) : observed(stored)),
          Effect.map((one) => one === null ? [] : [{ name, report: runOverview(one), problem: null }]),
          Effect.catch(({ message }) => Effect.succeed([{ name, report: null, problem: message }]))
        ))).pipe(Effect.map((entries) => entries.flat()), Effect.withSpan("Batches.list"))

    /** The newest attempt of a task; 0 before the first. */
    const newestAttempt = (name: string, index: number) =>
      Effect.map(found(name), (stored) => ({
        isOver: isFinished(stored),
        number: stored.events.reduce(
          (last, event) => event._tag === "AttemptCreated" && event.index === index ? event.attempt : last,
          0
        )
      }))

    /** Waits for the first attempt of a task, as long as one may come. */
    const firstAttempt = Effect.fnUntraced(function*(name: string, index: number) {
      while (true) {
        const mayCome = yield* store.isHeld(name)
        const { isOver, number } = yield* newestAttempt(name, index)
        if (number > 0 || isOver || !mayCome) return number
        yield* Effect.sleep("500 millis")
      }
    })

    const logs: Batches["Service"]["logs"] = ({ attempt, follow = false, name, tail, task }) =>
      Stream.unwrap(Effect.gen(function*() {
        const snapshot = yield* snapshotOf(name)
        const total = snapshot.variableContexts.length
        const [index] = yield* tasksNamed(snapshot, task)
        if (index === undefined) return yield* new BatchTaskMissing({ run: name, task, total })
        const last = follow && attempt === undefined
          ? yield* firstAttempt(name, index)
          : (yield* newestAttempt(name, index)).number
        const wanted = attempt ?? last
        if (attempt !== undefined && !(Number.isInteger(attempt) && attempt >= 1 && attempt <= last)) {
          return yield* new BatchTaskMissing({ run: name, task: `${task}, attempt ${attempt}`, total })
        }
        if (wanted === 0) return Stream.empty
        return store.log({ name, index, attempt: wanted, follow, ...(tail === undefined ? {} : { tail }) })
      }))

    /** Finished runs whose time to live is over, with what they left. One that cannot go now goes the next time. */
    const removeExpired = Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      for (const name of yield* store.names) yield* Effect.ignore(removeIfExpired(name, now))
    })

    const removeIfExpired = Effect.fnUntraced(function*(name: string, now: number) {
      // Most runs have no end, and their journals need not be read.
      const snapshot = yield* store.snapshot(name)
      const ttl = snapshot?.policy.ttlSecondsAfterFinished ?? null
      if (snapshot === null || ttl === null) return
      const isExpired = Effect.map(store.read(name), (stored) => {
        const finished = stored === null ? null : foldRun(stored.snapshot, stored.events).finished
        return finished !== null && finished.at + ttl * 1000 <= now
      })
      if (!(yield* isExpired)) return
      yield* Effect.scoped(Effect.gen(function*() {
        yield* store.hold(name)
        // It may have been run again meanwhile.
        if (!(yield* isExpired)) return
        yield* workspaces.remove({ uid: snapshot.uid })
        yield* store.remove(name)
      }))
    })

    return Batches.of({
      plan: Effect.fn("Batches.plan")((request, kind) =>
        Effect.map(made(request, kind), ({ snapshot }) => batchPlanOf(snapshot))
      ),
      run,
      resume,
      retry,
      cancel,
      status,
      list,
      logs
    })
  })
)

const alreadyFinished = (name: string, instead: "retry" | "status") =>
  Effect.fail(
    new RunConflict({
      run: name,
      reason: "it is finished",
      advice: instead === "retry"
        ? `\`slipway batch retry ${name}\` runs its failed tasks again`
        : `\`slipway batch status ${name}\` shows how it ended`
    })
  )

const nothingToRetry = (name: string) =>
  Effect.fail(
    new RunConflict({
      run: name,
      reason: "none of its tasks has failed",
      advice: "name the tasks that are to be run again, or `slipway batch resume` it when it is not finished"
    })
  )

const isFinished = ({ events, snapshot }: StoredRun): boolean => foldRun(snapshot, events).finished !== null

/** Milliseconds between two looks at whether a run is still worked on. */
const lookAgainAfter = 100

const letters = "abcdefghijklmnopqrstuvwxyz0123456789"

const randomText = (length: number): Effect.Effect<string> =>
  Effect.map(
    Effect.forEach(Array.from({ length }), () => Random.nextIntBetween(0, letters.length - 1)),
    (places) => places.map((place) => letters[place] ?? "").join("")
  )
