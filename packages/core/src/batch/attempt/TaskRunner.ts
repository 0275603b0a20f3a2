import { Context, type Effect, Schema } from "effect"
import type { ResourceLimits } from "../kinds/ResourceLimits.ts"
import type { RunnerKind } from "../record/RunSnapshot.ts"
import type { AttemptKey } from "./TaskWorkspaces.ts"

/** An agent could not be started, or its runner lost it. */
export class RunnerFailed extends Schema.TaggedError<RunnerFailed>()("RunnerFailed", {
  /** One word in CamelCase, such as `ProgramNotFound`, `ImageUnavailable`, `EngineUnavailable`. */
  reason: Schema.String,
  message: Schema.String,
  /** `setup`: the agent was not started; `interrupted`: it was lost while it ran. */
  failure: Schema.Literals(["setup", "interrupted"]),
  transient: Schema.Boolean
}) {
  readonly code = "runner-failed" as const
  get hint(): string {
    return "`slipway batch resume` goes on when that is mended"
  }
}

/** What an agent is started with. */
export interface AgentJob {
  readonly key: AttemptKey
  readonly task: string
  readonly namespace: string
  /** Null: what the image runs by itself. */
  readonly command: readonly [program: string, ...args: ReadonlyArray<string>] | null
  readonly image: string
  /** What its container may use at most; a process has no limits. */
  readonly limits?: ResourceLimits
  /** Set for the agent; values may be secret, so that they are no arguments of a program. */
  readonly variables: Readonly<Record<string, string>>
  /** Absolute path of the folder it runs in. */
  readonly workspace: string
  readonly home: string
  readonly readOnlyFolders: ReadonlyArray<string>
  readonly labels: Readonly<Record<string, string>>
  /** Told each piece of output in the order in which it came; slow telling holds the agent up. */
  readonly onOutput: (bytes: Uint8Array, stream: "stdout" | "stderr") => Effect.Effect<void>
  /** Told once, when the agent runs. */
  readonly onStarted: Effect.Effect<void>
}

/** Which runner of this interface it is, and what it needs of a profile. */
export interface RunnerTraits {
  readonly kind: RunnerKind
  /** Whether the WorkspaceConfig must have a command. */
  readonly needsCommand: boolean
}

/**
 * Runs agents. Interrupting `run` stops the agent and whatever it started: SIGTERM, SIGKILL after a grace period or as
 * soon as the caller grows impatient. Nothing of it is left when the effect ends, however it ends.
 */
export class TaskRunner extends Context.Service<TaskRunner, {
  readonly traits: RunnerTraits
  /** Runs an agent to its end and gives its exit code, 128 + n after signal n. */
  readonly run: (job: AgentJob) => Effect.Effect<number, RunnerFailed>
  /** Stops and removes what attempts of a run left that nobody waits for any more. Gives how many there were. */
  readonly sweep: (uid: string) => Effect.Effect<number, RunnerFailed>
}>()("@slipway/core/batch/TaskRunner") {}

/** The runners that there are, by kind. */
export class TaskRunners extends Context.Service<TaskRunners, {
  readonly of: (kind: RunnerKind) => TaskRunner["Service"]
}>()("@slipway/core/batch/TaskRunners") {}
