import type { Artifact } from "@slipway/core"
import { choiceArgument, integerFlag, requiredArgument, textFlag } from "../../parser/Parameter.ts"
import { dryRunFlag } from "../SharedFlags.ts"

/** `FEATURE`. */
export const featureArgument = requiredArgument("FEATURE", "Name of the feature")

/** `ARTIFACT`. */
export const artifactArgument = choiceArgument(
  "ARTIFACT",
  "Which artifact: spec, design, tasks, qa-plan, review, audit or qa-results",
  ["spec", "design", "tasks", "qa-plan", "review", "audit", "qa-results"] satisfies ReadonlyArray<Artifact>
)

/** `TASK`. */
export const taskArgument = requiredArgument("TASK", "Id of the task, as task-001")

/** `--reason TEXT`. */
export const reasonFlag = textFlag("--reason", "TEXT", "Why; kept in the feature's log", { short: "-m" })

/** `--as ACTOR`. */
export const asFlag = textFlag(
  "--as",
  "ACTOR",
  "Who acts, as agent:ID or human:ID; git's identity when absent. What runs inside a coding agent acts as that agent"
)

/** The flags of every command that changes a feature. */
export const changeFlags = {
  as: asFlag,
  idempotencyKey: textFlag(
    "--idempotency-key",
    "KEY",
    "Repeated with the same key, the same command is not done again"
  ),
  expectRevision: integerFlag(
    "--expect-revision",
    "N",
    "Refuse when the feature is not at this revision any more",
    { minimum: 0 }
  ),
  dryRun: dryRunFlag
}
