import { command } from "../parser/CommandDefinition.ts"
import { requiredArgument, switchFlag } from "../parser/Parameter.ts"
import { makeWorktree } from "./MakeWorktree.ts"
import { dryRunFlag, yesFlag } from "./SharedFlags.ts"

/** `slipway spec`. */
export const specCommand = command({
  name: "spec",
  summary: "Make a worktree for specifying a feature, without a sandbox",
  examples: [
    { command: "slipway spec auth", description: "../<prefix>-spec-auth on branch spec/auth" },
    { command: "slipway spec auth --reuse", description: "Go on with the branch of an earlier worktree" }
  ],
  parameters: {
    feature: requiredArgument("FEATURE", "Name of the feature: letters, digits, . _ -"),
    reuse: switchFlag("--reuse", "Check out the feature's branch again when it exists"),
    offline: switchFlag("--offline", "Start from what is there, without git fetch"),
    yes: yesFlag("Approve the project's setup commands without asking"),
    dryRun: dryRunFlag
  },
  run: ({ dryRun, feature, offline, reuse, yes }) =>
    makeWorktree({ kind: "spec", name: feature, reuse, offline, approve: yes }, dryRun)
})
