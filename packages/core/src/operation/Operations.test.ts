import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Ref, Schema } from "effect"
import { memoryJournalLayer } from "../testing/MemoryJournal.ts"
import { Host } from "./Host.ts"
import { Journal, type JournalEvent, JournalUnavailable } from "./Journal.ts"
import type { OperationEvent } from "./Operation.ts"
import { OperationListener, Operations } from "./Operations.ts"

class Broken extends Schema.TaggedError<Broken>()("Broken", { message: Schema.String }) {
  readonly code = "command-failed" as const
  readonly hint = "mend it"
}

const HostLayer = Layer.succeed(
  Host,
  Host.of({
    self: { pid: 4242, startedAt: "1" },
    isAlive: () => Effect.succeed(true),
    variables: {},
    home: "/home"
  })
)
const OperationsLayer = Operations.layer.pipe(Layer.provideMerge(memoryJournalLayer), Layer.provide(HostLayer))

const spec = { kind: "impl", subject: "auth/M1", plan: [] }

const told = (event: JournalEvent): string => "step" in event ? `${event._tag} ${event.step}` : event._tag

const journaled = Effect.gen(function*() {
  const [record] = yield* (yield* Journal).list()
  return record?.events.map(told) ?? []
})

const step = (name: string, log: Ref.Ref<ReadonlyArray<string>>, options?: {
  readonly fails?: boolean
  readonly undoOn?: "failure" | "interruption"
}) => ({
  step: name,
  title: name,
  act: options?.fails === true
    ? Effect.fail(new Broken({ message: `${name} broke` }))
    : Ref.update(log, (lines) => [...lines, `do ${name}`]),
  undo: () => Ref.update(log, (lines) => [...lines, `undo ${name}`]),
  ...(options?.undoOn === undefined ? {} : { undoOn: options.undoOn })
})

describe("Operations", () => {
  it.effect("journals an operation and its steps in order", () =>
    Effect.gen(function*() {
      const operations = yield* Operations
      const log = yield* Ref.make<ReadonlyArray<string>>([])
      yield* operations.run(spec, (operation) => operation.step(step("a", log)))
      assert.deepStrictEqual(yield* journaled, [
        "OperationStarted",
        "StepStarted a",
        "StepSucceeded a",
        "OperationFinished"
      ])
    }).pipe(Effect.provide(OperationsLayer)))

  it.effect("undoes what was begun in reverse order when a step fails, and keeps the failure", () =>
    Effect.gen(function*() {
      const operations = yield* Operations
      const log = yield* Ref.make<ReadonlyArray<string>>([])
      const error = yield* Effect.flip(operations.run(spec, (operation) =>
        Effect.gen(function*() {
          yield* operation.step(step("a", log))
          yield* operation.step(step("b", log, { undoOn: "interruption" }))
          return yield* operation.step(step("c", log, { fails: true }))
        })))
      assert.strictEqual(error.message, "c broke")
      assert.deepStrictEqual(yield* Ref.get(log), ["do a", "do b", "undo c", "undo a"])
      const events = yield* journaled
      assert.deepStrictEqual(events.slice(-4), [
        "StepFailed c",
        "StepUndone c",
        "StepUndone a",
        "OperationFinished"
      ])
    }).pipe(Effect.provide(OperationsLayer)))

  it.effect("undoes every step when it is interrupted, also the one under way", () =>
    Effect.gen(function*() {
      const operations = yield* Operations
      const log = yield* Ref.make<ReadonlyArray<string>>([])
      const begun = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(operations.run(spec, (operation) =>
        Effect.gen(function*() {
          yield* operation.step(step("a", log, { undoOn: "interruption" }))
          return yield* operation.step({
            ...step("b", log),
            act: Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
          })
        })))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* Ref.get(log), ["do a", "undo b", "undo a"])
      const record = (yield* (yield* Journal).list())[0]
      const last = record?.events.at(-1)
      assert.strictEqual(last?._tag === "OperationFinished" ? last.status : null, "interrupted")
    }).pipe(Effect.provide(OperationsLayer)))

  it.effect("ends in the journal also when it is interrupted as soon as it has begun there", () =>
    Effect.gen(function*() {
      const operations = yield* Operations
      const log = yield* Ref.make<ReadonlyArray<string>>([])
      const begun = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(
        operations.run(spec, (operation) => operation.step(step("a", log))).pipe(
          Effect.provideService(OperationListener, ({ event }) =>
            event._tag === "OperationStarted"
              ? Effect.andThen(Deferred.succeed(begun, undefined), Effect.yieldNow)
              : Effect.void)
        )
      )
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* Ref.get(log), [])
      assert.deepStrictEqual(yield* journaled, ["OperationStarted", "OperationFinished"])
    }).pipe(Effect.provide(OperationsLayer)))

  it.effect("goes on undoing when an undo fails, and says so", () =>
    Effect.gen(function*() {
      const operations = yield* Operations
      const log = yield* Ref.make<ReadonlyArray<string>>([])
      const events: Array<OperationEvent["event"]> = []
      yield* Effect.flip(operations.run(spec, (operation) =>
        Effect.gen(function*() {
          yield* operation.step(step("a", log))
          yield* operation.step({ ...step("b", log), undo: () => Effect.fail(new Broken({ message: "stuck" })) })
          return yield* operation.step(step("c", log, { fails: true }))
        }))).pipe(
          Effect.provideService(OperationListener, (event) => Effect.sync(() => void events.push(event.event)))
        )
      assert.deepStrictEqual(yield* Ref.get(log), ["do a", "do b", "undo c", "undo a"])
      assert.include(yield* journaled, "StepUndoFailed b")
      assert.isTrue(events.some((event) => event._tag === "Note" && event.text === "could not undo b: stuck\nmend it"))
    }).pipe(Effect.provide(OperationsLayer)))

  it.effect("touches nothing when the journal cannot be written", () =>
    Effect.gen(function*() {
      const operations = yield* Operations
      const log = yield* Ref.make<ReadonlyArray<string>>([])
      const error = yield* Effect.flip(operations.run(spec, (operation) => operation.step(step("a", log))))
      assert.strictEqual(error.code, "journal-unavailable")
      assert.deepStrictEqual(yield* Ref.get(log), [])
    }).pipe(
      Effect.provide(Operations.layer.pipe(
        Layer.provide(HostLayer),
        Layer.provide(Layer.succeed(
          Journal,
          Journal.of({
            append: () => Effect.fail(new JournalUnavailable({ path: "/home/journal", reason: "disk full" })),
            list: () => Effect.succeed([]),
            ids: Effect.succeed([]),
            read: () => Effect.succeed(null)
          })
        ))
      ))
    ))
})
