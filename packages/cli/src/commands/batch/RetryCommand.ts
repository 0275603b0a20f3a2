import { Effect } from "effect"
import { command } from "../../parser/CommandDefinition.ts"
import { requiredArgument, switchFlag, wordsArgument } from "../../parser/Parameter.ts"
import { dryRunFlag } from "../SharedFlags.ts"
import { eventsFlag } from "./RequestFlags.ts"

/** `slipway batch retry`. */
export const retryCommand = command({
  name: "retry",
  summary: "Run tasks of a finished run again; earlier attempts are kept",
  examples: [
    { command: "slipway batch retry update-x7k2p", description: "Those that did not go well" },
    { command: "slipway batch retry update-x7k2p 3 service-a", description: "Some: by number, name or repository" },
    { command: "slipway batch retry update-x7k2p --all --dry-run", description: "What all of them would be" }
  ],
  parameters: {
    run: requiredArgument("RUN", "A run by name"),
    tasks: wordsArgument("TASK", "Tasks by number, name or repository; those that did not go well when absent", false),
    failed: switchFlag("--failed", "Those that did not go well, as when nothing is said"),
    all: switchFlag("--all", "All tasks, also those that went well"),
    events: eventsFlag,
    dryRun: dryRunFlag
  },
  run: (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./PerformAgain.ts")),
      ({ performRetry }) => performRetry(input)
    )
})
