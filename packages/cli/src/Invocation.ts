import type {
  Audit,
  Batches,
  Doctor,
  Done,
  Features,
  Impl,
  Inits,
  Migrations,
  Overview,
  Sandboxes,
  SpecProjects
} from "@slipway/core"
import { Context, type Effect, Schema, type Scope } from "effect"
import type { UsageError } from "./UsageError.ts"

/**
 * The services that commands call, by name: their modules are heavy, so commands know their types alone, and a mistyped
 * command does not load them.
 */
export interface Services {
  readonly audit: Audit["Service"]
  readonly batches: Batches["Service"]
  readonly doctor: Doctor["Service"]
  readonly done: Done["Service"]
  readonly features: Features["Service"]
  readonly impl: Impl["Service"]
  readonly inits: Inits["Service"]
  readonly migrations: Migrations["Service"]
  readonly overview: Overview["Service"]
  readonly sandboxes: Sandboxes["Service"]
  readonly specProjects: SpecProjects["Service"]
}

/** What the global flags say. */
export class Settings extends Context.Service<Settings, {
  /** Print an envelope instead of text. */
  readonly json: boolean
  /** Show the commands that are run, and stack traces. */
  readonly verbose: boolean
  /** What `-C` names; null for the folder that one stands in. */
  readonly directory: string | null
}>()("@slipway/cli/Invocation/Settings") {}

/** One run of the command line: what it stands on. */
export class Invocation extends Context.Service<Invocation, {
  /** Loads the services. */
  readonly services: Effect.Effect<Services, never, Scope.Scope>
  /** The absolute path of what `-C` names, or of the folder that one stands in. */
  readonly directory: (path: string | null) => Effect.Effect<string, UsageError>
  /** Remembers which command runs, and whether interrupting it is its usual end, for what is told when it is stopped. */
  readonly begin: (command: string, traits?: { readonly isEndless: boolean }) => Effect.Effect<void>
  /**
   * Takes signals over, until the scope closes: the first one interrupts nothing, but ends the effect that is given, and the
   * command stops by itself what it has begun, tells of it and ends. A second one ends `Impatience`.
   */
  readonly stopSignal: Effect.Effect<Effect.Effect<StopSignal>, never, Scope.Scope>
}>()("@slipway/cli/Invocation") {}

/** What asked a command to stop. */
export interface StopSignal {
  readonly exitCode: number
  /** Such as `interrupted`. */
  readonly message: string
}

/** A command has ended and has told everything itself; this is its exit code. */
export class CommandEnded extends Schema.TaggedError<CommandEnded>()("CommandEnded", { exitCode: Schema.Int }) {}
