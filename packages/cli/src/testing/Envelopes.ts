import { Schema } from "effect"
import { type EnvelopeCommand, envelopeSchema } from "../schemas/OutputSchemas.ts"
import type { Outcome } from "./RunCommandLine.ts"

/** The envelope on stdout, checked against the published schema of its command. */
export const envelopeOf = (outcome: Outcome, command: EnvelopeCommand): unknown => {
  const envelope: unknown = JSON.parse(outcome.stdout)
  // All schemas of output are plain: they decode without services.
  Schema.decodeUnknownSync(envelopeSchema(command) as Schema.Codec<unknown>, { onExcessProperty: "error" })(envelope)
  return envelope
}

const Success = Schema.Struct({ data: Schema.Record(Schema.String, Schema.Unknown) })

/** The data of a success. */
export const dataOf = (outcome: Outcome, command: EnvelopeCommand): Readonly<Record<string, unknown>> =>
  Schema.decodeUnknownSync(Success)(envelopeOf(outcome, command)).data

const Failure = Schema.fromJsonString(Schema.Struct({
  schema: Schema.String,
  ok: Schema.Literal(false),
  error: Schema.Struct({ code: Schema.String, message: Schema.String, hint: Schema.String })
}))

/** The error of a failure. */
export const errorOf = (outcome: Outcome): Readonly<Record<"code" | "message" | "hint", string>> =>
  Schema.decodeUnknownSync(Failure)(outcome.stdout).error
