import { Schema } from "effect"
import { StepOutput } from "./Parts.ts"

/** `data` of `doctor`. */
export const DoctorSchema = Schema.Struct({
  fixed: Schema.Boolean,
  findings: Schema.Array(Schema.Struct({
    kind: Schema.Literals([
      "dead-claim",
      "vanished-worktree",
      "missing-slot-folder",
      "orphan-slot-folder",
      "orphan-sandbox",
      "lost-claim",
      "half-made-worktree",
      "left-branch",
      "unfinished-operation",
      "registry-recovered",
      "unreadable-claim",
      "engine-unavailable",
      "missing-tool"
    ]),
    subject: Schema.String,
    evidence: Schema.String,
    action: Schema.optionalKey(
      Schema.String.annotate({ description: "What --fix does; absent when a person decides" })
    ),
    hint: Schema.optionalKey(Schema.String)
  })),
  steps: Schema.Array(StepOutput).annotate({ description: "What was, or would be, carried out" }),
  failures: Schema.Array(Schema.Struct({ step: Schema.String, message: Schema.String })).annotate({
    description: "Steps that failed; the exit code is 1 then"
  })
})
