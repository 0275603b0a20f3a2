import { Effect } from "effect"
import { command } from "../../parser/CommandDefinition.ts"
import { requiredArgument } from "../../parser/Parameter.ts"
import { dryRunFlag } from "../SharedFlags.ts"

/** `slipway batch cancel`. */
export const cancelCommand = command({
  name: "cancel",
  summary: "Stop a run for good, whichever process works on it, and wait until it has stopped",
  examples: [
    { command: "slipway batch cancel update-x7k2p", description: "Stop its agents; what is not finished is cancelled" },
    { command: "slipway batch cancel update-x7k2p --dry-run", description: "What would be stopped" }
  ],
  parameters: {
    run: requiredArgument("RUN", "A run by name"),
    dryRun: dryRunFlag
  },
  run: (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./PerformCancel.ts")),
      ({ performCancel }) => performCancel(input)
    )
})
