import { assert, describe, it } from "@effect/vitest"
import type { BatchEvent } from "@slipway/core"
import * as Samples from "../testing/BatchSamples.ts"
import { liveText } from "./BatchLive.ts"
import { advanceRun, noRun, type RunView } from "./BatchRunView.ts"
import { batchEndText, batchStatusText } from "./BatchText.ts"
import { passingLines, takenRows } from "./PassingLines.ts"
import { colourStyle, plainStyle } from "./Style.ts"
import { displayWidth } from "./Table.ts"

const at = "2026-11-21T05:00:00.000Z"
const telling = {
  style: plainStyle,
  repositories: (index: number) => `service-${index}`,
  tellsStarts: false,
  mayRunAgain: false
}

const after = (events: ReadonlyArray<BatchEvent>): { readonly view: RunView; readonly told: ReadonlyArray<string> } =>
  events.reduce<{ readonly view: RunView; readonly told: ReadonlyArray<string> }>(({ told, view }, event) => {
    const [next, news] = advanceRun(view, event, telling)
    return { view: next, told: [...told, ...news] }
  }, { view: noRun, told: [] })

const started = (index: number): BatchEvent => ({
  _tag: "AttemptStarted",
  at,
  task: `update-x7k2p-task-${index}`,
  index,
  attempt: 1
})

const skipped = (index: number): BatchEvent => ({
  _tag: "TaskMarked",
  at,
  task: `update-x7k2p-task-${index}`,
  index,
  outcome: "Skipped",
  reason: "MaxFailures"
})

describe("a run's view", () => {
  it("holds the tasks that run", () => {
    const { view } = after([
      Samples.runStarted,
      started(0),
      started(1),
      ...Samples.attempt(0, Samples.failure).slice(1)
    ])
    assert.deepStrictEqual(view.running.map(({ index }) => index), [1])
  })

  it("tells tasks that were marked together, in one line", () => {
    const { told } = after([
      Samples.runStarted,
      ...Array.from({ length: 96 }, (_, index) => skipped(index)),
      { _tag: "Progress", at, progress: { total: 100, pending: 0, running: 0, completed: 0, failed: 100 } }
    ])
    assert.deepStrictEqual(told.slice(2), ["– 96 tasks skipped (MaxFailures)"])
  })

  it("shows nothing of a terminal's orders in what agents say", () => {
    const result = Samples.result("Succeeded", { summary: "done\u001b[2J\nand more" })
    assert.include(after([Samples.runStarted, ...Samples.attempt(0, result)]).told.at(-1), "done\uFFFD[2J")
    const failed = Samples.result("Failed", { reason: "RepositoryUnavailable", message: "no\u0007", failure: "setup" })
    assert.include(after([...Samples.attempt(0, failed)]).told.at(-1), "RepositoryUnavailable: no\uFFFD")
  })
})

describe("what is told of an attempt", () => {
  const unreadable = Samples.result("Succeeded", {
    reason: "ResultUnreadable",
    message: "result.json is no JSON",
    summary: null
  })
  const stream = { style: plainStyle, isTerminal: false, columns: 120 }

  it("says that its result cannot be taken, also when all went well", () => {
    assert.include(after(Samples.attempt(0, unreadable)).told.at(-1), "ResultUnreadable: result.json is no JSON")
    const ended = batchEndText(Samples.report([Samples.task(0, unreadable)]), stream)
    assert.match(ended, /✓ Succeeded .*ResultUnreadable: result\.json is no JSON/u)
  })

  it("says what else is not as it should be", () => {
    const note = Samples.result("Succeeded", { message: "its log is not whole: the disk is full" })
    assert.match(
      batchEndText(Samples.report([Samples.task(0, note)]), stream),
      /✓ Succeeded .* its log is not whole: the disk is full/u
    )
  })

  it("names the attempt whose log is meant where there may be several", () => {
    const finished = (attempt: number, mayRunAgain: boolean) => {
      const [, , event] = Samples.attempt(2, Samples.failure)
      if (event?._tag !== "AttemptFinished") return ""
      return advanceRun({ ...noRun, run: "fix" }, { ...event, attempt }, { ...telling, mayRunAgain })[1].join()
    }
    assert.match(finished(1, false), /log: slipway batch logs fix 2$/u)
    assert.match(finished(1, true), /log: slipway batch logs fix 2 --attempt 1$/u)
    assert.match(finished(2, false), /log: slipway batch logs fix 2 --attempt 2$/u)
  })

  it("says of a run that nobody works on that its tasks were interrupted", () => {
    const begun = Samples.task(1, null)
    const tasks = [
      Samples.task(0, Samples.result("Succeeded")),
      { ...begun, standing: { ...begun.standing, phase: "Running" as const, attempt: 1 } },
      Samples.task(2, null)
    ]
    const status = (state: "interrupted" | "running") =>
      batchStatusText(Samples.report(tasks, state), Date.parse(at), stream)
    assert.include(status("interrupted"), "update-x7k2p interrupted: 1 of 3 tasks well, 1 interrupted, 1 to do")
    assert.include(status("interrupted"), "Interrupted")
    assert.notInclude(status("interrupted"), "Running")
    assert.include(status("running"), "1 running, 1 to do")
  })
})

describe("the live table", () => {
  const view = after([Samples.runStarted, ...Array.from({ length: 30 }, (_, index) => started(index))]).view
  const draw = (columns: number, rows: number, style = plainStyle) =>
    liveText(view, telling.repositories, { columns, rows }, Date.parse(at) + 63_000, style).split("\n")

  it("says how far the run is", () => {
    const [head = "", heading = "", first = ""] = draw(100, 40)
    assert.include(head, "0/3 done, 30 running · update-x7k2p 1:03")
    assert.match(heading, /TASK +REPOSITORY +PHASE +ATTEMPT +TIME/u)
    assert.match(first, /update-x7k2p-task-0 +service-0 +preparing +1 +1:03/u)
  })

  it.each([[80, 24], [40, 10], [100, 5], [100, 4], [100, 2], [20, 1]])(
    "fits on %i columns and %i rows",
    (columns, rows) => {
      const drawn = passingLines(draw(columns, rows, colourStyle).join("\n"), { columns, rows })
      assert.isAtMost(drawn.length, Math.max(1, rows - 1))
      for (const line of drawn) assert.isBelow(displayWidth(line), columns)
      assert.strictEqual(takenRows(drawn, columns), drawn.length - 1)
    }
  )

  it("says how many tasks it leaves out", () => {
    assert.include(draw(100, 10).at(-1), "… and 24 more")
  })

  it("is erased as far as it wraps when the terminal has become narrow", () => {
    assert.strictEqual(takenRows(["a".repeat(70), "b"], 40), 2)
    assert.strictEqual(takenRows([], 40), 0)
  })
})
