import { statusData, statusText } from "../output/WorktreesOutput.ts"
import { command } from "../parser/CommandDefinition.ts"
import { perform } from "../Report.ts"
import { given, nameArgument } from "./SharedFlags.ts"

/** `slipway status`. */
export const statusCommand = command({
  name: "status",
  summary: "Show one worktree: slot, branch, changes, services with health, ports as URLs",
  examples: [
    { command: "slipway status", description: "The worktree you are in" },
    { command: "slipway status auth-M1 --json", description: "Another one, for programs" }
  ],
  parameters: { name: nameArgument },
  run: ({ name }) =>
    perform({
      command: "status",
      label: "looking at the worktree",
      work: ({ overview }, { directory }) => overview.status({ directory, ...given(name) }),
      data: statusData,
      text: statusText,
      warnings: ({ warnings }) => warnings
    })
})
