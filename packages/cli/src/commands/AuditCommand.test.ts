import { assert, describe, it } from "@effect/vitest"
import {
  type AuditEntry,
  type AuditReport,
  type AuditRequest,
  OperationAmbiguous,
  OperationMissing,
  TimeInvalid
} from "@slipway/core"
import { Effect } from "effect"
import { dataOf, errorOf } from "../testing/Envelopes.ts"
import { type FakeServices, here, runCommandLine } from "../testing/RunCommandLine.ts"

const succeeded: AuditEntry = {
  operation_id: "20261121T093000000Z-1f4k9x2p",
  type: "impl",
  subject: "auth/M1",
  status: "succeeded",
  started_at: "2026-11-21T09:30:00.000Z",
  duration_ms: 8234,
  process: { pid: 42 },
  details: { repository: "/code/shop", worktree: "/code/shop-impl-auth-M1" },
  steps: [
    { name: "claim-slot", title: "claim a slot", status: "completed", duration_ms: 45.2, message: null },
    { name: "add-worktree", title: "add the worktree", status: "completed", duration_ms: 120, message: null }
  ],
  unreadable_lines: 0
}
const dead: AuditEntry = {
  ...succeeded,
  operation_id: "20261121T100000000Z-abcdefgh",
  type: "unknown",
  subject: null,
  status: "dead",
  started_at: "2026-11-21T10:00:00.000Z",
  duration_ms: null,
  process: null,
  details: {},
  steps: [
    { name: "claim-slot", title: "claim a slot", status: "undone", duration_ms: 1, message: "two\nlines" },
    { name: "start", title: "start", status: "interrupted", duration_ms: null, message: null },
    { name: "check", title: "check health", status: "pending", duration_ms: null, message: null }
  ],
  unreadable_lines: 1
}
const report: AuditReport = { entries: [succeeded, dead], more: true, warnings: ["1 line cannot be read"] }

const recording = (answer: AuditReport = report) => {
  const asked: Array<AuditRequest> = []
  const services: FakeServices = {
    audit: { entries: (request) => Effect.sync(() => (asked.push(request), answer)) }
  }
  return { asked, services }
}

