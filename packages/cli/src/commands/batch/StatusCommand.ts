import { Effect } from "effect"
import { command } from "../../parser/CommandDefinition.ts"
import { optionalArgument, switchFlag, textsFlag } from "../../parser/Parameter.ts"

/** `slipway batch status`. */
export const statusCommand = command({
  name: "status",
  summary: "How a run stands, with each of its tasks",
  examples: [
    { command: "slipway batch status", description: "The newest run" },
    { command: "slipway batch status update-x7k2p", description: "A run by name" },
    { command: "slipway batch status -f update.yaml", description: "The run of a file" },
    { command: "slipway batch status update-x7k2p --yaml", description: "As a cluster would show it" }
  ],
  parameters: {
    run: optionalArgument("RUN", "A run by name; the newest when absent"),
    files: textsFlag("--file", "FILE", "The run of the BatchRun, Batch or Task in a file; repeatable", {
      short: "-f"
    }),
    yaml: switchFlag("--yaml", "Print the resource with its status, as YAML")
  },
  run: (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./PerformStatus.ts")),
      ({ performStatus }) => performStatus(input)
    )
})
