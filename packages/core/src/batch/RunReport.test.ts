import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import {
  inlineFile,
  repository,
  runInput,
  updateDependencies,
  updateDependenciesResources
} from "../testing/UpdateDependenciesSample.ts"
import { batchRunStatus } from "./BatchRunStatus.ts"
import { contextsHash } from "./plan/ContextsHash.ts"
import { makeRun } from "./plan/MakeSnapshot.ts"
import { taskContexts } from "./record/Expand.ts"
import { foldRun } from "./record/FoldRun.ts"
import type { AttemptResult } from "./record/RunEvent.ts"
import type { RunSnapshot } from "./record/RunSnapshot.ts"
import type { RunCondition, RunHistory, RunStanding, TaskStanding } from "./record/RunState.ts"
import { runReport } from "./RunReport.ts"

const { snapshot } = Result.getOrThrow(makeRun(runInput(updateDependenciesResources)))
const at = (minute: number): number => 1_737_194_400_000 + minute * 60_000
const waiting: Omit<TaskStanding, "index"> = {
  phase: "Pending",
  outcome: null,
  reason: null,
  attempt: 0,
  startedAt: null,
  finishedAt: null
}

const succeeded: AttemptResult = {
  outcome: "Succeeded",
  reason: null,
  message: null,
  failure: null,
  transient: false,
  exitCode: 0,
  summary: "3 dependencies updated",
  repositories: []
}

const progressing: RunCondition = { type: "Progressing", status: "True", reason: "TasksRunning", message: "" }

const standing: RunStanding = {
  phase: "Running",
  progress: { total: 3, pending: 1, running: 1, completed: 1, failed: 0 },
  tasks: [
    {
      index: 0,
      phase: "Succeeded",
      outcome: "Succeeded",
      reason: null,
      attempt: 1,
      startedAt: at(1),
      finishedAt: at(5)
    },
    { ...waiting, index: 1, phase: "Running", attempt: 2, startedAt: at(2) },
    { ...waiting, index: 2 }
  ],
  conditions: [progressing]
}

const time = (minute: number): string => `2025-01-18T10:0${minute}:00.000Z`
const failed: AttemptResult = { ...succeeded, outcome: "Failed", reason: "ExitCode", failure: "agent", summary: null }

const history: RunHistory = foldRun(snapshot, [
  { _tag: "SessionStarted", at: time(0), process: { pid: 1, startedAt: "1" }, reason: "run" },
  { _tag: "AttemptCreated", at: time(1), index: 0, attempt: 1 },
  { _tag: "AttemptCreated", at: time(1), index: 1, attempt: 1 },
  { _tag: "AttemptFinished", at: time(2), index: 1, attempt: 1, result: failed },
  { _tag: "AttemptCreated", at: time(2), index: 1, attempt: 2 },
  { _tag: "AttemptFinished", at: time(5), index: 0, attempt: 1, result: succeeded }
])

const report = (changes: Partial<RunHistory> = {}, isHeld = true, of: RunSnapshot = snapshot, how = standing) =>
  runReport({
    stored: { snapshot: of },
    history: { ...history, ...changes },
    standing: how,
    isHeld,
    folder: (name, index, attempt) => `/runs/${name}/tasks/${index}/attempt-${attempt}`
  })

