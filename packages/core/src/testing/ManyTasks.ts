import type { Batch } from "../batch/kinds/Kinds.ts"
import { inlineFile } from "./UpdateDependenciesSample.ts"

/** A Batch of so many tasks without repositories, each with a file of its own. */
export const manyTasks = (count: number): Batch => ({
  apiVersion: "kubetask.io/v1alpha1",
  kind: "Batch",
  metadata: { name: "many" },
  spec: {
    commonContext: [inlineFile("task.md", "Count.\n")],
    variableContexts: Array.from({ length: count }, (_, index) => [inlineFile("number.txt", `${index}\n`)])
  }
})
