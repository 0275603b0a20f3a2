import { Context, type Effect, Schema } from "effect"
import type { ComposeModel } from "./ComposeModel.ts"
import { portConflictIn } from "./PortConflict.ts"

/** `docker compose` is not installed, or older than what is needed. */
export class ComposeMissing extends Schema.TaggedError<ComposeMissing>()("ComposeMissing", {
  reason: Schema.String
}) {
  readonly code = "compose-missing" as const
  override get message(): string {
    return `docker compose is not usable: ${this.reason}`
  }
  get hint(): string {
    return "install the Docker Compose plugin, version 2"
  }
}

/** The compose files do not make a valid model; Compose's own words. */
export class ComposeInvalid extends Schema.TaggedError<ComposeInvalid>()("ComposeInvalid", {
  files: Schema.Array(Schema.String),
  stderr: Schema.String
}) {
  readonly code = "compose-invalid" as const
  override get message(): string {
    return `${this.files.join(", ")}: ${this.stderr}`
  }
  get hint(): string {
    return "mend the compose file"
  }
}

/** A compose command failed; Compose's own last lines are kept. */
export class ComposeFailed extends Schema.TaggedError<ComposeFailed>()("ComposeFailed", {
  action: Schema.String,
  project: Schema.String,
  exitCode: Schema.Int,
  stderr: Schema.String
}) {
  readonly code = "compose-failed" as const
  override get message(): string {
    return `docker compose ${this.action} failed for ${this.project}: ${this.stderr}`
  }
  get hint(): string {
    const conflict = portConflictIn(this.stderr)
    if (conflict === null) return "the lines above are Docker's; mend their cause, then run `slipway sandbox start`"
    const port = conflict.port === null ? "one of its ports" : `port ${conflict.port}`
    return `something else uses ${port}; free it, then run \`slipway sandbox start\``
  }
  /** The host port that Docker found taken; null when it failed for another reason, or does not tell which one. */
  get portTaken(): number | null {
    return portConflictIn(this.stderr)?.port ?? null
  }
  /** Whether Docker found a host port taken. */
  get isPortConflict(): boolean {
    return portConflictIn(this.stderr) !== null
  }
}

/** One Compose project: which files with which variables, never by what stands in the caller's shell. */
export interface ComposeProject {
  /** Given with `-p`; wins over every other source of the name. */
  readonly name: string
  /** Absolute; relative paths in the first compose file start here. */
  readonly directory: string
  /** Absolute paths, in order of precedence. */
  readonly files: ReadonlyArray<string>
  /** Absolute paths, later ones win. Those that do not exist are left out by the caller. */
  readonly envFiles: ReadonlyArray<string>
  /** Set in the process environment of Compose, so that they win over the caller's shell. */
  readonly variables: Readonly<Record<string, string>>
  readonly profiles: ReadonlyArray<string>
}

/** What `down` takes away beside containers and networks. */
export interface DownOptions {
  readonly volumes: boolean
  /** Remove the images that were built for this project. */
  readonly images: boolean
}

/**
 * The `docker compose` command. Its output is told line by line through `onLine`; its own error text is kept.
 */
export class Compose extends Context.Service<Compose, {
  /** Such as `2.26.1`; needs no engine. */
  readonly version: Effect.Effect<string, ComposeMissing>
  /** The fully resolved model (`config --format json`); needs no engine. */
  readonly resolve: (
    project: ComposeProject
  ) => Effect.Effect<ComposeModel, ComposeInvalid | ComposeFailed | ComposeMissing>
  /** `up -d --build`; limited to `services` when not empty. */
  readonly up: (
    project: ComposeProject,
    options: { readonly services: ReadonlyArray<string>; readonly onLine?: (line: string) => Effect.Effect<void> }
  ) => Effect.Effect<void, ComposeFailed | ComposeMissing>
  /** `stop`, `start` or `restart`, of all services or some. */
  readonly control: (
    project: ComposeProject,
    action: "stop" | "start" | "restart",
    services: ReadonlyArray<string>
  ) => Effect.Effect<void, ComposeFailed | ComposeMissing>
  /** `down --remove-orphans`. */
  readonly down: (
    project: ComposeProject,
    options: DownOptions
  ) => Effect.Effect<void, ComposeFailed | ComposeMissing>
  /** `exec` in a running service with the caller's terminal; gives the exit code of what was run. */
  readonly exec: (
    project: ComposeProject,
    service: string,
    command: ReadonlyArray<string>,
    options: {
      readonly terminal: boolean
      /** Where its stdout goes: `stdout` by default. */
      readonly output?: "stdout" | "stderr"
    }
  ) => Effect.Effect<number, ComposeFailed | ComposeMissing>
}>()("@slipway/core/sandbox/Compose") {}
