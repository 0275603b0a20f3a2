import { Context, type Effect } from "effect"

/**
 * A process that cannot be confused with a later one of the same id: its id and an opaque token of its start time.
 */
export interface ProcessIdentity {
  readonly pid: number
  /** Opaque; equal only for the same process. The empty string where the system does not tell. */
  readonly startedAt: string
}

/**
 * The machine as Slipway sees it: who runs, in which environment, and where state is kept. Nothing else in Slipway
 * reads process globals, so several Slipways with different homes can live in one process.
 */
export class Host extends Context.Service<Host, {
  /** This process. */
  readonly self: ProcessIdentity
  /** Whether a process still runs, and is the same one. */
  readonly isAlive: (process: ProcessIdentity) => Effect.Effect<boolean>
  /** The caller's environment variables. */
  readonly variables: Readonly<Record<string, string>>
  /** Absolute path of the folder that holds Slipway's state: `SLIPWAY_HOME`, else `~/.devops-ai`. */
  readonly home: string
}>()("@slipway/core/operation/Host") {}
