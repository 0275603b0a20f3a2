import { Argument, Command } from "effect/cli"
import { switchFlag } from "../GlobalFlags.ts"
import { makeWorktree } from "./MakeWorktree.ts"
import { dryRunFlag, yesFlag } from "./SharedFlags.ts"

/** `slipway spec`. */
export const specCommand = Command.make(
  "spec",
  {
    feature: Argument.String("feature").pipe(
      Argument.withMetavar("FEATURE"),
      Argument.withDescription("Name of the feature: letters, digits, . _ -")
    ),
    reuse: switchFlag("reuse", "Check out the feature's branch again when it exists"),
    offline: switchFlag("offline", "Start from what is there, without git fetch"),
    yes: yesFlag("Approve the project's setup commands without asking"),
    dryRun: dryRunFlag
  },
  ({ dryRun, feature, offline, reuse, yes }) =>
    makeWorktree({ kind: "spec", name: feature, reuse, offline, approve: yes }, dryRun)
).pipe(
  Command.withDescription("Make a worktree for specifying a feature, without a sandbox"),
  Command.withExamples([
    { command: "slipway spec auth", description: "../<prefix>-spec-auth on branch spec/auth" },
    { command: "slipway spec auth --reuse", description: "Go on with the branch of an earlier worktree" }
  ])
)
