import { Effect, Schema } from "effect"
import type { ValueUnwritable } from "../project/EnvFile.ts"
import type { FileUnavailable } from "../project/ProjectFiles.ts"
import type { ClaimError, SlotMissing } from "../slot/Slots.ts"
import type { ComposeInvalid, ComposeMissing } from "./Compose.ts"
import type { EngineUnavailable } from "./Containers.ts"
import type { ComposeFileMissing } from "./ImplPlan.ts"
import type { OverrideRefused } from "./OverrideRefusal.ts"
import type { ProvisioningError, ProvisioningIncomplete } from "./Provisioning.ts"
import type { SandboxReport } from "./SandboxReport.ts"

/** A sandbox is not healthy, and that was demanded. Everything is kept. */
export class SandboxNotHealthy extends Schema.TaggedError<SandboxNotHealthy>()("SandboxNotHealthy", {
  worktree: Schema.String,
  detail: Schema.String,
  logs: Schema.Array(Schema.String)
}) {
  readonly code = "health-timeout" as const
  override get message(): string {
    return [`the sandbox of ${this.worktree} is not healthy: ${this.detail}`, ...this.logs].join("\n")
  }
  get hint(): string {
    return "everything is kept: `slipway sandbox logs` shows why, `slipway status` looks again"
  }
}

/** A sandbox did not start. Its slot was given back, the worktree is kept. */
export class SandboxFailed extends Schema.TaggedError<SandboxFailed>()("SandboxFailed", {
  worktree: Schema.String,
  reason: Schema.String
}) {
  readonly code = "compose-failed" as const
  override get message(): string {
    return `Sandbox failed to start. Worktree preserved at ${this.worktree}.\n${this.reason}`
  }
  get hint(): string {
    return "mend the cause, then run `slipway sandbox start` in the worktree"
  }
}

/** What goes into a sandbox makes none, or cannot be written. Its slot was given back, the worktree is kept. */
export class SandboxUnusable extends Schema.TaggedError<SandboxUnusable>()("SandboxUnusable", {
  code: Schema.Literals([
    "compose-file-missing",
    "compose-invalid",
    "compose-missing",
    "file-unavailable",
    "registry-unavailable",
    "service-unknown",
    "value-unwritable"
  ]),
  worktree: Schema.String,
  reason: Schema.String,
  /** How to mend it. */
  advice: Schema.String
}) {
  override get message(): string {
    return `Sandbox failed to start. Worktree preserved at ${this.worktree}.\n${this.reason}`
  }
  get hint(): string {
    return this.advice.includes("`slipway sandbox start`")
      ? this.advice
      : `${this.advice}; then run \`slipway sandbox start\` in the worktree`
  }
}

/**
 * Fails for a sandbox that is not healthy, for callers that demand it. After the operation, so that all is kept.
 */
export const demandHealthy = (
  worktree: string,
  { health }: Pick<SandboxReport, "health">
): Effect.Effect<void, SandboxNotHealthy> => {
  const { detail, logs, verdict } = health
  return verdict === "degraded" || verdict === "failed"
    ? Effect.fail(new SandboxNotHealthy({ worktree, detail: detail ?? verdict, logs }))
    : Effect.void
}

/** What the worktree, its configuration or a full disk is to blame for. */
export const unusableTags = [
  "ComposeFileMissing",
  "ComposeInvalid",
  "ComposeNotParameterized",
  "ComposeTooOld",
  "FileUnavailable",
  "RegistryUnavailable",
  "SandboxNotIsolated",
  "SandboxServiceUnknown",
  "ValueUnwritable"
] as const

/** The same failure, telling that the worktree is kept and what goes on. */
export const withWorktree =
  (worktree: string) => ({ code, hint, message }: Pick<SandboxUnusable, "code" | "hint" | "message">) =>
    new SandboxUnusable({ code, worktree, reason: message, advice: hint })

/** Why a sandbox does not start. */
export type LaunchError =
  | ClaimError
  | SlotMissing
  | ProvisioningError
  | ProvisioningIncomplete
  | EngineUnavailable
  | ComposeMissing
  | ComposeInvalid
  | ComposeFileMissing
  | OverrideRefused
  | ValueUnwritable
  | FileUnavailable
  | SandboxFailed
  | SandboxUnusable
  | SandboxNotHealthy
