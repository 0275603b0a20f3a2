import { assert, describe, it } from "@effect/vitest"
import { type JournalEvent, type Note, OperationId, OperationListener } from "@slipway/core"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { memoryScreen, type MemoryScreenOptions } from "../testing/MemoryScreen.ts"
import { narrating, type NarrationMode } from "./Narration.ts"
import { Screen } from "./Screen.ts"

const id = OperationId.make("20261121T050000000Z-abcdef")
const at = "2026-11-21T05:00:00.000Z"

const tell = (event: JournalEvent | Note) =>
  Effect.flatMap(OperationListener, (listener) => listener({ id, kind: "impl", subject: "auth/M1", event }))

/** An operation of one step that takes so many milliseconds. */
const operation = (ms: number) =>
  Effect.gen(function*() {
    yield* tell({ _tag: "StepStarted", at, step: "claim-slot", title: "claim a slot" })
    yield* tell({ _tag: "Note", level: "warning", text: "offline" })
    yield* tell({ _tag: "Note", level: "detail", text: "pulling" })
    yield* Effect.sleep(ms)
    yield* tell({ _tag: "StepSucceeded", at, step: "claim-slot", ms })
    return "made"
  })

const narrated = Effect.fnUntraced(function*(mode: NarrationMode, ms: number, options: MemoryScreenOptions) {
  const memory = memoryScreen(options)
  const fiber = yield* Effect.forkChild(
    narrating({ label: "making auth/M1", mode, spinner: true }, operation(ms)).pipe(
      Effect.provideService(Screen, memory.screen)
    )
  )
  yield* TestClock.adjust(10_000)
  const { result, told } = yield* Fiber.join(fiber)
  assert.strictEqual(result, "made")
  return { ...memory, told }
})

describe("Narration", () => {
  it.effect("lists the steps in a pipe, without a spinner", () =>
    Effect.gen(function*() {
      const { stderr, statuses, told } = yield* narrated("usual", 20, {})
      assert.deepStrictEqual(stderr, ["! offline", "✓ claim a slot (20 ms)"])
      assert.deepStrictEqual(statuses, [])
      assert.isTrue(told.has("offline"))
    }))

  it.effect("stays quiet on a terminal when it is quick, but for warnings", () =>
    Effect.gen(function*() {
      const { stderr, statuses } = yield* narrated("usual", 20, { isTerminal: true })
      assert.deepStrictEqual(stderr, ["! offline"])
      assert.deepStrictEqual(statuses, [null])
    }))

  it.effect("spins on a terminal when it takes its time, then lists the steps", () =>
    Effect.gen(function*() {
      const { stderr, statuses } = yield* narrated("usual", 2000, { isTerminal: true })
      assert.deepStrictEqual(stderr, ["! offline", "✓ claim a slot (2.0 s)"])
      assert.include(statuses[0] ?? "", "claim a slot 500 ms")
      assert.strictEqual(statuses.at(-1), null)
    }))

  it.effect("tells details when asked to, and nothing for a program", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* narrated("verbose", 20, {})).stderr, [
        "! offline",
        "  pulling",
        "✓ claim a slot (20 ms)"
      ])
      assert.deepStrictEqual((yield* narrated("silent", 2000, { isTerminal: true })).stderr, [])
    }))
})
