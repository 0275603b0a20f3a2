import { Schema } from "effect"
import { Port, StepOutput, Warnings } from "./Parts.ts"

/** `data` of `init`. */
export const InitSchema = Schema.Union([
  Schema.Struct({
    dryRun: Schema.Literal(false),
    project: Schema.String,
    prefix: Schema.String.annotate({ description: "Of worktree folders" }),
    sandbox: Schema.Boolean.annotate({ description: "Whether worktrees get a sandbox" }),
    written: Schema.Array(Schema.String).annotate({ description: "Absolute paths; empty when nothing had to change" }),
    warnings: Warnings
  }),
  Schema.Struct({
    dryRun: Schema.Literal(true),
    initialised: Schema.Boolean.annotate({ description: "Whether there is a configuration already" }),
    answers: Schema.Struct({
      name: Schema.String,
      prefix: Schema.String,
      composeFile: Schema.optionalKey(Schema.String.annotate({ description: "Absent: worktrees without sandboxes" })),
      ports: Schema.Record(Schema.String, Port).annotate({ description: "Variable name to base port" }),
      health: Schema.optionalKey(
        Schema.Struct({ endpoint: Schema.String, portVariable: Schema.String, timeout: Schema.Finite })
      ),
      stride: Schema.Int,
      parameterize: Schema.Boolean
    }),
    files: Schema.Array(
      Schema.Struct({ path: Schema.String, diff: Schema.String.annotate({ description: "Unified diff" }) })
    ).annotate({ description: "What would be written; empty when nothing has to change" }),
    commentedOut: Schema.Array(Schema.String).annotate({ description: "Services of an observability stack" }),
    steps: Schema.Array(StepOutput),
    warnings: Warnings
  })
])
