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
  /** Stops the runs that are worked on and the logs that are read, for good; ends when the runs have stopped. */
  readonly stop: () => Promise<void>
}

export const batchClient = (directory: string, call: Call): BatchClient => {
  const closing = new AbortController()
  const working = new Set<Promise<unknown>>()

  const work = (
    stream: (batches: Batches["Service"]) => Stream.Stream<BatchEvent, unknown>,
    { signal }: BatchCallOptions = {}
  ): BatchRunHandle => {
    const stop = new AbortController()
    const log = new EventLog<BatchRunEvent>()
    let run = ""
    let isOver = false
    const standing = Batches.use((batches) => Effect.suspend(() => batches.status(run)))
    const worked = Batches.use((batches) =>
      Stream.runForEach(stream(batches), (event) =>
        Effect.sync(() => {
          if (event._tag === "RunStarted") run = event.run
          if (event._tag === "RunFinished") isOver = true
          log.push(plainEvent(event))
        }))
    )
    const result: Promise<BatchRunDetails> = call(Effect.andThen(worked, standing), {
      signal: anyOf(closing.signal, stop.signal, signal)
    }).catch((reason: unknown) => {
      // Stopped when it had ended already: how it stands is known all the same.
      if (isOver) return call(standing)
      throw stoppedError(reason, run)
    }).then(detailsOf)
    const ended = result.then(() => log.end(), (reason: unknown) => log.fail(reason))
    working.add(ended)
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
      logs: ({ signal, ...options }) => ({
        [Symbol.asyncIterator]: () => leavable((leave) => readLog(call, options, anyOf(closing.signal, leave, signal)))
      })
    },
    task: {
      plan: (request, options) => planned(request, options, "Task"),
      run: (request, options) => work((batches) => batches.run({ ...request, directory }, "Task"), options)
    },
    stop: async () => {
      closing.abort()
      await Promise.all(working)
    }
  }
}

const anyOf = (...signals: ReadonlyArray<AbortSignal | undefined>): AbortSignal =>
  AbortSignal.any(signals.filter((signal) => signal !== undefined))

const stoppedError = (reason: unknown, run: string): unknown =>
  reason instanceof SlipwayError && reason.code === "interrupted"
    ? new SlipwayError({
      code: "interrupted",
      message: run === "" ? "it was stopped before there was a run" : `the run ${run} was stopped`,
      hint: run === "" ? "call it again when you want it after all" : `\`resume("${run}")\` goes on with it`,
      exitCode: exitCodes.interrupted
    })
    : reason

/** Can be left also while its next item is waited for, which a generator alone cannot: a silent log may never have one. */
const leavable = <A>(read: (leave: AbortSignal) => AsyncGenerator<A, void, undefined>): AsyncIterator<A, undefined> => {
  const leaving = new AbortController()
  const items = read(leaving.signal)
  const left = { done: true, value: undefined } as const
  return {
    next: async () => {
      try {
        const next = await items.next()
        return next.done === true ? left : next
      } catch (reason) {
        if (leaving.signal.aborted) return left
        throw reason
      }
    },
    return: async () => {
      leaving.abort()
      await items.return()
      return left
    }
  }
}

async function* readLog(
  call: Call,
  { task, ...request }: Omit<BatchLogOptions, "signal">,
  signal: AbortSignal
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
const aborted = (signal: AbortSignal): Effect.Effect<never, SlipwayError> =>
  Effect.callback((resume) => {
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