describe("runReport", () => {
  it("tells of each task: repositories, hash of all contexts, newest result and folder", () => {
    const { completionTime, startTime, state, tasks } = report()
    assert.deepStrictEqual({ completionTime, startTime, state }, {
      completionTime: null,
      startTime: "2025-01-18T10:00:00.000Z",
      state: "running"
    })
    assert.deepStrictEqual(
      tasks.map(({ contexts, folder, name, result }) => [name, contexts, result?.outcome, folder]),
      [
        [
          "update-dependencies-run-001-task-0",
          [repository("service-a")],
          "Succeeded",
          "/runs/update-dependencies-run-001/tasks/0/attempt-1"
        ],
        [
          "update-dependencies-run-001-task-1",
          [repository("service-b")],
          "Failed",
          "/runs/update-dependencies-run-001/tasks/1/attempt-2"
        ],
        ["update-dependencies-run-001-task-2", [repository("service-c", { branch: "develop" })], undefined, null]
      ]
    )
    for (const task of tasks) assert.strictEqual(task.contextsHash, contextsHash(taskContexts(snapshot, task.index)))
  })

  it("tells whether it is worked on", () => {
    const finished = { phase: "Succeeded", reason: "Done", at: at(15) } as const
    const desired = { ...history.desired, suspend: true }
    assert.strictEqual(report({}, false).state, "interrupted")
    assert.strictEqual(report({ desired }, false).state, "suspended")
    assert.strictEqual(report({ desired }, true).state, "running")
    assert.deepInclude(report({ finished, desired }, true), {
      state: "finished",
      completionTime: "2025-01-18T10:15:00.000Z"
    })
  })

  it("tells its warnings by a condition", () => {
    const warned = { ...snapshot, warnings: ["a is given twice", "b is given twice"] }
    const message = "a is given twice; b is given twice"
    const ready = { type: "ContextsReady", status: "True", reason: "ReadyWithWarnings", message } as const
    const conditions = (...before: ReadonlyArray<RunCondition>) =>
      report({}, true, warned, { ...standing, conditions: before }).standing.conditions
    assert.deepStrictEqual(report().standing.conditions, [progressing])
    assert.deepStrictEqual(conditions(progressing), [progressing, ready])
    assert.deepStrictEqual(conditions({ ...ready, reason: "Ready", message: "" }, progressing), [ready, progressing])
    const missing = { ...ready, status: "False", reason: "Missing", message: "no key" } as const
    assert.deepStrictEqual(conditions(missing), [{ ...missing, message: `no key; ${message}` }])
  })

  it("reports a thousand tasks that share a guide", () => {
    const large = {
      ...snapshot,
      commonContext: [inlineFile("guide.md", "x".repeat(20 * 1024))],
      variableContexts: Array.from({ length: 1000 }, (_, index) => [repository(`service-${index}`)])
    }
    const tasks = large.variableContexts.map((_, index) => ({ ...waiting, index }))
    const { tasks: reports } = report({}, true, large, { ...standing, tasks })
    assert.strictEqual(new Set(reports.map((task) => task.contextsHash)).size, 1000)
    assert.strictEqual(reports[999]?.contextsHash, contextsHash(taskContexts(large, 999)))
    assert.isBelow(JSON.stringify(batchRunStatus(report({}, true, large, { ...standing, tasks }))).length, 1024 * 1024)
  })
})

describe("batchRunStatus", () => {
  it("has the seed's fields in the seed's order, and no others that are empty", () => {
    const status = batchRunStatus(report())
    const hash = (index: number) => contextsHash(taskContexts(snapshot, index))
    const repositoryOf = (index: number) => [updateDependencies.spec.variableContexts[index]?.[0]]
    assert.strictEqual(
      JSON.stringify(status, null, 1),
      JSON.stringify(
        {
          phase: "Running",
          startTime: "2025-01-18T10:00:00Z",
          progress: { total: 3, pending: 1, running: 1, completed: 1, failed: 0 },
          tasks: [
            {
              contexts: repositoryOf(0),
              status: "Succeeded",
              jobName: "update-dependencies-run-001-task-0",
              startTime: "2025-01-18T10:01:00Z",
              completionTime: "2025-01-18T10:05:00Z",
              index: 0,
              outcome: "Succeeded",
              attempt: 1,
              summary: "3 dependencies updated",
              contextsHash: hash(0)
            },
            {
              contexts: repositoryOf(1),
              status: "Running",
              jobName: "update-dependencies-run-001-task-1",
              startTime: "2025-01-18T10:02:00Z",
              index: 1,
              attempt: 2,
              contextsHash: hash(1)
            },
            {
              contexts: repositoryOf(2),
              status: "Pending",
              jobName: "update-dependencies-run-001-task-2",
              index: 2,
              contextsHash: hash(2)
            }
          ],
          conditions: [progressing]
        },
        null,
        1
      )
    )
  })
})
