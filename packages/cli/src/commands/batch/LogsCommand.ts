import { Effect } from "effect"
import { command } from "../../parser/CommandDefinition.ts"
import { integerFlag, optionalArgument, requiredArgument, switchFlag } from "../../parser/Parameter.ts"

/** `slipway batch logs`. */
export const logsCommand = command({
  name: "logs",
  summary: "What the agents of a run have printed, byte by byte",
  examples: [
    { command: "slipway batch logs update-x7k2p 3", description: "Task 3: its newest attempt" },
    { command: "slipway batch logs update-x7k2p service-a --attempt 1", description: "The task of a repository" },
    { command: "slipway batch logs update-x7k2p -f", description: "All that run, line by line, until they end" },
    { command: "slipway batch logs update-x7k2p", description: "All tasks, one after the other" }
  ],
  parameters: {
    run: requiredArgument("RUN", "A run by name"),
    task: optionalArgument("TASK", "A task by number, name or repository; all when absent"),
    follow: switchFlag("--follow", "Go on with what comes, until it ends", { short: "-f" }),
    attempt: integerFlag("--attempt", "N", "Which attempt of the task; the newest when absent", { minimum: 1 }),
    tail: integerFlag("--tail", "N", "Begin with the last N lines of each task", { short: "-n", minimum: 0 })
  },
  run: (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./PerformLogs.ts")),
      ({ performLogs }) => performLogs(input)
    )
})
