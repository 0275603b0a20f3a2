import { assert, it } from "vitest"
import { runExample } from "./RunExample.ts"

it("batch tells of its tasks, their end, and what an agent said", () => {
  assert.deepStrictEqual(runExample("batch"), [
    "licence-task-0: Succeeded",
    "licence-task-1: Succeeded",
    "2 of 2 went well, exit code 0",
    "service-b says: copied"
  ])
})
