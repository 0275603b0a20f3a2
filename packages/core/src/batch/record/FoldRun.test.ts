import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect } from "effect"
import { resultOf, sampleSnapshot } from "../../testing/RunModelSample.ts"
import { reconcile } from "../reconcile/Reconcile.ts"
import { advanceRun, emptyRunHistory, foldRun, resultKey } from "./FoldRun.ts"
import { RunEvent } from "./RunEvent.ts"

const snapshot = sampleSnapshot(3)
const time = (second: number): string => `2026-11-21T12:00:${String(second).padStart(2, "0")}.000Z`
const millis = (second: number): number => Date.parse(time(second))
const at = time(0)

const started = (second: number, reason: "run" | "resume" | "retry" = "run"): RunEvent => ({
  _tag: "SessionStarted",
  at: time(second),
  process: { pid: 7, startedAt: "b:1" },
  reason
})
const created = (index: number, attempt = 1, second = 1): RunEvent => ({
  _tag: "AttemptCreated",
  at: time(second),
  index,
  attempt
})
const finished = (index: number, attempt = 1, result = resultOf("Succeeded"), second = 2): RunEvent => ({
  _tag: "AttemptFinished",
  at: time(second),
  index,
  attempt,
  result
})
const failure = resultOf("Failed", "ExitCode", "agent")
const fold = (...events: ReadonlyArray<RunEvent>) => foldRun(snapshot, events)

