import { assert, describe, it } from "@effect/vitest"
import { sampleChild, sampleDesired, samplePolicy } from "../../testing/RunModelSample.ts"
import type { RunPolicy } from "../record/RunSnapshot.ts"
import type { DesiredRun, RunAction, TaskChild } from "../record/RunState.ts"
import { reconcile, type Reconciled } from "./Reconcile.ts"
import { exitCodeOfRun } from "./RunExitCode.ts"

const child = sampleChild
const running = (index: number, attempt = 1, changes: Partial<TaskChild> = {}): TaskChild =>
  child(index, attempt, { state: "Running", ...changes })
const succeeded = (index: number, attempt = 1): TaskChild =>
  child(index, attempt, { state: "Succeeded", outcome: "Succeeded", finishedAt: 10 })
const failed = (index: number, attempt = 1, changes: Partial<TaskChild> = {}): TaskChild =>
  child(index, attempt, {
    state: "Failed",
    outcome: "Failed",
    reason: "ExitCode",
    failure: "agent",
    finishedAt: 10,
    ...changes
  })
const unready = (index: number, attempt: number, finishedAt: number | null): TaskChild =>
  failed(index, attempt, { reason: "RepositoryUnavailable", failure: "setup", transient: true, finishedAt })
const lost = (index: number, attempt: number): TaskChild =>
  failed(index, attempt, { reason: "RunnerLost", failure: "interrupted", transient: true })
const mark = (index: number, outcome: "Skipped" | "Cancelled" | "TimedOut", reason: string): TaskChild =>
  child(index, 0, { state: "Failed", outcome, reason, startedAt: null, finishedAt: 20 })

const run = (total: number, policy: Partial<RunPolicy> = {}, changes: Partial<DesiredRun> = {}): DesiredRun =>
  sampleDesired(total, { policy: { ...samplePolicy, ...policy }, ...changes })

const text = (action: RunAction): string => {
  switch (action._tag) {
    case "CreateAttempt":
      return `create ${action.index}/${action.attempt}`
    case "CancelAttempt":
      return `stop ${action.index}/${action.attempt} ${action.outcome} ${action.reason}`
    case "MarkTask":
      return `mark ${action.index} ${action.outcome} ${action.reason}`
    case "FinishRun":
      return `finish ${action.phase} ${action.reason}`
    case "WaitUntil":
      return `wait ${action.at}`
  }
}
const texts = ({ actions }: Reconciled): ReadonlyArray<string> => actions.map(text)
const statuses = ({ standing }: Reconciled): Readonly<Record<string, string>> =>
  Object.fromEntries(standing.conditions.map(({ reason, status, type }) => [type, `${status} ${reason}`]))

