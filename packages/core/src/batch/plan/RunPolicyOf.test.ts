import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import type { BatchRunSpec } from "../kinds/Kinds.ts"
import { type PolicyInput, runPolicy } from "./RunPolicyOf.ts"

const policy = (spec: BatchRunSpec | null, request: PolicyInput["request"] = {}, maxParallel?: number) =>
  runPolicy({ spec, request, workspace: maxParallel === undefined ? null : { maxParallel }, total: 25 })

const faults = (...args: Parameters<typeof policy>) => Result.getOrThrow(Result.flip(policy(...args)))

describe("runPolicy", () => {
  it("has the defaults", () =>
    assert.deepStrictEqual(
      policy(null),
      Result.succeed({
        maxParallel: 4,
        maxFailures: null,
        failFast: false,
        timeoutSeconds: null,
        taskTimeoutSeconds: null,
        retry: 0,
        ttlSecondsAfterFinished: null
      })
    ))

  it("takes what the BatchRun says, and flags before it", () => {
    const spec = {
      maxParallel: 8,
      maxFailures: "10%",
      failFast: true,
      timeout: "1h",
      taskTimeout: 60,
      retry: 2,
      ttlSecondsAfterFinished: 0
    }
    const said = Result.getOrThrow(policy(spec))
    assert.deepStrictEqual(said, {
      maxParallel: 8,
      maxFailures: 2,
      failFast: true,
      timeoutSeconds: 3600,
      taskTimeoutSeconds: 60,
      retry: 2,
      ttlSecondsAfterFinished: 0
    })
    const flags = { maxParallel: 1, maxFailures: 0, failFast: false, timeout: "5m", taskTimeout: "90s", retry: 0 }
    assert.deepStrictEqual(Result.getOrThrow(policy(spec, flags)), {
      ...said,
      maxParallel: 1,
      maxFailures: 0,
      failFast: false,
      timeoutSeconds: 300,
      taskTimeoutSeconds: 90,
      retry: 0
    })
  })

  it.each([[undefined, 2, 2], [undefined, 100, 4], [50, 10, 10], [3, 10, 3]])(
    "maxParallel %s below the WorkspaceConfig's %d is %d",
    (asked, bound, parallel) => {
      const request = asked === undefined ? {} : { maxParallel: asked }
      assert.strictEqual(Result.getOrThrow(policy(null, request, bound)).maxParallel, parallel)
    }
  )

  it.each([["0%", 0], ["3%", 0], ["4%", 1], ["50%", 12], ["100%", 25], ["7", 7], [0, 0]])(
    "maxFailures %j of 25 tasks is %d",
    (maxFailures, borne) => assert.strictEqual(Result.getOrThrow(policy({ maxFailures })).maxFailures, borne)
  )

  it("tells of all that cannot be used, by flag or field", () =>
    assert.deepStrictEqual(
      faults({ maxFailures: "101%", retry: 11 }, { maxParallel: 0, timeout: "soon", taskTimeout: "0s" }),
      [
        { from: "flag", path: "--max-parallel", message: "must be a whole number from 1 to 1000, found 0" },
        {
          from: "spec",
          path: "spec.maxFailures",
          message: "must be a number of tasks, or a share from 0% to 100%, found \"101%\""
        },
        {
          from: "flag",
          path: "--timeout",
          message: "must be a time span above 0 such as 90s, 5m or 1h30m, found \"soon\""
        },
        {
          from: "flag",
          path: "--task-timeout",
          message: "must be a time span above 0 such as 90s, 5m or 1h30m, found \"0s\""
        },
        { from: "spec", path: "spec.retry", message: "must be a whole number from 0 to 10, found 11" }
      ]
    ))
})