describe("audit", () => {
  it.effect("asks for the last twenty, for all since a time, or for what it is told", () =>
    Effect.gen(function*() {
      const { asked, services } = recording()
      for (
        const args of [
          [],
          ["--since", "2h"],
          ["--since", "2h", "-n", "3"],
          ["--feature", "auth", "--all", "--limit", "5"],
          ["--operation", "1f4k"]
        ]
      ) yield* runCommandLine(["audit", ...args], { services })
      assert.deepStrictEqual(asked, [
        { directory: here, all: false, limit: 20 },
        { directory: here, all: false, since: "2h" },
        { directory: here, all: false, since: "2h", limit: 3 },
        { directory: here, all: true, feature: "auth", limit: 5 },
        { directory: here, operation: "1f4k" }
      ])
    }))

  it.effect("is a table on a terminal, newest last, that says what is left out", () =>
    Effect.gen(function*() {
      const { services } = recording()
      const wide = yield* runCommandLine(["audit"], { services, isTerminal: true, columns: 120 })
      const lines = wide.stdout.split("\n")
      assert.match(lines[0] ?? "", /^STARTED +OPERATION +TYPE +SUBJECT +STATUS +DURATION +STEPS$/u)
      assert.match(lines[1] ?? "", /^2026-11-21T09:30:00Z +1f4k9x2p +impl +auth\/M1 +succeeded +8.2 s +2\/2$/u)
      assert.match(lines[2] ?? "", /^2026-11-21T10:00:00Z +abcdefgh +unknown +\? +dead +0\/3$/u)
      assert.include(lines[3] ?? "", "--limit N")
      assert.include(wide.stderr, "1 line cannot be read")
      const narrow = yield* runCommandLine(["audit"], { services, isTerminal: true, columns: 50 })
      assert.match(narrow.stdout.split("\n").at(-1) ?? "", /^hidden on 50 columns: .*started/u)
    }))

  it.effect("is tab-separated in a pipe, with whole ids", () =>
    Effect.gen(function*() {
      const { stdout } = yield* runCommandLine(["audit"], recording())
      const rows = stdout.split("\n").map((line) => line.split("\t"))
      assert.deepStrictEqual(rows.map((row) => row.length), [7, 7, 7])
      assert.deepStrictEqual(rows[1]?.slice(0, 2), [succeeded.started_at, succeeded.operation_id])
    }))

  it.effect("shows one operation step by step", () =>
    Effect.gen(function*() {
      const shown = (entry: AuditEntry) =>
        Effect.map(
          runCommandLine(["audit", "--operation", "1"], recording({ entries: [entry], more: false, warnings: [] })),
          ({ stdout }) => stdout.split("\n")
        )
      assert.deepStrictEqual(yield* shown(succeeded), [
        "impl auth/M1  succeeded  8.2 s",
        "  operation   20261121T093000000Z-1f4k9x2p",
        "  started     2026-11-21T09:30:00.000Z",
        "  process     42",
        "  repository  /code/shop",
        "  worktree    /code/shop-impl-auth-M1",
        "  ✓ claim-slot    completed   45 ms  claim a slot",
        "  ✓ add-worktree  completed  120 ms  add the worktree"
      ])
      assert.deepStrictEqual((yield* shown(dead)).slice(3), [
        "  ! claim-slot  undone       1 ms  claim a slot",
        "      two",
        "      lines",
        "  ! start       interrupted",
        "  · check       pending            check health"
      ])
    }))

  it.effect("gives programs the contract's names", () =>
    Effect.gen(function*() {
      const data = dataOf(yield* runCommandLine(["audit", "--json"], recording()), "audit")
      const operations: unknown = JSON.parse(JSON.stringify(data["operations"]))
      assert.nestedPropertyVal(operations, "[0].operation_id", succeeded.operation_id)
      assert.nestedPropertyVal(operations, "[0].type", "impl")
      assert.nestedPropertyVal(operations, "[0].steps[0].name", "claim-slot")
      assert.nestedPropertyVal(operations, "[0].steps[0].status", "completed")
      assert.nestedPropertyVal(operations, "[0].steps[0].duration_ms", 45.2)
      assert.notNestedProperty(operations, "[0].steps[0].message")
      assert.nestedPropertyVal(operations, "[1].steps[0].message", "two\nlines")
      assert.nestedPropertyVal(operations, "[1].duration_ms", null)
      assert.deepStrictEqual([data["more"], data["warnings"]], [true, report.warnings])
    }))

  it.effect("says when there is nothing, and where to look", () =>
    Effect.gen(function*() {
      const { services } = recording({ entries: [], more: false, warnings: [] })
      const none = yield* runCommandLine(["audit"], { services })
      assert.deepStrictEqual([none.exitCode, none.stdout], [0, ""])
      assert.include(none.stderr, "no operation is in the journal for this project: `slipway audit --all`")
      const unmatched = yield* runCommandLine(["audit", "--all", "--feature", "pay"], { services })
      assert.strictEqual(unmatched.stderr, "! no operation matches")
    }))

  it.effect("refuses what cannot be, with the exit code of its kind", () =>
    Effect.gen(function*() {
      const failing = (problem: TimeInvalid | OperationMissing | OperationAmbiguous): FakeServices => ({
        audit: { entries: () => Effect.fail(problem) }
      })
      for (
        const [args, services, exitCode, code] of [
          [["--operation", "a", "--all"], {}, 2, "usage-error"],
          [["--operation", "a", "--since", "2h"], {}, 2, "usage-error"],
          [["--limit", "0"], {}, 2, "usage-error"],
          [["--since", "x"], failing(new TimeInvalid({ time: "x" })), 2, "time-invalid"],
          [["--operation", "x"], failing(new OperationMissing({ operation: "x" })), 3, "operation-missing"],
          [["--operation", "x"], failing(new OperationAmbiguous({ operation: "x", matches: [] })), 5, "name-ambiguous"]
        ] as const
      ) {
        const refused = yield* runCommandLine(["audit", ...args, "--json"], { services })
        assert.deepStrictEqual([refused.exitCode, errorOf(refused).code], [exitCode, code])
      }
    }))
})
