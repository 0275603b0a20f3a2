import { Schema } from "effect"
import { Count, Warnings } from "./Parts.ts"

const Milliseconds = Schema.NullOr(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)))

/** `data` of `audit`. */
export const AuditSchema = Schema.Struct({
  operations: Schema.Array(Schema.Struct({
    operation_id: Schema.String,
    type: Schema.String.annotate({
      description: "Such as impl or done; unknown when the beginning of the record cannot be read"
    }),
    subject: Schema.NullOr(Schema.String).annotate({ description: "Such as auth/M1" }),
    status: Schema.Literals(["succeeded", "failed", "interrupted", "running", "dead"]).annotate({
      description: "running: its process is alive; dead: its process was killed before it ended"
    }),
    started_at: Schema.String.annotate({ description: "ISO 8601 in UTC" }),
    duration_ms: Milliseconds.annotate({ description: "Null while it is unknown" }),
    process: Schema.NullOr(Schema.Struct({ pid: Schema.Int })),
    details: Schema.Record(Schema.String, Schema.String).annotate({
      description: "What the operation noted about itself, such as worktree, branch and repository"
    }),
    steps: Schema.Array(Schema.Struct({
      name: Schema.String.annotate({ description: "Stable name, such as claim-slot" }),
      title: Schema.String.annotate({ description: "What it does, for people" }),
      status: Schema.Literals(["pending", "running", "completed", "failed", "undone", "undo-failed", "interrupted"])
        .annotate({
          description: "pending: planned and never begun; interrupted: begun, and its process ended before it did"
        }),
      duration_ms: Milliseconds.annotate({ description: "Without its undo; null while it is unknown" }),
      message: Schema.optionalKey(Schema.String.annotate({ description: "Why it, or its undo, failed" }))
    })),
    unreadable_lines: Count.annotate({ description: "Lines of its record that cannot be read" })
  })).annotate({ description: "The newest last" }),
  more: Schema.Boolean.annotate({ description: "Whether the limit left older ones out" }),
  warnings: Warnings
})
