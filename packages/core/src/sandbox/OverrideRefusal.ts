import { Schema } from "effect"
import { firstComposeWithOverride } from "./ComposeVersion.ts"

/** `compose_mode = "override"`, but Compose does not know how. */
export class ComposeTooOld extends Schema.TaggedError<ComposeTooOld>()("ComposeTooOld", {
  version: Schema.String
}) {
  readonly code = "compose-missing" as const
  override get message(): string {
    return `compose_mode = "override" needs Docker Compose ${firstComposeWithOverride} or newer; this is ${this.version}`
  }
  get hint(): string {
    return "update Docker Compose, or set compose_mode = \"env\" and run `slipway init --parameterize`"
  }
}

/**
 * The ports of a slot would have to come from variables, but the compose file of the worktree does not take them from
 * there: its sandbox would collide with others.
 */
export class ComposeNotParameterized extends Schema.TaggedError<ComposeNotParameterized>()("ComposeNotParameterized", {
  worktree: Schema.String,
  composeFile: Schema.String,
  reasons: Schema.Array(Schema.String)
}) {
  readonly code = "compose-invalid" as const
  override get message(): string {
    return [
      `${this.composeFile} in ${this.worktree} does not keep slots apart:`,
      ...this.reasons.map((reason) => `  ${reason}`)
    ].join("\n")
  }
  get hint(): string {
    return "run `slipway init --parameterize` and commit the compose file on the worktree's branch, "
      + `or use Docker Compose ${firstComposeWithOverride} or newer with compose_mode = "auto"`
  }
}

/** infra.toml names services that the compose file of the worktree does not have. */
export class SandboxServiceUnknown extends Schema.TaggedError<SandboxServiceUnknown>()("SandboxServiceUnknown", {
  /** Such as `sandbox.mounts.code_targets`. */
  field: Schema.String,
  services: Schema.Array(Schema.String),
  composeFile: Schema.String,
  available: Schema.Array(Schema.String)
}) {
  readonly code = "service-unknown" as const
  override get message(): string {
    const [noun, verb] = this.services.length === 1 ? ["service", "is"] : ["services", "are"]
    return `${noun} ${this.services.join(", ")} of ${this.field} ${verb} not in ${this.composeFile}`
  }
  get hint(): string {
    return `change ${this.field} in .devops-ai/infra.toml; the compose file has ${
      this.available.length === 0 ? "no services" : this.available.join(", ")
    }`
  }
}

/** What Compose made of the compose file and the override is not isolated from other sandboxes: it is not started. */
export class SandboxNotIsolated extends Schema.TaggedError<SandboxNotIsolated>()("SandboxNotIsolated", {
  composeProject: Schema.String,
  violations: Schema.Array(Schema.String)
}) {
  readonly code = "compose-invalid" as const
  override get message(): string {
    return [`${this.composeProject} would not be isolated, so it is not started:`, ...this.violations].join("\n  ")
  }
  get hint(): string {
    return "change what the lines above name in the compose file, or in .devops-ai/infra.toml, then "
      + "`slipway sandbox start`"
  }
}

/** Why no sandbox is made of a compose file. */
export type OverrideRefused = ComposeTooOld | ComposeNotParameterized | SandboxServiceUnknown | SandboxNotIsolated
