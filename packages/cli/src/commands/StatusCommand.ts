import { Command } from "effect/cli"
import { statusData, statusText } from "../output/WorktreesOutput.ts"
import { perform } from "../Report.ts"
import { given, nameArgument } from "./SharedFlags.ts"

/** `slipway status`. */
export const statusCommand = Command.make("status", { name: nameArgument }, ({ name }) =>
  perform({
    command: "status",
    label: "looking at the worktree",
    work: ({ overview }, { directory }) => overview.status({ directory, ...given(name) }),
    data: statusData,
    text: statusText,
    warnings: ({ warnings }) => warnings
  })).pipe(
    Command.withDescription("Show one worktree: slot, branch, changes, services with health, ports as URLs"),
    Command.withExamples([
      { command: "slipway status", description: "The worktree you are in" },
      { command: "slipway status auth-M1 --json", description: "Another one, for programs" }
    ])
  )
