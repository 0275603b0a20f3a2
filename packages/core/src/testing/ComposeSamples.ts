import { Context, type Effect, type Scope } from "effect"
import type { ComposeProject } from "../sandbox/Compose.ts"
import type { LogLine } from "../sandbox/Containers.ts"

/** What the one container of a sample's service does. */
export interface SampleProgram {
  /** Printed at once. */
  readonly output?: ReadonlyArray<Pick<LogLine, "stream" | "text">>
  /** Ends with this code after printing; runs until it is stopped when absent. */
  readonly exitCode?: number
}

/** A Compose project for contract suites. */
export interface ComposeSample {
  readonly project: ComposeProject
  /** Writes a file of the project's folder, `__PROGRAM__` as in its compose file; gives its absolute path. */
  readonly write: (name: string, text: string) => Effect.Effect<string>
  /** A host port on which nothing listens. */
  readonly freePort: Effect.Effect<number>
  /** Uses a host port, beside the engine, until the scope closes; gives the port. */
  readonly takenPort: Effect.Effect<number, never, Scope.Scope>
  /** Makes the container of a service print one more line; the service must be running. */
  readonly print: (service: string, text: string) => Effect.Effect<void>
}

/**
 * Makes Compose projects, for the contract suites of `Containers` and `Compose`.
 *
 * In the compose text, `__PROGRAM__` at the indentation of a service's keys stands for what makes the service do what
 * its {@link SampleProgram} says: image, command, and an end as soon as it is asked to stop.
 */
export class ComposeSamples extends Context.Service<ComposeSamples, {
  /** A project of a name of its own; all that is left of it goes when the scope closes. */
  readonly make: (
    compose: string,
    programs: Readonly<Record<string, SampleProgram>>
  ) => Effect.Effect<ComposeSample, never, Scope.Scope>
  /** A name that no project, network or volume has; networks of this name go when the scope closes. */
  readonly freshName: Effect.Effect<string, never, Scope.Scope>
}>()("@slipway/core/testing/ComposeSamples") {}
