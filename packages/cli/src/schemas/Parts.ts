import { Schema } from "effect"

/** A TCP port. */
export const Port = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 65535 })))

/** A count. */
export const Count = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))

/** One step of a plan. */
export const StepOutput = Schema.Struct({
  step: Schema.String.annotate({ description: "Stable name, such as claim-slot" }),
  title: Schema.String.annotate({ description: "What it does, for people" }),
  reason: Schema.optionalKey(Schema.String)
})

/** Where a port of a sandbox is opened. */
export const UrlOutput = Schema.Struct({
  variable: Schema.String.annotate({ description: "The variable of [sandbox.ports]" }),
  port: Port,
  url: Schema.String
})

/** A service of a sandbox. */
export const ServiceOutput = Schema.Struct({
  service: Schema.String,
  state: Schema.String,
  health: Schema.optionalKey(
    Schema.Literals(["starting", "healthy", "unhealthy"]).annotate({ description: "Absent without a health check" })
  ),
  ports: Schema.Array(Schema.Struct({ host: Port, container: Port, protocol: Schema.String }))
})

/** What should be known, but stopped nothing. */
export const Warnings = Schema.Array(Schema.String)

/** How healthy a sandbox is. */
export const HealthOutput = Schema.Struct({
  verdict: Schema.Literals(["ready", "degraded", "failed", "unchecked"]),
  ms: Schema.Finite.annotate({ description: "Milliseconds from the start of the check to the verdict" }),
  detail: Schema.optionalKey(Schema.String.annotate({ description: "What was seen; absent when it is ready" })),
  logs: Schema.Array(Schema.String).annotate({ description: "The last output of what failed" })
})
