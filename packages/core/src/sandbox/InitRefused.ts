import { Schema } from "effect"

/** The answers do not make a configuration that works. */
export class InitRefused extends Schema.TaggedError<InitRefused>()("InitRefused", {
  /** Each with what was expected. */
  reasons: Schema.Array(Schema.String)
}) {
  readonly code = "init-refused" as const
  override get message(): string {
    return `the project cannot be set up like this:\n${this.reasons.map((reason) => `  ${reason}`).join("\n")}`
  }
  get hint(): string {
    return "run slipway init again with other answers, or with --dry-run to see what it would write"
  }
}
