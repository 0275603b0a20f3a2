import { Effect } from "effect"
import { command } from "../../parser/CommandDefinition.ts"

/** `slipway batch list`. */
export const listCommand = command({
  name: "list",
  aliases: ["ls"],
  summary: "All runs on this machine, oldest first",
  examples: [
    { command: "slipway batch list", description: "How each stands" },
    { command: "slipway batch list --json", description: "For a program" }
  ],
  parameters: {},
  run: () =>
    Effect.flatMap(
      Effect.promise(() => import("./PerformStatus.ts")),
      ({ performList }) => performList()
    )
})
