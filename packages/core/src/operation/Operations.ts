import { Cause, Clock, Context, DateTime, Effect, Exit, Layer, PubSub, Random, Stream } from "effect"
import { Host } from "./Host.ts"
import { Journal, type JournalEvent, type JournalUnavailable, type OperationStatus } from "./Journal.ts"
import { type Note, type OperationEvent, type OperationSpec, type Step } from "./Operation.ts"
import { OperationId } from "./OperationId.ts"
import type { Problem } from "./Problem.ts"

/** What the body of a running operation works with. */
export interface RunningOperation {
  readonly id: OperationId
  /** Carries out one step: journaled before the world is touched, undone in reverse order when it comes to that. */
  readonly step: <A, E extends Problem, R>(step: Step<A, E, R>) => Effect.Effect<A, E | JournalUnavailable, R>
  /** Tells whoever watches; not journaled. */
  readonly note: (level: Note["level"], text: string) => Effect.Effect<void>
}

/**
 * Told each event of the operations that run inside the effect that it is provided to, in order. An operation waits
 * for it, so it should be quick.
 *
 * @example
 * program.pipe(Effect.provideService(OperationListener, (event) => Console.error(event.event._tag)))
 */
export const OperationListener = Context.Reference<(event: OperationEvent) => Effect.Effect<void>>(
  "@slipway/core/operation/OperationListener",
  { defaultValue: () => () => Effect.void }
)

/**
 * The runner that everything mutating goes through: steps with undo, a write-ahead journal, progress as a stream.
 *
 * When the body fails or is interrupted, the undo of every step that was begun runs in reverse order and cannot be
 * interrupted itself. What cannot be undone is journaled and told as a warning; the body's own failure stands.
 *
 * @example
 * const slot = yield* operations.run({ kind: "impl", subject: "auth/M1", plan }, (operation) =>
 *   operation.step({ step: "claim-slot", title: "claim a slot", act: claim, undo: () => release }))
 */
