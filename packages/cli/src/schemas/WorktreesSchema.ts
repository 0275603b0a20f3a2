import { Schema } from "effect"
import { Count, ServiceOutput, UrlOutput, Warnings } from "./Parts.ts"

const row = {
  project: Schema.String,
  kind: Schema.Literals(["spec", "impl", "other"]),
  name: Schema.String,
  path: Schema.String.annotate({ description: "Absolute path" }),
  branch: Schema.optionalKey(Schema.String.annotate({ description: "Absent when HEAD is detached" })),
  slot: Schema.optionalKey(Schema.Int),
  state: Schema.optionalKey(
    Schema.Literals(["running", "partial", "stopped", "starting", "dead", "orphaned", "unknown"]).annotate({
      description: "Of the sandbox; absent without one"
    })
  ),
  urls: Schema.Array(UrlOutput),
  changedFiles: Schema.NullOr(Count).annotate({ description: "Null when it could not be found out" }),
  ahead: Schema.NullOr(Count).annotate({ description: "Commits that the default branch does not have" }),
  behind: Schema.NullOr(Count).annotate({ description: "Commits of the default branch that it does not have" }),
  claimedAt: Schema.optionalKey(Schema.String.annotate({ description: "ISO 8601 time of the slot's claim" })),
  problems: Schema.Array(Schema.String).annotate({ description: "What is wrong, with the command that mends it" })
}

/** `data` of `worktrees`. */
export const WorktreesSchema = Schema.Struct({ worktrees: Schema.Array(Schema.Struct(row)), warnings: Warnings })

/** `data` of `status`. */
export const StatusSchema = Schema.Struct({
  ...row,
  changes: Schema.Array(Schema.Struct({
    path: Schema.String,
    kind: Schema.Literals(["staged", "modified", "deleted", "untracked", "conflicted"])
  })),
  services: Schema.Array(ServiceOutput),
  ageSeconds: Schema.optionalKey(Schema.Finite.annotate({ description: "Since the slot's claim" })),
  warnings: Warnings
})