describe("reconcile", () => {
  it("starts tasks by index, as many as may run at once", () => {
    const first = reconcile(run(6), [], 0)
    assert.deepStrictEqual(texts(first), ["create 0/1", "create 1/1", "create 2/1", "create 3/1"])
    assert.strictEqual(first.standing.phase, "Running")
    assert.deepStrictEqual(texts(reconcile(run(6), [succeeded(0), child(1, 1), running(2), running(3)], 0)), [
      "create 4/1"
    ])
  })

  it("ends well when it is suspended and none has failed", () => {
    const code = (children: ReadonlyArray<TaskChild>, changes: Partial<DesiredRun> = { suspend: true }) =>
      exitCodeOfRun(reconcile(run(3, {}, changes), children, 0).standing)
    assert.strictEqual(code([]), 0)
    assert.strictEqual(code([succeeded(0)]), 0)
    assert.strictEqual(code([succeeded(0), failed(1)]), 1)
    assert.strictEqual(code([succeeded(0), running(1)]), 1)
    assert.strictEqual(code([succeeded(0)], {}), 1)
    assert.strictEqual(code([succeeded(0), succeeded(1), failed(2)]), 1)
  })

  it("tells of one task in the singular", () => {
    const { conditions } = reconcile(run(1), [succeeded(0)], 0).standing
    assert.strictEqual(conditions.find(({ type }) => type === "Complete")?.message, "1 of 1 task went well")
  })

  it("leaves those alone that run beyond the limit", () => {
    assert.deepStrictEqual(texts(reconcile(run(4, { maxParallel: 1 }), [running(0), running(1), running(2)], 0)), [])
  })

  it("a run without tasks has succeeded, whatever is asked of it", () => {
    for (const changes of [{}, { suspend: true }, { cancel: true }]) {
      const { actions, standing } = reconcile(run(0, {}, changes), [], 0)
      assert.deepStrictEqual(actions.map(text), ["finish Succeeded AllSucceeded"])
      assert.strictEqual(exitCodeOfRun(standing), 0)
    }
  })

  it("is finished when all went well, with changes or without", () => {
    const unchanged = child(1, 1, { state: "Succeeded", outcome: "NoChanges" })
    const ended = reconcile(run(2), [succeeded(0), unchanged], 0)
    assert.deepStrictEqual(texts(ended), ["finish Succeeded AllSucceeded"])
    assert.deepStrictEqual(ended.standing.progress, { total: 2, pending: 0, running: 0, completed: 2, failed: 0 })
    assert.deepStrictEqual(statuses(ended), {
      Accepted: "True Accepted",
      WorkspaceReady: "True WorkspaceReady",
      ContextsReady: "True ContextsReady",
      Progressing: "False Finished",
      Suspended: "False NotSuspended",
      Complete: "True AllSucceeded",
      Failed: "False EndedOtherwise"
    })
  })

  it("is finished when all is done and some failed", () => {
    const ended = reconcile(run(2), [succeeded(0), failed(1)], 0)
    assert.deepStrictEqual(texts(ended), ["finish Failed TasksFailed"])
    assert.strictEqual(exitCodeOfRun(ended.standing), 1)
    const failure = ended.standing.conditions.find(({ type }) => type === "Failed")
    assert.strictEqual(failure?.message, "1 of 2 tasks went well")
  })
})

describe("an attempt that failed", () => {
  it("by its agent is run again at once, as often as retry says", () => {
    assert.deepStrictEqual(texts(reconcile(run(1, { retry: 1 }), [failed(0)], 10)), ["create 0/2"])
    assert.deepStrictEqual(texts(reconcile(run(1, { retry: 1 }), [failed(0), failed(0, 2)], 10)), [
      "finish Failed TasksFailed"
    ])
  })

  it("before its agent began is run again after 1 s, after 4 s, and no more", () => {
    const first = [unready(0, 1, 100)]
    const again = reconcile(run(1), first, 200)
    assert.deepStrictEqual(texts(again), ["wait 1100"])
    assert.deepInclude(again.standing.tasks[0], { phase: "Pending", outcome: null, reason: "RepositoryUnavailable" })
    assert.deepStrictEqual(texts(reconcile(run(1), first, 1100)), ["create 0/2"])
    const second = [...first, unready(0, 2, 2000)]
    assert.deepStrictEqual(texts(reconcile(run(1), second, 5999)), ["wait 6000"])
    assert.deepStrictEqual(texts(reconcile(run(1), second, 6000)), ["create 0/3"])
    assert.deepStrictEqual(texts(reconcile(run(1), [...second, unready(0, 3, 7000)], 9000)), [
      "finish Failed TasksFailed"
    ])
  })

  it("for reasons that may pass does not use up retry, and begins anew after the agent's own failure", () => {
    const children = [unready(0, 1, 0), unready(0, 2, 0), failed(0, 3), unready(0, 4, 0)]
    assert.deepStrictEqual(texts(reconcile(run(1, { retry: 1 }), children, 1000)), ["create 0/5"])
    assert.deepStrictEqual(texts(reconcile(run(1), children.slice(0, 3), 1000)), ["finish Failed TasksFailed"])
  })

  it("does not wait for a time that a clock told which was put back since", () => {
    assert.deepStrictEqual(texts(reconcile(run(1), [unready(0, 1, 1_000_000)], 0)), ["create 0/2"])
    assert.deepStrictEqual(texts(reconcile(run(1), [unready(0, 1, null)], -5)), ["create 0/2"])
  })

  it("because its runner was lost is run again at once, however often", () => {
    const children = Array.from({ length: 30 }, (_, before) => lost(0, before + 1))
    assert.deepStrictEqual(texts(reconcile(run(1), children, 10)), ["create 0/31"])
  })

  it("for a reason that stays, at publishing, or out of time has failed for good", () => {
    const policy = { retry: 5 }
    const finals = [
      failed(0, 1, { failure: "setup", reason: "BranchMissing" }),
      failed(0, 1, { failure: "publish", reason: "RepositoryUnavailable", transient: true }),
      failed(0, 1, { failure: null, reason: null }),
      failed(0, 1, { outcome: "TimedOut", reason: "TaskTimedOut" })
    ]
    for (const final of finals) {
      const { actions, standing } = reconcile(run(1, policy), [final], 1e6)
      assert.deepStrictEqual(actions.map(({ _tag }) => _tag), ["FinishRun"])
      assert.strictEqual(standing.tasks[0]?.reason, final.reason)
    }
  })

  it("leaves room to tasks of lower indices first", () => {
    assert.deepStrictEqual(texts(reconcile(run(3, { retry: 1, maxParallel: 2 }), [failed(1)], 10)), [
      "create 0/1",
      "create 1/2"
    ])
  })
})

