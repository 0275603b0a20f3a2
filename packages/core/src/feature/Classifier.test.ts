import { assert, describe, it } from "@effect/vitest"
import {
  approved,
  sampleElsewhere,
  sampleHead,
  sampleView,
  submitted,
  taskAdded,
  waived
} from "../testing/FeatureModelSample.ts"
import { explainNext, isReleased, nextAction, phaseOf } from "./Classifier.ts"
import type { FeatureEvent } from "./FeatureEvent.ts"

const ready: ReadonlyArray<FeatureEvent> = [
  ...approved("spec"),
  ...approved("design"),
  ...approved("tasks"),
  ...approved("qa-plan")
]

const completed = (task: string, commit = sampleHead): FeatureEvent => ({
  _tag: "TaskCompleted",
  task,
  commits: [commit]
})

describe("the seed's example", () => {
  const next = nextAction(sampleView([
    ...ready,
    taskAdded("task-001"),
    taskAdded("task-002", "task-001"),
    taskAdded("task-003", "task-002"),
    { _tag: "CommentAdded", comment: "comment-001", kind: "blocker", text: "which library?", phase: "ready" },
    completed("task-001"),
    completed("task-002"),
    { _tag: "CommentResolved", comment: "comment-001", answer: "the one that we have" }
  ]))

  it("is answered word by word", () => {
    const { action, reason, task_id } = next
    assert.deepStrictEqual({ action, task_id, reason }, {
      action: "implement-task",
      task_id: "task-003",
      reason: "All blockers resolved, tasks available"
    })
  })

  it("says more beside: rule, phase, head, what to read, up to which event", () => {
    assert.strictEqual(next.rule, "task-available")
    assert.strictEqual(next.phase, "implementation")
    assert.strictEqual(next.feature, "user-auth")
    assert.strictEqual(next.head, sampleHead)
    assert.strictEqual(next.revision, 15)
    assert.deepStrictEqual(next.inputs.map(({ path }) => path), [
      ".ai/projects/user-auth/spec.md",
      ".ai/projects/user-auth/design.md",
      ".ai/projects/user-auth/tasks.md"
    ])
  })
})

describe("nextAction", () => {
  it("names who must decide, and who cannot", () => {
    const view = sampleView([submitted("spec")], {
      policy: { approvers: { ...sampleView([]).policy.approvers, spec: ["agent"] } }
    })
    const { actor, reason } = nextAction(view)
    assert.strictEqual(actor, "agent")
    assert.strictEqual(reason, "The spec waits for approval by an agent, but not agent:a, who wrote it")
  })

  it("asks for lost tasks in the order in which they can be done", () => {
    const view = sampleView([
      ...ready,
      taskAdded("task-001"),
      taskAdded("task-002"),
      { _tag: "TaskDependencyAdded", task: "task-001", dependsOn: "task-002" },
      completed("task-002", sampleElsewhere),
      completed("task-001", sampleElsewhere)
    ])
    assert.strictEqual(nextAction(view).task_id, "task-002")
  })

  it("asks to merge what was merged by hand, and not for new work", () => {
    const events = [...approved("spec"), ...waived("design", "tasks", "qa-plan", "audit")]
    const judged = [...approved("review"), ...approved("qa-results")]
    const world = { hasOwnCommits: false, mergeContainsHead: false }
    assert.strictEqual(nextAction(sampleView(events, { world })).rule, "nothing-committed")
    assert.strictEqual(nextAction(sampleView([...events, ...judged], { world })).action, "merge")
  })

  it("says done of an archived feature, whatever is left", () => {
    const view = sampleView([submitted("spec"), { _tag: "FeatureArchived", reason: "not now" }])
    assert.deepInclude(nextAction(view), { action: "done", rule: "archived", actor: "nobody", phase: "specified" })
    assert.isFalse(isReleased(view))
  })
})

describe("explainNext", () => {
  it("lists every rule in order, the phases' in the order of the phases", () => {
    const explained = explainNext(sampleView([]))
    assert.deepStrictEqual(explained.slice(0, 4).map(({ rule }) => rule), [
      "archived",
      "blocker-open",
      "question-open",
      "spec-to-write"
    ])
    assert.deepStrictEqual([...new Set(explained.flatMap(({ phase }) => phase === null ? [] : [phase]))], [
      "draft",
      "specified",
      "planned",
      "ready",
      "implementation",
      "review",
      "audit",
      "qa",
      "merge",
      "released"
    ])
    assert.strictEqual(phaseOf(sampleView([])), "draft")
  })
})
