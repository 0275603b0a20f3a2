import { Context, type Effect, type Scope } from "effect"
import type { AgentJob } from "../batch/attempt/TaskRunner.ts"

/** What an agent of a contract suite does, in this order. */
export interface AgentBehaviour {
  readonly output?: ReadonlyArray<{ readonly stream: "stdout" | "stderr"; readonly bytes: Uint8Array }>
  /** Ends with this code; runs until it is stopped when absent. */
  readonly exitCode?: number
  /** Whether it does not listen to SIGTERM. */
  readonly isDeaf?: boolean
}

/** A job without those who are told of it. */
export type SampleJob = Omit<AgentJob, "onOutput" | "onStarted">

/** Makes jobs, for the contract suite of `TaskRunner`. All that is left of them goes when the scope closes. */
export class AgentSamples extends Context.Service<AgentSamples, {
  readonly make: (behaviour: AgentBehaviour) => Effect.Effect<SampleJob, never, Scope.Scope>
  /** Runs a line for `sh`; null where there is no shell. */
  readonly shell: ((script: string) => Effect.Effect<SampleJob, never, Scope.Scope>) | null
  /** One that cannot be started. */
  readonly unable: Effect.Effect<SampleJob, never, Scope.Scope>
  /** Leaves something of an attempt, as a runner does that is killed; gives the run's uid. */
  readonly leave: Effect.Effect<string, never, Scope.Scope>
  /** How much there is of a run: processes, containers. */
  readonly left: (uid: string) => Effect.Effect<number>
  /** A file of a job's workspace; null when there is none. */
  readonly file: (job: SampleJob, name: string) => Effect.Effect<string | null>
}>()("@slipway/core/testing/AgentSamples") {}
