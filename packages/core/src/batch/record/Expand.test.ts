import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { inlineFile, repository, updateDependencies } from "../../testing/UpdateDependenciesSample.ts"
import { TaskContext } from "../kinds/TaskContext.ts"
import { expand, taskContexts, taskName } from "./Expand.ts"

const Contexts = Schema.Array(TaskContext)

describe("expand", () => {
  it("gives the seed's tasks in the seed's order", () => {
    const names = expand(updateDependencies.spec).map(({ contexts }) =>
      contexts.map((context) => context.type === "File" ? context.file.name : context.repository.repo)
    )
    assert.deepStrictEqual(names, [
      ["task.md", "guide.md", "service-a", "config.json"],
      ["task.md", "guide.md", "service-b", "config.json", "credentials.json"],
      ["task.md", "guide.md", "service-c", "config.json"]
    ])
  })

  it.effect.prop(
    "Task[i] = commonContext + variableContexts[i], each context the batch's own object",
    { commonContext: Contexts, variableContexts: Schema.Array(Contexts) },
    (batch) =>
      Effect.sync(() => {
        const tasks = expand(batch)
        assert.strictEqual(tasks.length, batch.variableContexts.length)
        for (const [position, { contexts, index }] of tasks.entries()) {
          const wanted = [...batch.commonContext, ...batch.variableContexts[position] ?? []]
          assert.strictEqual(index, position)
          assert.strictEqual(contexts.length, wanted.length)
          assert.isTrue(contexts.every((context, at) => context === wanted[at]))
          assert.deepStrictEqual(taskContexts(batch, index), contexts)
        }
      })
  )

  it("expands 100,000 tasks that share their common contexts", () => {
    const commonContext = [inlineFile("task.md", "x".repeat(20_000)), inlineFile("guide.md", "y")]
    const variableContexts = Array.from({ length: 100_000 }, (_, index) => [repository(`service-${index}`)])
    const tasks = expand({ commonContext, variableContexts })
    assert.strictEqual(tasks.length, 100_000)
    assert.isTrue(tasks.every(({ contexts }) => contexts[0] === commonContext[0] && contexts[1] === commonContext[1]))
    assert.strictEqual(tasks[99_999]?.contexts[2], variableContexts[99_999]?.[0])
  })

  it("has no contexts for a task that is none", () => {
    assert.deepStrictEqual(taskContexts(updateDependencies.spec, 3), [])
    assert.deepStrictEqual(taskContexts(updateDependencies.spec, -1), [])
  })
})

describe("taskName", () => {
  it("is the run's with the task's number, which no two have", () => {
    const run = { kind: "BatchRun", name: "update-dependencies-run-001" } as const
    assert.strictEqual(taskName(run, 0), "update-dependencies-run-001-task-0")
    assert.strictEqual(new Set(Array.from({ length: 1000 }, (_, index) => taskName(run, index))).size, 1000)
  })

  it("is the run's own for a Task", () =>
    assert.strictEqual(taskName({ kind: "Task", name: "update-service-a" }, 0), "update-service-a"))
})
