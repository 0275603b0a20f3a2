import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { auditEntry, processInQuestion } from "./AuditEntry.ts"
import { type JournalEvent, type JournalRecord } from "./Journal.ts"
import { OperationId } from "./OperationId.ts"

const id = OperationId.make("20261101T093000123Z-bbbbbb")
const at = "2026-11-01T09:30:00.123Z"
const details = { repository: "/code/shop", worktree: "/code/shop-impl-auth-M1" }

const started: JournalEvent = {
  _tag: "OperationStarted",
  at,
  kind: "impl",
  subject: "auth/M1",
  process: { pid: 42, startedAt: "1234" },
  plan: [
    { step: "claim-slot", title: "claim a slot" },
    { step: "add-worktree", title: "add the worktree" },
    { step: "start", title: "start the containers" }
  ],
  details
}
const stepStarted = (step: string): JournalEvent => ({ _tag: "StepStarted", at, step, title: `do ${step}` })
const succeeded = (step: string, ms: number): JournalEvent => ({ _tag: "StepSucceeded", at, step, ms })
const failed = (step: string, ms: number): JournalEvent => ({ _tag: "StepFailed", at, step, ms, message: "broke" })
const undone = (step: string): JournalEvent => ({ _tag: "StepUndone", at, step, ms: 9 })
const finished = (status: "succeeded" | "failed" | "interrupted", ms: number): JournalEvent => ({
  _tag: "OperationFinished",
  at,
  status,
  ms
})
const record = (...events: ReadonlyArray<JournalEvent>): JournalRecord => ({ id, events, unreadableLines: 0 })
const stepsOf = (isAlive: boolean, ...events: ReadonlyArray<JournalEvent>) =>
  auditEntry(record(...events), isAlive).steps.map((step) => [step.name, step.status, step.duration_ms, step.message])

