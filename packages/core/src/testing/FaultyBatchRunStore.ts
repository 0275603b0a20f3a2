import { Context, Effect, Layer } from "effect"
import { BatchRunStore } from "../batch/record/BatchRunStore.ts"
import type { RunEvent } from "../batch/record/RunEvent.ts"
import { RunCorrupt, RunUnavailable } from "../batch/source/BatchProblem.ts"
import { memoryBatchRunStoreLayer } from "./MemoryBatchRunStore.ts"

/** What goes wrong in a {@link faultyBatchRunStoreLayer}, as long as the question is answered with yes. */
export class StoreFaults extends Context.Service<StoreFaults, {
  /** The journal takes no such events. */
  appends: (events: ReadonlyArray<RunEvent>) => boolean
  /** Logs cannot be written. */
  logs: () => boolean
  /** A file of an attempt cannot be kept. */
  keeps: (file: string) => boolean
  /** A request comes to nobody. */
  requests: () => boolean
  /** A run cannot be read. */
  reads: (name: string) => boolean
}>()("@slipway/core/testing/StoreFaults") {}

/** A store in memory whose disk fills up and whose files are damaged when a test says so. */
export const faultyBatchRunStoreLayer: Layer.Layer<BatchRunStore | StoreFaults> = Layer.effectContext(
  Effect.gen(function*() {
    const store = yield* BatchRunStore
    const never = () => false
    const faults: StoreFaults["Service"] = {
      appends: never,
      logs: never,
      keeps: never,
      requests: never,
      reads: never
    }
    const path = "/home/ada/.devops-ai/batch"
    const full = new RunUnavailable({ path, reason: "no space left on device (ENOSPC)" })
    const ifWritable = (isFull: () => boolean): Effect.Effect<void, RunUnavailable> =>
      Effect.suspend(() => isFull() ? Effect.fail(full) : Effect.void)
    const ifReadable = (name: string): Effect.Effect<void, RunCorrupt> =>
      Effect.suspend(() =>
        faults.reads(name) ? Effect.fail(new RunCorrupt({ run: name, path, reason: "it is no JSON" })) : Effect.void
      )
    const faulty = BatchRunStore.of({
      ...store,
      append: (name, events) => Effect.andThen(ifWritable(() => faults.appends(events)), store.append(name, events)),
      appendLog: (name, index, attempt, bytes) =>
        Effect.andThen(ifWritable(() => faults.logs()), store.appendLog(name, index, attempt, bytes)),
      keep: (name, index, attempt, file) =>
        Effect.andThen(ifWritable(() => faults.keeps(file.name)), store.keep(name, index, attempt, file)),
      request: (name, request) => Effect.suspend(() => faults.requests() ? Effect.void : store.request(name, request)),
      read: (name) => Effect.andThen(ifReadable(name), store.read(name)),
      snapshot: (name) => Effect.andThen(ifReadable(name), store.snapshot(name))
    })
    return Context.make(BatchRunStore, faulty).pipe(Context.add(StoreFaults, faults))
  })
).pipe(Layer.provide(memoryBatchRunStoreLayer))