describe("foldRun", () => {
  it("a run that was made", () => {
    const history = fold()
    assert.deepStrictEqual(history.desired.total, 3)
    assert.deepStrictEqual([history.startedAt, history.session, history.finished], [null, null, null])
    assert.isEmpty(history.children)
  })

  it("begins as its snapshot says", () => {
    const { desired } = foldRun({ ...snapshot, suspend: true, cancel: true }, [started(0)])
    assert.deepInclude(desired, { suspend: true, cancel: true })
  })

  it("an attempt from its creation to its end", () => {
    const begun = fold(started(0), created(1))
    assert.deepInclude(begun.children[0], { index: 1, attempt: 1, state: "Pending", startedAt: millis(1) })
    const running = advanceRun(begun, { _tag: "AgentStarted", at: time(2), index: 1, attempt: 1 })
    assert.deepInclude(running.children[0], { state: "Running", startedAt: millis(1) })
    const ended = advanceRun(running, finished(1, 1, failure, 3))
    assert.deepInclude(ended.children[0], { state: "Failed", reason: "ExitCode", finishedAt: millis(3) })
    assert.deepStrictEqual(ended.results.get(resultKey(1, 1)), failure)
    assert.deepInclude(begun.children[0], { state: "Pending" })
    assert.strictEqual(begun.results.size, 0)
  })

  it("keeps children by task, the newest first", () => {
    const { children } = fold(
      created(2),
      created(0),
      finished(0, 1, failure),
      created(0, 2),
      { _tag: "TaskMarked", at, index: 2, outcome: "Skipped", reason: "FailFast" },
      created(1)
    )
    assert.deepStrictEqual(children.map(({ attempt, index }) => resultKey(index, attempt)), [
      "0/2",
      "0/1",
      "1/1",
      "2/1",
      "2/0"
    ])
  })

  it("what a killed process left is lost when the next begins, and may be run again", () => {
    const { children, desired } = fold(started(0), created(0), created(1), finished(1), started(30, "resume"))
    assert.deepInclude(children[0], {
      state: "Failed",
      outcome: "Failed",
      failure: "interrupted",
      reason: "RunnerLost",
      transient: true,
      finishedAt: millis(30)
    })
    assert.strictEqual(children[1]?.state, "Succeeded")
    assert.deepStrictEqual(reconcile(desired, children, millis(30)).actions.slice(0, 2), [
      { _tag: "CreateAttempt", index: 0, attempt: 2 },
      { _tag: "CreateAttempt", index: 2, attempt: 1 }
    ])
  })

  it("what is told of a lost attempt later counts, once", () => {
    const told = fold(started(0), created(0), started(30, "resume"), finished(0, 1, failure), finished(0))
    assert.strictEqual(told.children[0]?.reason, "ExitCode")
    assert.deepStrictEqual(told.results.get("0/1"), failure)
  })

  it("a process that stopped leaves no session", () => {
    const history = fold(started(0), created(0), { _tag: "SessionInterrupted", at: time(9) })
    assert.isNull(history.session)
    assert.strictEqual(history.children[0]?.reason, "Interrupted")
    assert.strictEqual(history.startedAt, millis(0))
  })

  it("the time limit counts from the newest session, the run from the first", () => {
    const history = fold(started(0), started(20, "resume"))
    assert.deepStrictEqual([history.desired.startedAt, history.startedAt], [millis(20), millis(0)])
  })

  it("resumption ends a suspension, and no cancelling", () => {
    const before = [started(0), { _tag: "SuspendChanged", at, suspend: true }, { _tag: "CancelRequested", at }] as const
    assert.deepInclude(fold(...before).desired, { suspend: true, cancel: true })
    assert.deepInclude(fold(...before, started(9, "resume")).desired, { suspend: false, cancel: true })
  })

  it("a retry supersedes attempts and marks of its tasks, and forgives the others", () => {
    const before = [
      started(0),
      created(0),
      finished(0, 1, failure),
      created(1),
      finished(1, 1, failure),
      { _tag: "TaskMarked", at, index: 2, outcome: "Cancelled", reason: "RunCancelled" },
      { _tag: "CancelRequested", at },
      { _tag: "RunFinished", at: time(8), phase: "Failed", reason: "Cancelled" }
    ] as const
    assert.deepStrictEqual(fold(...before).finished, { phase: "Failed", reason: "Cancelled", at: millis(8) })
    const again: RunEvent = { _tag: "RetryRequested", at, indices: [1, 2, 9] }
    const { children, desired, finished: end } = fold(...before, again, started(9, "retry"))
    assert.isNull(end)
    assert.isFalse(desired.cancel)
    assert.deepStrictEqual([...desired.superseded], [[1, 1], [2, 0]])
    assert.deepStrictEqual([...desired.forgiven], [[0, 1]])
    assert.deepStrictEqual(reconcile(desired, children, millis(9)).actions, [
      { _tag: "CreateAttempt", index: 1, attempt: 2 },
      { _tag: "CreateAttempt", index: 2, attempt: 1 }
    ])
  })

  it("knows the commits that were about to be pushed", () => {
    const push = (commit: string): RunEvent => ({
      _tag: "PublishIntended",
      at,
      index: 0,
      attempt: 1,
      url: "/code/service-a.git",
      branch: "slipway/x-task-0",
      commit
    })
    const { published } = fold(push("a"), push("b"), push("a"))
    assert.deepStrictEqual([...published], [["/code/service-a.git slipway/x-task-0", ["a", "b"]]])
  })

  it("of unknown tasks and unreadable times nothing counts", () => {
    const history = fold({ ...started(0), at: "noon" }, created(3), created(-1), finished(7))
    assert.isEmpty(history.children)
    assert.strictEqual(history.results.size, 0)
    assert.isNull(history.desired.startedAt)
  })

  it.effect.prop(
    "any events in any order are folded, one by one as all at once, and leave what was before",
    { events: Arbitrary.array(Arbitrary.schema(RunEvent), { maxLength: 30 }) },
    ({ events }) =>
      Effect.sync(() => {
        let history = emptyRunHistory(snapshot)
        for (const event of events) {
          Object.freeze(history.children)
          const before = JSON.stringify([history.children, [...history.results], [...history.published]])
          const next = advanceRun(history, event)
          assert.strictEqual(JSON.stringify([history.children, [...history.results], [...history.published]]), before)
          history = next
        }
        const whole = foldRun(snapshot, events)
        assert.deepStrictEqual(whole.children, history.children)
        assert.deepStrictEqual(new Map(whole.results), new Map(history.results))
        assert.strictEqual(reconcile(whole.desired, whole.children, 0).standing.progress.total, 3)
      })
  )
})