describe("time limits", () => {
  it("an attempt out of its time is stopped, again and again until it has ended", () => {
    const one = run(1, { taskTimeoutSeconds: 5, retry: 3 })
    assert.deepStrictEqual(texts(reconcile(one, [running(0)], 4999)), ["wait 5000"])
    for (const now of [5000, 6000]) {
      assert.deepStrictEqual(texts(reconcile(one, [running(0)], now)), ["stop 0/1 TimedOut TaskTimedOut"])
    }
    const ended = reconcile(one, [failed(0, 1, { outcome: "TimedOut", reason: "TaskTimedOut" })], 7000)
    assert.deepStrictEqual(texts(ended), ["finish Failed TasksFailed"])
    assert.strictEqual(exitCodeOfRun(ended.standing), 124)
  })

  it("a run out of its time stops what runs and gives up what waits", () => {
    const one = run(4, { timeoutSeconds: 60, retry: 1, maxParallel: 1 })
    const children = [succeeded(0), running(1), failed(2)]
    assert.deepStrictEqual(texts(reconcile(one, children, 59_999)), ["wait 60000"])
    assert.deepStrictEqual(texts(reconcile(one, children, 60_000)), [
      "stop 1/1 TimedOut RunTimedOut",
      "mark 2 Skipped RunTimedOut",
      "mark 3 Skipped RunTimedOut"
    ])
    const ended = reconcile(one, [
      succeeded(0),
      failed(1, 1, { outcome: "TimedOut", reason: "RunTimedOut" }),
      failed(2),
      mark(2, "Skipped", "RunTimedOut"),
      mark(3, "Skipped", "RunTimedOut")
    ], 60_001)
    assert.deepStrictEqual(texts(ended), ["finish Failed TimedOut"])
    assert.deepStrictEqual(ended.standing.tasks.map(({ outcome }) => outcome), [
      "Succeeded",
      "TimedOut",
      "Failed",
      "Skipped"
    ])
    assert.strictEqual(exitCodeOfRun(ended.standing), 124)
  })

  it("exits as out of time also when nothing had ever been started, or all waited for another try", () => {
    const one = run(1, { timeoutSeconds: 1, retry: 1 })
    for (const before of [[], [failed(0)], [lost(0, 1)]]) {
      assert.deepStrictEqual(texts(reconcile(one, before, 1000)), ["mark 0 Skipped RunTimedOut"])
      const ended = reconcile(one, [...before, mark(0, "Skipped", "RunTimedOut")], 1001)
      assert.deepStrictEqual(texts(ended), ["finish Failed TimedOut"])
      assert.strictEqual(exitCodeOfRun(ended.standing), 124)
    }
  })

  it("all that was done in time has succeeded, however late that is seen", () => {
    assert.deepStrictEqual(texts(reconcile(run(1, { timeoutSeconds: 1 }), [succeeded(0)], 1e9)), [
      "finish Succeeded AllSucceeded"
    ])
  })
})

