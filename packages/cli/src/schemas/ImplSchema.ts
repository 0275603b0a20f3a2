import { Schema } from "effect"
import { Port, StepOutput, Warnings } from "./Parts.ts"
import { SandboxSchema } from "./SandboxSchema.ts"

const Ports = Schema.Record(Schema.String, Port).annotate({ description: "Variable name to host port" })

/** `data` of `spec` and `impl`. */
export const ImplSchema = Schema.Union([
  Schema.Struct({
    dryRun: Schema.Literal(false),
    project: Schema.String,
    kind: Schema.Literals(["spec", "impl"]),
    feature: Schema.String,
    milestone: Schema.optionalKey(Schema.String),
    milestoneFile: Schema.optionalKey(
      Schema.String.annotate({ description: "The milestone's file below the checkout; absent when there is none" })
    ),
    branch: Schema.String,
    worktree: Schema.String.annotate({ description: "Absolute path" }),
    slot: Schema.optionalKey(
      Schema.Struct({
        number: Schema.Int,
        folder: Schema.String.annotate({ description: "Absolute path of the slot's folder" }),
        ports: Ports
      }).annotate({ description: "Absent without a sandbox" })
    ),
    sandbox: Schema.optionalKey(
      SandboxSchema.annotate({ description: "Absent without a sandbox, or when it was not started" })
    ),
    skippedSlots: Schema.Array(Schema.Struct({ slot: Schema.Int, reason: Schema.String })),
    warnings: Warnings
  }),
  Schema.Struct({
    dryRun: Schema.Literal(true),
    project: Schema.String,
    branch: Schema.String,
    worktree: Schema.String,
    slot: Schema.optionalKey(Schema.Struct({ number: Schema.Int, ports: Ports })),
    steps: Schema.Array(StepOutput),
    warnings: Warnings
  })
])
