import { Schema } from "effect"

/** One thing that is wrong in a configuration file. */
export const ConfigFault = Schema.Struct({
  /** Counts from 1; null when nothing in the file stands for it. */
  line: Schema.NullOr(Schema.Int),
  /** Counts from 1; null like `line`. */
  column: Schema.NullOr(Schema.Int),
  /** Such as `sandbox.ports.API_PORT`; the empty string for the text as a whole. */
  field: Schema.String,
  /** Such as `a port from 1 to 65535`. */
  expected: Schema.String,
  /** Such as `"eighty"`; null when it is missing. Values that may be secret are never in it. */
  found: Schema.NullOr(Schema.String)
})
export interface ConfigFault extends Schema.Schema.Type<typeof ConfigFault> {}

/** A configuration file cannot be used. Holds all its faults at once. */
export class ConfigInvalid extends Schema.TaggedError<ConfigInvalid>()("ConfigInvalid", {
  path: Schema.String,
  faults: Schema.Array(ConfigFault),
  /** What is no fault but may be the cause of one, such as unknown keys; each with its line. */
  remarks: Schema.optionalKey(Schema.Array(Schema.String))
}) {
  readonly code = "config-invalid" as const
  override get message(): string {
    return [...this.faults.map((fault) => describeConfigFault(this.path, fault)), ...this.remarks ?? []].join("\n")
  }
  get hint(): string {
    return `mend ${this.path} at the lines above, then try again; slipway init --check reads it without changing it`
  }
}

/**
 * A fault in one line.
 *
 * @example
 * infra.toml:7: sandbox.ports.API_PORT: expected a port from 1 to 65535, found "eighty"
 */
export const describeConfigFault = (path: string, fault: ConfigFault): string => {
  const place = fault.line === null ? path : `${path}:${fault.line}`
  const field = fault.field === "" ? "" : `${fault.field}: `
  const found = fault.found === null ? "but it is missing" : `found ${fault.found}`
  return `${place}: ${field}expected ${fault.expected}, ${found}`
}
