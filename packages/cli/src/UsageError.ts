import { Schema } from "effect"

/** The command line was not understood. */
export class UsageError extends Schema.TaggedError<UsageError>()("UsageError", {
  reason: Schema.String,
  hint: Schema.String
}) {
  readonly code = "usage-error" as const
  override get message(): string {
    return this.reason
  }
}
