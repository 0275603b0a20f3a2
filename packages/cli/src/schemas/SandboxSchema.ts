import { Schema } from "effect"
import { HealthOutput, ServiceOutput, StepOutput, UrlOutput, Warnings } from "./Parts.ts"

const report = {
  composeProject: Schema.String.annotate({ description: "Name of the Compose project" }),
  urls: Schema.Array(UrlOutput),
  health: HealthOutput,
  services: Schema.Array(ServiceOutput),
  warnings: Warnings
}

/** A started sandbox. */
export const SandboxSchema = Schema.Struct(report)

const dryRun = Schema.Struct({
  dryRun: Schema.Literal(true),
  steps: Schema.Array(StepOutput)
})

/** `data` of `sandbox start`. */
export const SandboxStartSchema = Schema.Union([Schema.Struct({ dryRun: Schema.Literal(false), ...report }), dryRun])

/** `data` of `sandbox stop` and `sandbox restart`. */
export const SandboxStopSchema = Schema.Union([Schema.Struct({ dryRun: Schema.Literal(false) }), dryRun])

/** `data` of `sandbox logs`. */
export const SandboxLogsSchema = Schema.Struct({
  lines: Schema.Array(Schema.Struct({
    service: Schema.String,
    stream: Schema.Literals(["stdout", "stderr"]),
    text: Schema.String
  }))
})

/** `data` of `sandbox exec`. */
export const SandboxExecSchema = Schema.Union([
  Schema.Struct({
    dryRun: Schema.Literal(false),
    exitCode: Schema.Int.annotate({ description: "Of the program; also the exit code of slipway" })
  }),
  dryRun
])
