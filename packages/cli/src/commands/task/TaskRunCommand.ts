import { Effect } from "effect"
import { command } from "../../parser/CommandDefinition.ts"
import { eventsFlag, requestParameters } from "../batch/RequestFlags.ts"
import { dryRunFlag } from "../SharedFlags.ts"

/** `slipway task run`. */
export const taskRunCommand = command({
  name: "run",
  summary: "Run a Task on this machine; `slipway batch` shows, resumes and retries it as any run",
  examples: [
    { command: "slipway task run -f update-service-a.yaml", description: "The Task of a file" },
    { command: "slipway task run -f tasks/ update-service-a", description: "One of several in a folder" },
    { command: "slipway task run -f update-service-a.yaml --dry-run", description: "What would run" }
  ],
  parameters: { ...requestParameters, events: eventsFlag, dryRun: dryRunFlag },
  run: (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../batch/PerformRun.ts")),
      ({ performPlan, performRun }) => input.dryRun ? performPlan("task-run", input) : performRun("task-run", input)
    )
})