export class Operations extends Context.Service<Operations, {
  readonly run: <A, E, R>(
    spec: OperationSpec,
    body: (operation: RunningOperation) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | JournalUnavailable, R>
  /** The events of all operations of this runner, from the moment of subscription on. */
  readonly events: Stream.Stream<OperationEvent>
}>()("@slipway/core/operation/Operations") {
  static readonly layer: Layer.Layer<Operations, never, Journal | Host> = Layer.effect(
    Operations,
    Effect.gen(function*() {
      const journal = yield* Journal
      const host = yield* Host
      const progress = yield* PubSub.unbounded<OperationEvent>()

      const run = Effect.fnUntraced(function*<A, E, R>(
        spec: OperationSpec,
        body: (operation: RunningOperation) => Effect.Effect<A, E, R>
      ) {
        const id = yield* newOperationId
        const elapsed = yield* stopwatch
        const listener = yield* OperationListener
        const tell = (event: OperationEvent["event"]) => {
          const told: OperationEvent = { id, kind: spec.kind, subject: spec.subject, event }
          return Effect.andThen(PubSub.publish(progress, told), listener(told))
        }
        const record = (event: JournalEvent) => Effect.andThen(journal.append(id, event), tell(event))
        const note: RunningOperation["note"] = (level, text) => tell({ _tag: "Note", level, text })
        const undos: Array<Undo> = []

        const begin = Effect.flatMap(now, (at) =>
          record({
            _tag: "OperationStarted",
            at,
            kind: spec.kind,
            subject: spec.subject,
            process: host.self,
            plan: spec.plan,
            ...(spec.details === undefined ? {} : { details: spec.details })
          }))
        const finish = Effect.fnUntraced(function*(exit: Exit.Exit<A, E>) {
          const status = statusOf(exit)
          if (status !== "succeeded") {
            const due = undos.filter((undo) => status === "interrupted" || undo.on === "failure").toReversed()
            yield* Effect.forEach(due, (undo) => carryOutUndo(undo, record, note), { discard: true })
          }
          yield* record({ _tag: "OperationFinished", at: yield* now, status, ms: yield* elapsed }).pipe(
            Effect.catch((error) => note("warning", error.message))
          )
        })
        // What has begun in the journal also ends there.
        return yield* Effect.uninterruptibleMask((restore) =>
          Effect.andThen(
            begin,
            Effect.onExit(restore(body({ id, step: stepRunner(record, undos), note })), finish)
          )
        )
      })

      return Operations.of({ run, events: Stream.fromPubSub(progress) })
    })
  )
}

type Record = (event: JournalEvent) => Effect.Effect<void, JournalUnavailable>

interface Undo {
  readonly step: string
  readonly on: "failure" | "interruption"
  readonly act: Effect.Effect<void, Problem>
}

/** Registers the undo together with the end of the act, so that an interruption cannot fall between the two. */
const stepRunner = (record: Record, undos: Array<Undo>): RunningOperation["step"] =>
  Effect.fnUntraced(function*<A, E extends Problem, R>(step: Step<A, E, R>) {
    const context = yield* Effect.context<R>()
    const elapsed = yield* stopwatch
    yield* record({ _tag: "StepStarted", at: yield* now, step: step.step, title: step.title })
    return yield* step.act.pipe(
      Effect.onExit(Effect.fnUntraced(function*(exit) {
        if (step.undo !== undefined) {
          undos.push({
            step: step.step,
            on: step.undoOn ?? "failure",
            act: Effect.provideContext(step.undo(exit), context)
          })
        }
        const ended = { at: yield* now, step: step.step, ms: yield* elapsed }
        yield* record(
          Exit.isSuccess(exit)
            ? { _tag: "StepSucceeded", ...ended }
            : { _tag: "StepFailed", ...ended, message: describe(exit.cause) }
        )
      }))
    )
  })

const carryOutUndo = Effect.fnUntraced(function*(undo: Undo, record: Record, note: RunningOperation["note"]) {
  const elapsed = yield* stopwatch
  const exit = yield* Effect.exit(undo.act)
  const ended = { at: yield* now, step: undo.step, ms: yield* elapsed }
  const message = Exit.isSuccess(exit) ? null : describe(exit.cause)
  if (message !== null) {
    yield* note("warning", [`could not undo ${undo.step}: ${message}`, ...hintsOf(exit)].join("\n"))
  }
  yield* record(
    message === null ? { _tag: "StepUndone", ...ended } : { _tag: "StepUndoFailed", ...ended, message }
  ).pipe(Effect.catch((error) => note("warning", error.message)))
})

const hintsOf = (exit: Exit.Exit<void, Problem>): ReadonlyArray<string> =>
  Exit.isSuccess(exit) ? [] : exit.cause.reasons.filter(Cause.isFailReason).map(({ error }) => error.hint)

const statusOf = (exit: Exit.Exit<unknown, unknown>): OperationStatus =>
  Exit.isSuccess(exit) ? "succeeded" : Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "failed"

const describe = (cause: Cause.Cause<unknown>): string =>
  Cause.hasInterruptsOnly(cause) ? "interrupted" : cause.reasons.map((reason) =>
    Cause.isFailReason(reason)
      ? reason.error instanceof Error ? reason.error.message : String(reason.error)
      : Cause.isDieReason(reason)
      ? `defect: ${reason.defect instanceof Error ? reason.defect.message : String(reason.defect)}`
      : "interrupted"
  ).join("; ")

const now = Effect.map(DateTime.now, DateTime.formatIso)

/** Gives milliseconds since its own start, by a clock that never jumps. */
const stopwatch = Effect.map(
  Clock.monotonicTimeNanos,
  (start) => Effect.map(Clock.monotonicTimeNanos, (end) => Math.round(Number(end - start) / 1e5) / 10)
)

const newOperationId = Effect.gen(function*() {
  const time = (yield* now).replaceAll(/[-:.]/gu, "")
  const random = yield* Random.nextIntBetween(36 ** 7, 36 ** 8)
  return OperationId.make(`${time}-${random.toString(36)}`)
})
