import { Context, type Effect, Schema, type Stream } from "effect"

/** No container engine answers, or it refuses what it was asked. */
export class EngineUnavailable extends Schema.TaggedError<EngineUnavailable>()("EngineUnavailable", {
  reason: Schema.String,
  /** True when an engine answered, with an error; `reason` is in its words. */
  refused: Schema.optionalKey(Schema.Boolean)
}) {
  readonly code = "engine-unavailable" as const
  override get message(): string {
    return this.refused === true ? `Docker refuses: ${this.reason}` : `Docker is not running: ${this.reason}`
  }
  get hint(): string {
    return this.refused === true
      ? "mend the cause that Docker names, then try again; `slipway doctor` shows what is left over"
      : "start Docker, then try again; what was made so far is kept"
  }
}

/** The network of the shared observability stack, by the seed. */
export const observabilityNetwork = "devops-ai-observability"

/** Docker's own labels of a Compose project, and Slipway's. */
export const labels = {
  composeProject: "com.docker.compose.project",
  composeService: "com.docker.compose.service",
  composeWorkingDirectory: "com.docker.compose.project.working_dir",
  project: "dev.slipway.project",
  slot: "dev.slipway.slot",
  worktree: "dev.slipway.worktree",
  /** Tells the Slipways of one machine apart: the absolute path of their home folder. */
  home: "dev.slipway.home"
} as const

/** A port that a container publishes. */
export interface PublishedPort {
  readonly host: number
  readonly container: number
  readonly protocol: string
}

/** A container as the engine tells it. */
export interface Container {
  readonly id: string
  readonly name: string
  /** The Compose service, or the empty string for a container that Compose did not make. */
  readonly service: string
  /** The Compose project, or the empty string. */
  readonly project: string
  readonly image: string
  readonly state: "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead"
  /** What its health check says; null without one. */
  readonly health: "starting" | "healthy" | "unhealthy" | null
  /** Null while it runs; only filled in by `inspect`. */
  readonly exitCode: number | null
  readonly ports: ReadonlyArray<PublishedPort>
  readonly labels: Readonly<Record<string, string>>
}

/** A network, volume or image of the engine. */
export interface EngineObject {
  /** What removes it: the id of a network or image, the name of a volume. */
  readonly id: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

/** What belongs to one Compose project, or to all of them. */
export interface EngineFilter {
  /** Compose project name; all projects when absent. */
  readonly project?: string
}

/** One line of a container's output. */
export interface LogLine {
  readonly service: string
  readonly stream: "stdout" | "stderr"
  readonly text: string
}

/** Something that happened to a container. */
export interface ContainerEvent {
  readonly id: string
  readonly service: string
  /** Such as `start`, `die`, `health_status: healthy`. */
  readonly action: string
}

/**
 * The container engine, through its API. What Compose offers is in {@link Compose}.
 */
export class Containers extends Context.Service<Containers, {
  /** The engine's version; answers within ten seconds, or fails. */
  readonly ping: Effect.Effect<string, EngineUnavailable>
  /** Containers of a Compose project, or of all, running or not. */
  readonly list: (filter: EngineFilter) => Effect.Effect<ReadonlyArray<Container>, EngineUnavailable>
  /** One container with its exit code; null when it is gone. */
  readonly inspect: (id: string) => Effect.Effect<Container | null, EngineUnavailable>
  /** Stops (with `graceSeconds`) and removes a container with its anonymous volumes; fine when it is gone. */
  readonly remove: (id: string, graceSeconds: number) => Effect.Effect<void, EngineUnavailable>
  readonly networks: (filter: EngineFilter) => Effect.Effect<ReadonlyArray<EngineObject>, EngineUnavailable>
  /** Makes a bridge network unless one of that name exists; true when it was made. Safe when called at once by many. */
  readonly ensureNetwork: (name: string) => Effect.Effect<boolean, EngineUnavailable>
  /** Fine when it is gone. */
  readonly removeNetwork: (id: string) => Effect.Effect<void, EngineUnavailable>
  readonly volumes: (filter: EngineFilter) => Effect.Effect<ReadonlyArray<EngineObject>, EngineUnavailable>
  /** Fine when it is gone. */
  readonly removeVolume: (id: string) => Effect.Effect<void, EngineUnavailable>
  /** Images that Compose built for a project. */
  readonly images: (filter: EngineFilter) => Effect.Effect<ReadonlyArray<EngineObject>, EngineUnavailable>
  /** Fine when it is gone. */
  readonly removeImage: (id: string) => Effect.Effect<void, EngineUnavailable>
  /** The output of a container: the last `tail` lines (all when absent), then, with `follow`, what comes. */
  readonly logs: (
    container: Pick<Container, "id" | "service">,
    options: { readonly tail?: number; readonly follow: boolean }
  ) => Stream.Stream<LogLine, EngineUnavailable>
  /** What happens to the containers of a Compose project from now on. */
  readonly events: (project: string) => Stream.Stream<ContainerEvent, EngineUnavailable>
}>()("@slipway/core/sandbox/Containers") {}
