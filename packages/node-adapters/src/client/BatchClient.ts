import { Batches, type BatchEvent, exitCodeOf, exitCodes, isProblem } from "@slipway/core"
import { Effect, Stream } from "effect"
import { detailsOf, listingOf, plainEvent, plannedOf } from "./BatchData.ts"
import type {
  BatchCallOptions,
  BatchCalls,
  BatchLogOptions,
  BatchRequestOptions,
  BatchRunDetails,
  BatchRunEvent,
  BatchRunHandle,
  TaskCalls
} from "./BatchTypes.ts"
import type { CallOptions } from "./CallOptions.ts"
import { EventLog } from "./EventLog.ts"
import { SlipwayError } from "./SlipwayClient.ts"

/** Runs an effect of a client. */
type Call = <A, E>(effect: Effect.Effect<A, E, Batches>, options?: CallOptions) => Promise<A>

/** The batches of one folder, for programs without Effect. */
export interface BatchClient {
  readonly batch: BatchCalls
  readonly task: TaskCalls
  /** Stops the runs that are worked on, and ends when they have stopped. */
  readonly stop: () => Promise<void>
}

export const batchClient = (directory: string, call: Call): BatchClient => {
  const working = new Map<Promise<unknown>, AbortController>()

  const work = (
    stream: (batches: Batches["Service"]) => Stream.Stream<BatchEvent, unknown>,
    { signal }: BatchCallOptions = {}
  ): BatchRunHandle => {
    const stop = new AbortController()
    const log = new EventLog<BatchRunEvent>()
    let run = ""
    const worked = Batches.use((batches) =>
      Effect.flatMap(
        Stream.runForEach(stream(batches), (event) =>
          Effect.sync(() => {
            if (event._tag === "RunStarted") run = event.run
            log.push(plainEvent(event))
          })),
        () => batches.status(run)
      )
    )
    const result: Promise<BatchRunDetails> = call(worked, {
      signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal])
    }).then(detailsOf, (reason: unknown) => {
      throw stoppedError(reason, run)
    })
    const ended = result.then(() => log.end(), (reason: unknown) => log.fail(reason))
    working.set(ended, stop)
    void ended.finally(() => working.delete(ended))
    return {
      result,
      [Symbol.asyncIterator]: () =>
        log.read(async () => {
          stop.abort()
          await ended
        })
    }
  }

  const planned = (request: BatchRequestOptions, options: BatchCallOptions | undefined, kind?: "Task") =>
    call(
      Effect.map(Batches.use((batches) => batches.plan({ ...request, directory }, kind)), plannedOf),
      options
    )

  return {
    batch: {
      plan: (request, options) => planned(request, options),
      run: (request, options) => work((batches) => batches.run({ ...request, directory }), options),
      resume: (name, options) => work((batches) => batches.resume(name), options),
      retry: (name, tasks, options) =>
        work((batches) => tasks === undefined ? batches.retry(name) : batches.retry(name, tasks), options),
      cancel: (name, options) => call(Effect.map(Batches.use((batches) => batches.cancel(name)), detailsOf), options),
      status: (name, options) =>
        call(
          Effect.map(Batches.use((batches) => name === undefined ? batches.status() : batches.status(name)), detailsOf),
          options
        ),
      list: (options) =>
        call(Effect.map(Batches.use(({ list }) => list), (entries) => entries.map(listingOf)), options),
      logs: (options) => ({ [Symbol.asyncIterator]: () => readLog(call, options) })
    },
    task: {
      plan: (request, options) => planned(request, options, "Task"),
      run: (request, options) => work((batches) => batches.run({ ...request, directory }, "Task"), options)
    },
    stop: async () => {
      const all = [...working]
      for (const [, stop] of all) stop.abort()
      await Promise.all(all.map(([ended]) => ended))
    }
  }
}

const stoppedError = (reason: unknown, run: string): unknown =>
  reason instanceof SlipwayError && reason.code === "interrupted"
    ? new SlipwayError({
      code: "interrupted",
      message: run === "" ? "it was stopped before there was a run" : `the run ${run} was stopped`,
      hint: run === "" ? "call it again when you want it after all" : `\`resume("${run}")\` goes on with it`,
      exitCode: exitCodes.interrupted
    })
    : reason

async function* readLog(
  call: Call,
  { signal, task, ...request }: BatchLogOptions
): AsyncGenerator<Uint8Array, void, undefined> {
  const log = Stream.unwrap(Batches.use((batches) => Effect.succeed(batches.logs({ ...request, task: `${task}` }))))
  const bytes = await call(Stream.toAsyncIterableEffect(Stream.interruptWhen(log, aborted(signal))))
  try {
    yield* bytes
  } catch (reason) {
    throw isProblem(reason)
      ? new SlipwayError({
        code: reason.code,
        message: reason.message,
        hint: reason.hint,
        exitCode: exitCodeOf(reason)
      })
      : reason
  }
}

/** Fails when a signal aborts. */
const aborted = (signal: AbortSignal | undefined): Effect.Effect<never, SlipwayError> =>
  signal === undefined ? Effect.never : Effect.callback((resume) => {
    const stop = () =>
      resume(Effect.fail(
        new SlipwayError({
          code: "interrupted",
          message: "reading the log was stopped",
          hint: "call it again when you want it after all",
          exitCode: exitCodes.interrupted
        })
      ))
    if (signal.aborted) return stop()
    signal.addEventListener("abort", stop, { once: true })
    return Effect.sync(() => signal.removeEventListener("abort", stop))
  })
