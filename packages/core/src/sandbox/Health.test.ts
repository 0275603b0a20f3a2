import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import type { Container } from "./Containers.ts"
import { decideHealth, firstHealthWait, type HealthObservation, healthWait } from "./Health.ts"

const container = (changes: Partial<Container> = {}): Container => ({
  id: "1",
  name: "shop-slot-1-api-1",
  service: "api",
  project: "shop-slot-1",
  image: "api",
  state: "running",
  health: null,
  exitCode: null,
  ports: [],
  labels: {},
  ...changes
})

const answered = (status: number) => ({ _tag: "Answered", status } as const)
const unanswered = { _tag: "Unanswered", reason: "connection refused" } as const

const decide = (changes: Partial<HealthObservation>) =>
  decideHealth({ elapsed: 100, timeout: 60_000, answer: unanswered, containers: [container()], ...changes })

const verdict = (changes: Partial<HealthObservation>): string => {
  const decision = decide(changes)
  return decision._tag === "Wait" ? "wait" : decision.verdict
}

describe("the health policy", () => {
  it("is ready with any success, and with nothing else", () => {
    for (const status of [200, 204, 299]) assert.strictEqual(verdict({ answer: answered(status) }), "ready")
    for (const status of [100, 199, 300, 302, 404, 500, 503]) {
      assert.strictEqual(verdict({ answer: answered(status) }), "wait", String(status))
    }
    assert.strictEqual(verdict({}), "wait")
  })

  it("fails at once when a container has ended with an error, whatever the endpoint says", () => {
    const crashed = container({ service: "worker", state: "exited", exitCode: 137 })
    for (const answer of [answered(200), unanswered, null]) {
      const decision = decide({ answer, containers: [container(), crashed] })
      assert.deepStrictEqual(decision, {
        _tag: "Decided",
        verdict: "failed",
        detail: "worker has ended with exit code 137",
        culprit: crashed
      })
    }
    assert.strictEqual(verdict({ containers: [container({ state: "dead" })] }), "failed")
  })

  it("lets a container end that has done its work", () => {
    const done = container({ service: "migrate", state: "exited", exitCode: 0 })
    assert.strictEqual(verdict({ containers: [container(), done] }), "wait")
    assert.strictEqual(verdict({ containers: [container(), done], answer: answered(200) }), "ready")
    assert.strictEqual(verdict({ containers: [done] }), "failed")
    assert.strictEqual(verdict({ containers: [done], answer: null }), "unchecked")
    assert.strictEqual(verdict({ containers: [container({ state: "exited", exitCode: null })] }), "failed")
  })

  it("asks the containers' own health checks when there is no endpoint", () => {
    const healthy = container({ health: "healthy" })
    const starting = container({ service: "db", health: "starting" })
    assert.strictEqual(verdict({ answer: null }), "unchecked")
    assert.strictEqual(verdict({ answer: null, containers: [] }), "unchecked")
    assert.strictEqual(verdict({ answer: null, containers: [healthy, container()] }), "ready")
    assert.strictEqual(verdict({ answer: null, containers: [healthy, starting] }), "wait")
    assert.strictEqual(verdict({ answer: null, containers: [healthy, container({ state: "created" })] }), "wait")
    assert.strictEqual(verdict({ answer: null, containers: [container({ state: "restarting" })] }), "wait")
    const late = decide({ answer: null, containers: [healthy, starting], elapsed: 60_000 })
    assert.deepInclude(late, { verdict: "degraded", detail: "db is starting after 60 s" })
  })

  it("is degraded when it is late but runs, and failed when nothing runs", () => {
    const late = { elapsed: 60_000 }
    assert.deepInclude(decide({ ...late, answer: answered(503) }), {
      verdict: "degraded",
      detail: "the health endpoint still answers 503 after 60 s"
    })
    assert.deepInclude(decide(late), {
      verdict: "degraded",
      detail: "the health endpoint does not answer after 60 s: connection refused"
    })
    assert.strictEqual(verdict({ ...late, containers: [container({ state: "restarting" })] }), "failed")
    assert.strictEqual(verdict({ ...late, containers: [] }), "failed")
    assert.strictEqual(verdict({ ...late, containers: null }), "degraded")
    assert.strictEqual(verdict({ ...late, answer: answered(200) }), "ready")
  })

  it("looks often at first and every two seconds in the end, but never past the time limit", () => {
    assert.deepStrictEqual([0, 100, 1000, 1100, 5000, 20_000, 100_000].map(healthWait), [
      100,
      100,
      100,
      110,
      500,
      2000,
      2000
    ])
    assert.deepStrictEqual(decide({ elapsed: 30_000, timeout: 30_500 }), { _tag: "Wait", ms: 500 })
  })

  it.effect.prop(
    "never waits longer than the service needs by more than 100 ms or a tenth",
    { readyAt: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 59_000 })) },
    ({ readyAt }) =>
      Effect.sync(() => {
        let elapsed = firstHealthWait
        for (;;) {
          const decision = decide({ elapsed, answer: elapsed >= readyAt ? answered(200) : unanswered })
          if (decision._tag === "Decided") break
          assert.isAbove(decision.ms, 0)
          elapsed += decision.ms
        }
        assert.isAtMost(elapsed - readyAt, Math.max(100, readyAt / 10))
      })
  )
})