describe("failures", () => {
  it("failFast: the first stops those at work and leaves out the rest", () => {
    const one = run(3, { failFast: true })
    assert.deepStrictEqual(texts(reconcile(one, [failed(0), running(1)], 0)), [
      "stop 1/1 Cancelled FailFast",
      "mark 2 Skipped FailFast"
    ])
    const ended = reconcile(one, [
      failed(0),
      failed(1, 1, { outcome: "Cancelled", reason: "FailFast" }),
      mark(2, "Skipped", "FailFast")
    ], 0)
    assert.deepStrictEqual(texts(ended), ["finish Failed FailFast"])
    assert.deepStrictEqual(ended.standing.tasks.map(({ outcome }) => outcome), ["Failed", "Cancelled", "Skipped"])
  })

  it("failFast heeds no failure that is to be tried again", () => {
    const one = run(2, { failFast: true, retry: 1 })
    assert.deepStrictEqual(texts(reconcile(one, [failed(0), running(1)], 0)), ["create 0/2"])
  })

  it("maxFailures: more of them start nothing, and those at work go on", () => {
    const one = run(4, { maxFailures: 1 })
    assert.deepStrictEqual(texts(reconcile(one, [failed(0), running(1)], 0)), ["create 2/1", "create 3/1"])
    assert.deepStrictEqual(texts(reconcile(one, [failed(0), failed(1), running(2)], 0)), [
      "mark 3 Skipped TooManyFailures"
    ])
    const children = [failed(0), failed(1), succeeded(2), mark(3, "Skipped", "TooManyFailures")]
    assert.deepStrictEqual(texts(reconcile(one, children, 0)), ["finish Failed TooManyFailures"])
  })

  it("those that are forgiven count no more", () => {
    const one = run(2, { failFast: true }, { superseded: new Map([[1, 1]]), forgiven: new Map([[0, 1]]) })
    const again = reconcile(one, [failed(0), failed(1)], 0)
    assert.deepStrictEqual(texts(again), ["create 1/2"])
    assert.deepStrictEqual(again.standing.tasks.map(({ outcome }) => outcome), ["Failed", null])
    assert.deepStrictEqual(texts(reconcile(one, [failed(0), failed(1), failed(1, 2)], 0)), [
      "finish Failed TasksFailed"
    ])
  })
})

describe("what is asked of a run", () => {
  it("cancelled: what runs is stopped, what waits is marked, then it is finished", () => {
    const one = run(3, { retry: 1 }, { cancel: true, suspend: true })
    assert.deepStrictEqual(texts(reconcile(one, [running(0), failed(1)], 0)), [
      "stop 0/1 Cancelled RunCancelled",
      "mark 1 Cancelled RunCancelled",
      "mark 2 Cancelled RunCancelled"
    ])
    const marks = [1, 2].map((index) => mark(index, "Cancelled", "RunCancelled"))
    const waiting = reconcile(one, [running(0), failed(1), ...marks], 0)
    assert.deepStrictEqual(texts(waiting), ["stop 0/1 Cancelled RunCancelled"])
    const stopped = failed(0, 1, { outcome: "Cancelled", reason: "RunCancelled" })
    const ended = reconcile(one, [stopped, failed(1), ...marks], 0)
    assert.deepStrictEqual(texts(ended), ["finish Failed Cancelled"])
    assert.deepStrictEqual(ended.standing.tasks.map(({ outcome }) => outcome), ["Cancelled", "Cancelled", "Cancelled"])
    assert.strictEqual(exitCodeOfRun(ended.standing), 1)
  })

  it("suspended: nothing starts, what runs goes on, and nothing is waited for", () => {
    const one = run(2, { timeoutSeconds: 60 }, { suspend: true })
    const before = reconcile(one, [], 1e9)
    assert.deepStrictEqual([texts(before), before.standing.phase], [[], "Pending"])
    const during = reconcile(one, [running(0)], 0)
    assert.deepStrictEqual([texts(during), statuses(during)["Progressing"]], [["wait 60000"], "True TasksRunning"])
    const after = reconcile(one, [succeeded(0)], 1e9)
    assert.deepStrictEqual([texts(after), after.standing.phase], [[], "Running"])
    assert.strictEqual(statuses(after)["Suspended"], "True SuspendRequested")
    assert.strictEqual(statuses(after)["Progressing"], "False Suspended")
    assert.strictEqual(exitCodeOfRun(after.standing), 0)
    assert.deepStrictEqual(texts(reconcile(one, [unready(0, 1, 0)], 0)), [])
  })

  it("suspended and out of time: what runs is stopped, what waits is left to its resumption", () => {
    const one = run(2, { timeoutSeconds: 60 }, { suspend: true })
    assert.deepStrictEqual(texts(reconcile(one, [running(0)], 60_000)), ["stop 0/1 TimedOut RunTimedOut"])
  })

  it("suspended, when all is done: it is finished", () => {
    assert.deepStrictEqual(texts(reconcile(run(1, {}, { suspend: true }), [succeeded(0)], 0)), [
      "finish Succeeded AllSucceeded"
    ])
  })

  it("waiting for its workspace: it is pending, and says for what", () => {
    const waitingFor = "WorkspaceConfig \"fast\" not found in namespace \"default\""
    const waiting = reconcile(run(2, { timeoutSeconds: 1 }, { waitingFor }), [], 1e9)
    assert.deepStrictEqual([texts(waiting), waiting.standing.phase], [[], "Pending"])
    const ready = waiting.standing.conditions.find(({ type }) => type === "WorkspaceReady")
    assert.deepStrictEqual([ready?.status, ready?.message], ["False", waitingFor])
  })

  it("to be run again: earlier attempts count for nothing but the number", () => {
    const one = run(1, { retry: 1 }, { superseded: new Map([[0, 2]]) })
    const again = reconcile(one, [succeeded(0), failed(0, 2)], 0)
    assert.deepStrictEqual(texts(again), ["create 0/3"])
    assert.deepInclude(again.standing.tasks[0], { attempt: 2, phase: "Pending", outcome: null, startedAt: null })
    assert.deepStrictEqual(texts(reconcile(one, [failed(0, 2), failed(0, 3)], 0)), ["create 0/4"])
  })

  it("of an attempt that nobody sees any more the number is not given again", () => {
    assert.deepStrictEqual(texts(reconcile(run(1, {}, { superseded: new Map([[0, 7]]) }), [], 0)), ["create 0/8"])
  })
})

