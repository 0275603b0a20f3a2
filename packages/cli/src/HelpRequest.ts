import { Schema } from "effect"

/** A command whose answer comes from the command tree itself: `help` and `completions`. */
export class HelpRequest extends Schema.TaggedError<HelpRequest>()("HelpRequest", {
  topic: Schema.Union([
    Schema.TaggedStruct("Help", { path: Schema.Array(Schema.String) }),
    Schema.TaggedStruct("Completions", { shell: Schema.Literals(["bash", "zsh", "fish"]) })
  ])
}) {}
