import { assert, describe, it } from "@effect/vitest"
import type { JournalEvent, Note } from "@slipway/core"
import { advance, type NarratedLine, noProgress, type Progress, statusLine } from "./Progress.ts"
import { plainStyle } from "./Style.ts"

const at = "2026-11-21T05:00:00.000Z"
const started = (step: string, title: string): JournalEvent => ({ _tag: "StepStarted", at, step, title })
const succeeded = (step: string): JournalEvent => ({ _tag: "StepSucceeded", at, step, ms: 12 })

const told = (...events: ReadonlyArray<JournalEvent | Note>): readonly [Progress, ReadonlyArray<NarratedLine>] =>
  events.reduce<readonly [Progress, ReadonlyArray<NarratedLine>]>(([progress, lines], event, index) => {
    const [next, news] = advance(progress, event, index * 1000, plainStyle)
    return [next, [...lines, ...news]]
  }, [noProgress, []])

describe("Progress", () => {
  it("lists a step with its title and time once it has ended", () => {
    const [progress, lines] = told(started("claim-slot", "claim a slot"), succeeded("claim-slot"))
    assert.deepStrictEqual(lines, [{ kind: "step", text: "✓ claim a slot (12 ms)" }])
    assert.deepStrictEqual(progress.running, [])
  })

  it("shows all steps that run, with the time of the oldest", () => {
    const [progress] = told(started("fetch", "fetch main"), started("claim-slot", "claim a slot"))
    assert.include(
      statusLine(progress, { text: "making auth/M1", since: 0 }, 2500),
      "fetch main, claim a slot 2.5 s"
    )
  })

  it("shows what the command is at while no step runs", () => {
    assert.include(statusLine(noProgress, { text: "making auth/M1", since: 100 }, 900), "making auth/M1 800 ms")
  })

  it("says when it undoes, and what", () => {
    const [progress, lines] = told(
      started("claim-slot", "claim a slot"),
      succeeded("claim-slot"),
      started("up", "start containers"),
      { _tag: "StepFailed", at, step: "up", ms: 3000, message: "no" },
      { _tag: "StepUndone", at, step: "claim-slot", ms: 4 }
    )
    assert.deepStrictEqual(lines.map(({ text }) => text), [
      "✓ claim a slot (12 ms)",
      "✗ start containers (3.0 s)",
      "↶ undone: claim a slot (4 ms)"
    ])
    assert.include(statusLine(progress, { text: "", since: 0 }, 1), "undoing what was begun")
  })

  it("tells notes by their weight", () => {
    const note = (level: Note["level"], text: string): Note => ({ _tag: "Note", level, text })
    assert.deepStrictEqual(told(note("warning", "offline"), note("info", "slot 3"), note("detail", "pulling"))[1], [
      { kind: "note", text: "! offline" },
      { kind: "note", text: "  slot 3" },
      { kind: "detail", text: "  pulling" }
    ])
  })
})
