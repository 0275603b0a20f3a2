import { Effect } from "effect"
import { command } from "../../parser/CommandDefinition.ts"
import { requiredArgument } from "../../parser/Parameter.ts"
import { dryRunFlag } from "../SharedFlags.ts"
import { eventsFlag } from "./RequestFlags.ts"

/** `slipway batch resume`. */
export const resumeCommand = command({
  name: "resume",
  summary: "Go on with a run that was interrupted, killed or suspended; finished tasks are not repeated",
  examples: [
    { command: "slipway batch resume update-x7k2p", description: "Go on" },
    { command: "slipway batch resume update-x7k2p --dry-run", description: "What is left to do" }
  ],
  parameters: {
    run: requiredArgument("RUN", "A run by name"),
    events: eventsFlag,
    dryRun: dryRunFlag
  },
  run: (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./PerformAgain.ts")),
      ({ performResume }) => performResume(input)
    )
})
