import { worktreesData, worktreesText } from "../output/WorktreesOutput.ts"
import { command } from "../parser/CommandDefinition.ts"
import { perform } from "../Report.ts"

/** `slipway worktrees`. */
export const worktreesCommand = command({
  name: "worktrees",
  aliases: ["ls"],
  summary: "List the worktrees of all projects with slot, state, branch, changes and URLs",
  examples: [
    { command: "slipway worktrees", description: "A table; tab-separated when it goes into a pipe" },
    { command: "slipway ls --json", description: "For programs" }
  ],
  parameters: {},
  run: () =>
    perform({
      command: "worktrees",
      label: "looking at worktrees",
      work: ({ overview }, { directory }) => overview.worktrees({ directory }),
      data: worktreesData,
      text: worktreesText,
      warnings: ({ warnings, worktrees }) =>
        worktrees.length === 0
          ? [...warnings, "there are no worktrees yet: `slipway impl FEATURE/MILESTONE` makes one"]
          : warnings
    })
})
