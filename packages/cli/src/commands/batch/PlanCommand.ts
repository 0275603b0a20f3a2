import { Effect } from "effect"
import { command } from "../../parser/CommandDefinition.ts"
import { requestParameters } from "./RequestFlags.ts"

/** `slipway batch plan`. */
export const planCommand = command({
  name: "plan",
  summary: "Show what would run, and start nothing; exit code 2 when the files are wrong",
  examples: [
    { command: "slipway batch plan -f update.yaml", description: "The tasks, with their repositories and files" },
    { command: "slipway batch plan -f batches/ update-deps", description: "One of several in a folder" },
    { command: "slipway batch plan -f - --json < update.yaml", description: "From standard input, for a program" }
  ],
  parameters: requestParameters,
  run: (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./PerformRun.ts")),
      ({ performPlan }) => performPlan("batch-plan", input)
    )
})
