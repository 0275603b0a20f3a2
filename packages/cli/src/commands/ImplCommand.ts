import { command } from "../parser/CommandDefinition.ts"
import { requiredArgument, switchFlag } from "../parser/Parameter.ts"
import { makeWorktree } from "./MakeWorktree.ts"
import { dryRunFlag, yesFlag } from "./SharedFlags.ts"

/** `slipway impl`. */
export const implCommand = command({
  name: "impl",
  summary: "Make a worktree for a milestone, with a running sandbox on ports of its own",
  examples: [
    { command: "slipway impl auth/M1", description: "../<prefix>-impl-auth-M1 on branch impl/auth-M1, containers up" },
    { command: "slipway impl auth/M1 --dry-run", description: "Show branch, slot, ports and steps" },
    {
      command: "slipway impl auth/M1 --yes --require-healthy --json",
      description: "For programs: no questions, exit code 6 when it is not healthy"
    }
  ],
  parameters: {
    name: requiredArgument("FEATURE[/MILESTONE]", "The feature, and which of its milestones"),
    reuse: switchFlag("--reuse", "Check out the branch again when it exists"),
    noSandbox: switchFlag("--no-sandbox", "Make the worktree only"),
    requireHealthy: switchFlag("--require-healthy", "Exit with code 6 when the sandbox is not healthy in time"),
    offline: switchFlag("--offline", "Start from what is there, without git fetch"),
    yes: yesFlag("Approve the project's setup commands without asking"),
    dryRun: dryRunFlag
  },
  run: ({ dryRun, name, noSandbox, offline, requireHealthy, reuse, yes }) =>
    makeWorktree({ kind: "impl", name, reuse, offline, requireHealthy, sandbox: !noSandbox, approve: yes }, dryRun)
})