describe("auditEntry", () => {
  it("shows an operation that succeeded, in the contract's words", () => {
    const events = ["claim-slot", "add-worktree", "start"].flatMap((step, index) => [
      stepStarted(step),
      succeeded(step, index + 0.5)
    ])
    assert.deepStrictEqual(auditEntry(record(started, ...events, finished("succeeded", 12.3)), false), {
      operation_id: id,
      type: "impl",
      subject: "auth/M1",
      status: "succeeded",
      started_at: at,
      duration_ms: 12.3,
      process: { pid: 42 },
      details,
      steps: [
        { name: "claim-slot", title: "do claim-slot", status: "completed", duration_ms: 0.5, message: null },
        { name: "add-worktree", title: "do add-worktree", status: "completed", duration_ms: 1.5, message: null },
        { name: "start", title: "do start", status: "completed", duration_ms: 2.5, message: null }
      ],
      unreadable_lines: 0
    })
  })

  it("tells failed, undone and never begun steps apart, and keeps the reason of a failure that was undone", () => {
    const events = [
      started,
      stepStarted("claim-slot"),
      succeeded("claim-slot", 1),
      stepStarted("add-worktree"),
      failed("add-worktree", 2)
    ]
    const end = finished("failed", 5)
    assert.deepStrictEqual(stepsOf(false, ...events, undone("claim-slot"), end), [
      ["claim-slot", "undone", 1, null],
      ["add-worktree", "failed", 2, "broke"],
      ["start", "pending", null, null]
    ])
    const couldNot: JournalEvent = { _tag: "StepUndoFailed", at, step: "claim-slot", ms: 1, message: "locked" }
    assert.deepStrictEqual(stepsOf(false, ...events, undone("add-worktree"), couldNot, end).slice(0, 2), [
      ["claim-slot", "undo-failed", 1, "locked"],
      ["add-worktree", "undone", 2, "broke"]
    ])
  })

  it("tells a running operation from one whose process was killed", () => {
    const unfinished = record(started, stepStarted("claim-slot"))
    assert.deepStrictEqual(processInQuestion(unfinished), { pid: 42, startedAt: "1234" })
    const running = auditEntry(unfinished, true)
    assert.deepStrictEqual([running.status, running.duration_ms, running.steps[0]?.status], [
      "running",
      null,
      "running"
    ])
    const dead = auditEntry(unfinished, false)
    assert.deepStrictEqual([dead.status, dead.duration_ms, dead.steps[0]?.status], ["dead", null, "interrupted"])
  })

  it("knows no duration of an operation that was closed for a dead process", () => {
    const closed = record(started, stepStarted("claim-slot"), finished("interrupted", 0))
    assert.isNull(processInQuestion(closed))
    const entry = auditEntry(closed, true)
    assert.deepStrictEqual([entry.status, entry.duration_ms, entry.steps[0]?.status], [
      "interrupted",
      null,
      "interrupted"
    ])
  })

  it("bears a record without its beginning, and one without anything", () => {
    const torn = auditEntry(
      { ...record(succeeded("claim-slot", 3), finished("succeeded", 4)), unreadableLines: 1 },
      false
    )
    assert.deepStrictEqual([torn.type, torn.subject, torn.status, torn.process], ["unknown", null, "succeeded", null])
    assert.deepStrictEqual(torn.steps.map(({ name, title }) => [name, title]), [["claim-slot", "claim-slot"]])
    assert.strictEqual(torn.unreadable_lines, 1)
    const empty = auditEntry(record(), true)
    assert.deepStrictEqual([empty.status, empty.started_at, empty.steps], ["dead", at, []])
  })

  it("shows steps that were not planned, in the order in which they began, and the last try of one", () => {
    assert.deepStrictEqual(
      stepsOf(true, started, stepStarted("b"), stepStarted("a"), failed("b", 1), stepStarted("b")).slice(3),
      [["b", "running", null, null], ["a", "running", null, null]]
    )
  })

  const Name = Schema.Literals(["a", "b", "c"])
  const Ms = Schema.Union([Schema.Number, Schema.Literals([-1, 0])])
  const At = Schema.String
  const AnyEvent = Schema.Union([
    Schema.TaggedStruct("OperationStarted", {
      at: At,
      kind: Schema.String,
      subject: Schema.String,
      process: Schema.Struct({ pid: Schema.Int, startedAt: Schema.String }),
      plan: Schema.Array(Schema.Struct({ step: Name, title: Schema.String })).check(Schema.isMaxLength(3))
    }),
    Schema.TaggedStruct("StepStarted", { at: At, step: Name, title: Schema.String }),
    Schema.TaggedStruct("StepSucceeded", { at: At, step: Name, ms: Ms }),
    Schema.TaggedStruct("StepFailed", { at: At, step: Name, ms: Ms, message: Schema.String }),
    Schema.TaggedStruct("StepUndone", { at: At, step: Name, ms: Ms }),
    Schema.TaggedStruct("StepUndoFailed", { at: At, step: Name, ms: Ms, message: Schema.String }),
    Schema.TaggedStruct("OperationFinished", {
      at: At,
      status: Schema.Literals(["succeeded", "failed", "interrupted"]),
      ms: Ms
    })
  ])
  const Events = Schema.Array(AnyEvent).check(Schema.isMaxLength(12))

  it.effect.prop("gives an entry for any events in any order", { events: Events, isAlive: Schema.Boolean }, ({
    events,
    isAlive
  }) =>
    Effect.sync(() => {
      const entry = auditEntry(record(...events), isAlive)
      const told = new Set(
        events.flatMap((event) => event._tag === "OperationStarted" ? [] : "step" in event ? [event.step] : [])
      )
      const plan = events.find((event) => event._tag === "OperationStarted")?.plan ?? []
      // Each step once, none lost, none made up.
      assert.sameMembers(
        entry.steps.map(({ name }) => name),
        [...new Set([...plan.map(({ step }) => step), ...told])]
      )
      for (const { duration_ms } of [entry, ...entry.steps]) {
        assert.isTrue(duration_ms === null || Number.isFinite(duration_ms) && duration_ms >= 0)
      }
      assert.strictEqual(
        entry.status === "running" || entry.status === "dead",
        events.every(({ _tag }) => _tag !== "OperationFinished")
      )
      // The last event of a step decides.
      for (const step of entry.steps) {
        const last = events.findLast((event) => "step" in event && event.step === step.name)?._tag
        const expected = last === undefined ? "pending" : {
          StepStarted: entry.status === "running" ? "running" : "interrupted",
          StepSucceeded: "completed",
          StepFailed: "failed",
          StepUndone: "undone",
          StepUndoFailed: "undo-failed",
          OperationStarted: "",
          OperationFinished: ""
        }[last]
        assert.strictEqual(step.status, expected)
      }
    }))
})
