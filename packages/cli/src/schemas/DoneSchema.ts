import { Schema } from "effect"
import { StepOutput, Warnings } from "./Parts.ts"

/** `data` of `done`. */
export const DoneSchema = Schema.Union([
  Schema.Struct({
    dryRun: Schema.Literal(false),
    project: Schema.String,
    worktree: Schema.String.annotate({ description: "Absolute path of what was removed" }),
    branch: Schema.optionalKey(Schema.String.annotate({ description: "Absent when HEAD was detached" })),
    branchKept: Schema.optionalKey(Schema.String.annotate({ description: "Why the branch was kept" })),
    slot: Schema.optionalKey(Schema.Int.annotate({ description: "The slot that was released" })),
    warnings: Warnings
  }),
  Schema.Struct({
    dryRun: Schema.Literal(true),
    project: Schema.String,
    worktree: Schema.String,
    branch: Schema.optionalKey(Schema.String),
    slot: Schema.optionalKey(Schema.Int),
    steps: Schema.Array(StepOutput),
    refusals: Schema.Array(Schema.Struct({
      kind: Schema.Literals([
        "changes",
        "stashes",
        "unpushed",
        "in-progress",
        "ignored",
        "locked",
        "submodules",
        "starting"
      ]),
      text: Schema.String,
      items: Schema.Array(Schema.String)
    })).annotate({ description: "Why it would refuse without --force" }),
    warnings: Warnings
  })
])