describe("children that cannot be", () => {
  it("those of unknown tasks are passed over", () => {
    const strangers = [running(-1), running(1), running(0.5), running(Number.NaN), running(0, -3), running(0, 1.5)]
    assert.deepStrictEqual(texts(reconcile(run(1), strangers, 0)), ["create 0/1"])
  })

  it("an attempt beside a newer one is stopped, and the run is not finished before", () => {
    const seen = reconcile(run(1), [running(0, 1), succeeded(0, 2)], 0)
    assert.deepStrictEqual(texts(seen), ["stop 0/1 Cancelled Superseded"])
    assert.strictEqual(seen.standing.phase, "Running")
  })

  it("a superseded attempt that still runs is stopped before the task is run again", () => {
    const one = run(1, {}, { superseded: new Map([[0, 1]]) })
    assert.deepStrictEqual(texts(reconcile(one, [running(0, 1)], 0)), ["stop 0/1 Cancelled Superseded"])
    assert.deepStrictEqual(texts(reconcile(one, [lost(0, 1)], 0)), ["create 0/2"])
  })

  it("of two observations of one attempt the one that tells more counts", () => {
    for (const children of [[running(0), succeeded(0)], [succeeded(0), running(0)]]) {
      assert.deepStrictEqual(texts(reconcile(run(1), children, 0)), ["finish Succeeded AllSucceeded"])
    }
  })

  it("a time that is none does not make their order count", () => {
    const observed = [null, Number.NaN, 10, 5].map((finishedAt) => ({
      ...succeeded(0),
      finishedAt,
      reason: `${finishedAt}`
    }))
    for (let turn = 0; turn < observed.length; turn++) {
      const children = [...observed.slice(turn), ...observed.slice(0, turn)]
      assert.strictEqual(reconcile(run(1), children, 0).standing.tasks[0]?.reason, "10")
    }
  })

  it("what went well stays so, marked or not", () => {
    const children = [succeeded(0), mark(0, "Cancelled", "RunCancelled")]
    assert.deepStrictEqual(texts(reconcile(run(1), children, 0)), ["finish Succeeded AllSucceeded"])
  })

  it("a limit below one lets one run", () => {
    for (const maxParallel of [0, -1, Number.NaN]) {
      assert.deepStrictEqual(texts(reconcile(run(3, { maxParallel }), [], 0)), ["create 0/1"])
    }
  })
})
