import { JsonSchema, Schema } from "effect"
import { schemaName } from "../output/Envelope.ts"
import { AuditSchema } from "./AuditSchema.ts"
import { BatchEventSchema, batchSchemas } from "./BatchSchema.ts"
import { CrdSchema } from "./CrdSchema.ts"
import { DoctorSchema } from "./DoctorSchema.ts"
import { DoneSchema } from "./DoneSchema.ts"
import { featureSchemas } from "./FeatureSchema.ts"
import { ImplSchema } from "./ImplSchema.ts"
import { InitSchema } from "./InitSchema.ts"
import {
  ProjectCreateSchema,
  ProjectDoctorSchema,
  ProjectListSchema,
  ProjectMigrateSchema,
  ProjectShowSchema
} from "./ProjectSchema.ts"
import { SandboxExecSchema, SandboxLogsSchema, SandboxStartSchema, SandboxStopSchema } from "./SandboxSchema.ts"
import { CompletionsSchema, HelpSchema, VersionSchema } from "./ToolSchema.ts"
import { StatusSchema, WorktreesSchema } from "./WorktreesSchema.ts"

/** The schema of each command's `data`, by the command's name in envelopes. */
export const dataSchemas = {
  "audit": AuditSchema,
  ...batchSchemas,
  "completions": CompletionsSchema,
  "crd": CrdSchema,
  "doctor": DoctorSchema,
  "done": DoneSchema,
  ...featureSchemas,
  "help": HelpSchema,
  "impl": ImplSchema,
  "init": InitSchema,
  "project-create": ProjectCreateSchema,
  "project-doctor": ProjectDoctorSchema,
  "project-list": ProjectListSchema,
  "project-migrate": ProjectMigrateSchema,
  "project-show": ProjectShowSchema,
  "sandbox-exec": SandboxExecSchema,
  "sandbox-logs": SandboxLogsSchema,
  "sandbox-restart": SandboxStopSchema,
  "sandbox-start": SandboxStartSchema,
  "sandbox-stop": SandboxStopSchema,
  "spec": ImplSchema,
  "status": StatusSchema,
  "version": VersionSchema,
  "worktrees": WorktreesSchema
} as const

/** A command that has an envelope. */
export type EnvelopeCommand = keyof typeof dataSchemas

const error = Schema.Struct({
  code: Schema.String.annotate({ description: "Stable; see the reference of errors" }),
  message: Schema.String.annotate({ description: "What happened" }),
  hint: Schema.String.annotate({ description: "What to do next; may be empty" })
})

/** The schema of what a command prints with `--json`. */
export const envelopeSchema = (command: EnvelopeCommand): Schema.Top => {
  const schema = Schema.Literal(schemaName(command))
  return Schema.Union([
    Schema.Struct({ schema, ok: Schema.Literal(true), data: dataSchemas[command] }),
    Schema.Struct({ schema, ok: Schema.Literal(false), error })
  ])
}

/**
 * The published JSON Schema (draft 2020-12) of what each command prints with `--json`, and of a line of
 * `--events jsonl`, by file name.
 */
export const outputJsonSchemas = (): Readonly<Record<string, unknown>> => ({
  ...Object.fromEntries(
    Object.keys(dataSchemas).map((command) => [
      `${command}.schema.json`,
      // The keys are those of the table above.
      jsonSchemaOf(`slipway ${command.replaceAll("-", " ")} --json`, envelopeSchema(command as EnvelopeCommand))
    ])
  ),
  "batch-event.schema.json": jsonSchemaOf("A line of slipway batch run --events jsonl", BatchEventSchema)
})

const jsonSchemaOf = (title: string, schema: Schema.Top): unknown => {
  const document = Schema.toJsonSchemaDocument(schema, { onExcessProperty: "error" })
  const definitions = Object.keys(document.definitions).length === 0 ? {} : { $defs: document.definitions }
  return { $schema: JsonSchema.META_SCHEMA_URI_DRAFT_2020_12, title, ...document.schema, ...definitions }
}
