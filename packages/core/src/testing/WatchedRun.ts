import { Effect, Fiber, Queue, type Scope, Stream } from "effect"
import type { BatchEvent } from "../batch/BatchEvent.ts"

/** A run whose events are read as they come. */
export interface WatchedRun<E> {
  /** Waits for an event of a kind, and gives it; those before it are passed over. */
  readonly until: <Tag extends BatchEvent["_tag"]>(
    tag: Tag,
    isMeant?: (event: Extract<BatchEvent, { readonly _tag: Tag }>) => boolean
  ) => Effect.Effect<Extract<BatchEvent, { readonly _tag: Tag }>, E>
  /** All events that have come so far. */
  readonly events: () => ReadonlyArray<BatchEvent>
  /** Waits for the end, and gives all events. */
  readonly end: Effect.Effect<ReadonlyArray<BatchEvent>, E>
  /** Stops reading, as a consumer does that leaves; ends when the run has let go. */
  readonly leave: Effect.Effect<void>
}

/** Reads the events of a run until the scope closes. */
export const watchEvents = Effect.fnUntraced(function*<E>(
  stream: Stream.Stream<BatchEvent, E>
): Effect.fn.Return<WatchedRun<E>, never, Scope.Scope> {
  const events: Array<BatchEvent> = []
  const unread = yield* Queue.unbounded<BatchEvent>()
  const reading = yield* Effect.forkScoped(
    Stream.runForEach(stream, (event) => {
      events.push(event)
      return Queue.offer(unread, event)
    })
  )
  const until: WatchedRun<E>["until"] = (tag, isMeant = () => true) =>
    Effect.gen(function*() {
      while (true) {
        const event = yield* Effect.raceFirst(Queue.take(unread), Effect.andThen(Fiber.join(reading), Effect.never))
        if (isOf(event, tag) && isMeant(event)) return event
      }
    })
  return {
    until,
    events: () => [...events],
    end: Effect.map(Fiber.join(reading), () => [...events]),
    leave: Fiber.interrupt(reading)
  }
})

const isOf = <Tag extends BatchEvent["_tag"]>(
  event: BatchEvent,
  tag: Tag
): event is Extract<BatchEvent, { readonly _tag: Tag }> => event._tag === tag
