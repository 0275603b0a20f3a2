import { assert, describe, it } from "@effect/vitest"
import type { LifecyclePolicy } from "../project/LifecyclePolicy.ts"
import { type SampleEvent, sampleHead, sampleView, submitted, taskAdded } from "../testing/FeatureModelSample.ts"
import type { Actor } from "./Actor.ts"
import { approversOf, reasonAgainstApprover, whoApproves, whoDecides } from "./Approval.ts"

const a: Actor = { kind: "agent", id: "a" }
const b: Actor = { kind: "agent", id: "b" }
const x: Actor = { kind: "human", id: "x" }
const y: Actor = { kind: "human", id: "y" }

const { approvers } = sampleView([]).policy
const only = (kind: "agent" | "human"): Partial<LifecyclePolicy> => ({
  approvers: { ...approvers, spec: [kind], review: [kind] }
})

const by = (actor: Actor, ...events: ReadonlyArray<SampleEvent>): ReadonlyArray<SampleEvent> =>
  events.map((event) => ({ by: actor, event: "by" in event ? event.event : event }))

const allowed = (view: ReturnType<typeof sampleView>, artifact: "spec" | "review" | "audit") =>
  [a, b, x, y].filter((actor) => reasonAgainstApprover(view, artifact, actor) === null)

describe("who may approve", () => {
  it("is everyone but the agent that wrote it", () => {
    assert.deepStrictEqual(allowed(sampleView(by(a, submitted("spec"))), "spec"), [b, x, y])
  })

  it("is an agent of another id, whatever a human of that id wrote", () => {
    const view = sampleView(by({ kind: "human", id: "a" }, submitted("spec")))
    assert.deepStrictEqual(allowed(view, "spec"), [a, b, x, y])
  })

  it("is the human who wrote it too, unless the project forbids that", () => {
    const events = by(x, submitted("spec"))
    assert.deepStrictEqual(allowed(sampleView(events), "spec"), [a, b, x, y])
    assert.deepStrictEqual(allowed(sampleView(events, { policy: { selfApproval: false } }), "spec"), [a, b, y])
  })

  it("is who wrote it last that counts", () => {
    const again = { ...submitted("spec"), sha256: "2".repeat(64) }
    assert.deepStrictEqual(allowed(sampleView([...by(a, again), ...by(b, submitted("spec"))]), "spec"), [a, x, y])
  })

  it("is of the kinds that the project names", () => {
    const events = by(a, submitted("spec"))
    assert.deepStrictEqual(allowed(sampleView(events, { policy: only("human") }), "spec"), [x, y])
    assert.deepStrictEqual(allowed(sampleView(events, { policy: only("agent") }), "spec"), [b])
    assert.isNotNull(reasonAgainstApprover(sampleView(events), "spec", { kind: "system", id: "slipway" }))
  })

  const worked = [
    ...by(a, taskAdded("task-001"), { _tag: "TaskStarted", task: "task-001" }),
    ...by(b, { _tag: "TaskCompleted", task: "task-001", commits: [sampleHead] })
  ]

  it("is of a review no agent that worked on a task, whether it began or completed it", () => {
    const view = sampleView([...worked, ...by(x, submitted("review"), submitted("audit"))])
    assert.deepStrictEqual(allowed(view, "review"), [x, y])
    assert.deepStrictEqual(allowed(view, "audit"), [a, b, x, y])
  })

  it("tells why not, once for each", () => {
    const view = sampleView([...worked, ...by(a, submitted("review"))], { policy: only("agent") })
    assert.deepStrictEqual(approversOf(view, "review").except, [
      { actor: a, why: "wrote it" },
      { actor: b, why: "wrote the code" }
    ])
    assert.strictEqual(
      whoApproves(view, "review").words,
      "an agent, but not agent:a, who wrote it or agent:b, who wrote the code"
    )
    assert.strictEqual(reasonAgainstApprover(view, "review", b), "agent:b wrote the code")
    assert.strictEqual(reasonAgainstApprover(view, "review", x), "the project leaves that to an agent")
    assert.strictEqual(whoDecides(sampleView([]), "review"), "an agent or a human")
  })

  it("leaves out exceptions of kinds that could not approve anyway", () => {
    const view = sampleView([...worked, ...by(a, submitted("review"))], { policy: only("human") })
    assert.strictEqual(whoApproves(view, "review").words, "a human")
    assert.strictEqual(whoApproves(view, "review").actor, "human")
  })
})
