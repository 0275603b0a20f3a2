import type { Batches, BatchEvent, BatchRunReport, Problem } from "@slipway/core"
import { Clock, Effect, Fiber, Stream } from "effect"
import { Invocation, type StopSignal } from "../../Invocation.ts"
import { batchEventData, failedEventData, interruptedEventData, repositoriesText } from "../../output/BatchData.ts"
import { liveText } from "../../output/BatchLive.ts"
import { advanceRun, noRun } from "../../output/BatchRunView.ts"
import { warningText } from "../../output/Messages.ts"
import { frameMilliseconds } from "../../output/Progress.ts"
import { Screen } from "../../output/Screen.ts"

/** How what happens is told: lines and a table for people, not at all, or a line of JSON for each event. */
export type EventFormat = "text" | "silent" | "jsonl"

/** How a run stands when nobody works on it any more, and what stopped that before it was finished; null when nothing did. */
export interface WatchedRun {
  readonly report: BatchRunReport
  readonly signal: StopSignal | null
}

/**
 * Works on a run to its end and tells what happens. When a signal comes, its agents are stopped, and how it stands is the
 * result. Is interrupted when the signal comes before there is a run.
 */
export const watchRun = Effect.fnUntraced(function*<E extends Problem>(
  batches: Batches["Service"],
  events: Stream.Stream<BatchEvent, E>,
  format: EventFormat
) {
  const screen = yield* Screen
  const watched = Effect.scoped(Effect.gen(function*() {
    const stopSignal = yield* (yield* Invocation).stopSignal
    const tell = yield* telling(batches, format)
    let run: string | null = null
    const work = yield* Effect.forkScoped(Stream.runForEach(events, (event) => {
      if (event._tag === "RunStarted") run = event.run
      return tell.event(event)
    }))
    const signal = yield* Effect.raceFirst(Effect.as(Fiber.join(work), null), stopSignal)
    if (signal !== null) {
      yield* tell.stopping(signal)
      yield* Fiber.interrupt(work)
    }
    return { run, signal }
  }))

  const { run, signal } = yield* watched
  if (run === null) return yield* Effect.interrupt
  const report = yield* batches.status(run)
  const stopped: WatchedRun = { report, signal: report.state === "finished" ? null : signal }
  if (format === "jsonl" && stopped.signal !== null) {
    const at = new Date(yield* Clock.currentTimeMillis).toISOString()
    yield* screen.answer(JSON.stringify(interruptedEventData(report, at)))
  }
  return stopped
})

/** Tells a failure as the last line, too, where events are told as lines of JSON. */
export const tellingFailure =
  (format: EventFormat) => <A, E extends Problem, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Screen> =>
    format !== "jsonl" ? effect : Effect.tapError(effect, (problem) =>
      Effect.gen(function*() {
        const screen = yield* Screen
        const at = new Date(yield* Clock.currentTimeMillis).toISOString()
        yield* screen.answer(JSON.stringify(failedEventData(problem, at)))
      }))

const telling = Effect.fnUntraced(function*(batches: Batches["Service"], format: EventFormat) {
  const screen = yield* Screen
  const { style } = screen.stderr
  const stopping = ({ message }: StopSignal) =>
    screen.narrate(warningText(`${message}: stopping agents; Ctrl-C again kills them now`, style))
  if (format === "jsonl") {
    return { event: (event: BatchEvent) => screen.answer(JSON.stringify(batchEventData(event))), stopping }
  }
  if (format === "silent") return { event: () => Effect.void, stopping: () => Effect.void }

  // One fiber at a time touches these: nothing suspends between reading and writing.
  let view = noRun
  let names: ReadonlyArray<string> = []
  let mayRunAgain = false
  const repositories = (index: number): string => names[index] ?? ""
  const tell = Effect.fnUntraced(function*(event: BatchEvent) {
    if (event._tag === "RunStarted") {
      // The table does without names then; what is wrong is told when the run itself cannot be read.
      const report = yield* Effect.orElseSucceed(batches.status(event.run), () => null)
      names = report?.tasks.map(({ contexts }) => repositoriesText(contexts)) ?? []
      mayRunAgain = (report?.snapshot.policy.retry ?? 0) > 0
    }
    const [next, told] = advanceRun(view, event, { style, repositories, tellsStarts: !screen.isAnimated, mayRunAgain })
    view = next
    yield* Effect.forEach(told, screen.narrate, { discard: true })
  })
  if (screen.isAnimated) {
    const draw = Effect.gen(function*() {
      if (view.run === "") return
      const now = yield* Clock.currentTimeMillis
      yield* screen.status(liveText(view, repositories, yield* screen.size, now, style))
    })
    yield* Effect.addFinalizer(() => screen.status(null))
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(draw, Effect.sleep(frameMilliseconds))))
  }
  return {
    event: tell,
    stopping: (signal: StopSignal) => {
      view = { ...view, ending: "stopping" }
      return stopping(signal)
    }
  }
})
