import { Schema } from "effect"

/** `data` of `version`. */
export const VersionSchema = Schema.Struct({ version: Schema.String })

/** `data` of `completions`. */
export const CompletionsSchema = Schema.Struct({
  shell: Schema.Literals(["bash", "zsh", "fish"]),
  script: Schema.String
})

/** A flag in `help`. */
const HelpFlagSchema = Schema.Struct({
  name: Schema.String.annotate({ description: "As it is typed, such as --json or -C" }),
  aliases: Schema.Array(Schema.String),
  value: Schema.optionalKey(Schema.String.annotate({ description: "Name of its value; absent for a switch" })),
  description: Schema.String
})

/** `data` of `help`, and of `--help`. */
export const HelpSchema = Schema.Struct({
  path: Schema.Array(Schema.String),
  aliases: Schema.Array(Schema.String),
  summary: Schema.String,
  usage: Schema.String,
  arguments: Schema.Array(
    Schema.Struct({ name: Schema.String, description: Schema.String, required: Schema.Boolean, many: Schema.Boolean })
  ),
  flags: Schema.Array(HelpFlagSchema),
  globalFlags: Schema.Array(HelpFlagSchema),
  commands: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      aliases: Schema.Array(Schema.String),
      group: Schema.String,
      summary: Schema.String
    })
  ),
  examples: Schema.Array(Schema.Struct({ command: Schema.String, description: Schema.String }))
})
