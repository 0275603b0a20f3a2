import { assert, describe, it } from "@effect/vitest"
import type { Doctor, DoctorReport } from "@slipway/core"
import { Effect } from "effect"
import { dataOf } from "../testing/Envelopes.ts"
import { type FakeServices, runCommandLine } from "../testing/RunCommandLine.ts"

describe("doctor", () => {
  const report: DoctorReport = {
    fixed: false,
    findings: [
      { kind: "missing-tool", subject: "docker compose", evidence: "not found", action: null, hint: "install it" }
    ],
    steps: [],
    failures: []
  }
  const doctor = (run: Doctor["Service"]["run"]): FakeServices => ({ doctor: { run } })

  it.effect("fixes only when told to, and not in a dry run", () =>
    Effect.gen(function*() {
      const asked: Array<boolean> = []
      const services = doctor(({ fix }) => Effect.sync(() => (asked.push(fix), report)))
      yield* runCommandLine(["doctor"], { services })
      yield* runCommandLine(["doctor", "--fix"], { services })
      yield* runCommandLine(["doctor", "--fix", "--dry-run"], { services })
      assert.deepStrictEqual(asked, [false, true, false])
    }))

  it.effect("shows findings with their hints, and fails when a step failed", () =>
    Effect.gen(function*() {
      const services = doctor(({ fix }) =>
        Effect.succeed(fix ? { ...report, fixed: true, failures: [{ step: "clear", message: "busy" }] } : report)
      )
      const found = yield* runCommandLine(["doctor"], { services })
      assert.include(found.stdout, "docker compose: not found")
      assert.include(found.stdout, "↳ install it")
      const failed = yield* runCommandLine(["doctor", "--fix", "--json"], { services })
      assert.strictEqual(failed.exitCode, 1)
      assert.deepStrictEqual(dataOf(failed, "doctor")["failures"], [{ step: "clear", message: "busy" }])
    }))

  it.effect("says when all is well", () =>
    Effect.gen(function*() {
      const services = doctor(() => Effect.succeed({ ...report, findings: [] }))
      assert.include((yield* runCommandLine(["doctor"], { services })).stdout, "✓")
    }))
})
