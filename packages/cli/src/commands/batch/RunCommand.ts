import { Effect } from "effect"
import { command } from "../../parser/CommandDefinition.ts"
import { dryRunFlag } from "../SharedFlags.ts"
import { eventsFlag, requestParameters } from "./RequestFlags.ts"

/** `slipway batch run`. */
export const runCommand = command({
  name: "run",
  summary: "Run a batch on this machine; exit code 1 when a task fails, 124 when one runs out of time",
  examples: [
    { command: "slipway batch run -f update.yaml", description: "All its tasks, four at once" },
    { command: "slipway batch run -f update.yaml --from-dir values/", description: "With ConfigMaps and Secrets" },
    { command: "slipway batch run -f update.yaml --publish branch", description: "Push a branch for each change" },
    { command: "slipway batch run -f update.yaml --command claude", description: "With another agent" },
    { command: "slipway batch run -f update.yaml -- ./agent.sh --fast", description: "With a program of your own" },
    { command: "slipway batch run -f update.yaml --events jsonl", description: "A line of JSON for all that happens" }
  ],
  parameters: { ...requestParameters, events: eventsFlag, dryRun: dryRunFlag },
  run: (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./PerformRun.ts")),
      ({ performPlan, performRun }) => input.dryRun ? performPlan("batch-run", input) : performRun("batch-run", input)
    )
})
