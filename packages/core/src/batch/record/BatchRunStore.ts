import { Context, type Effect, type Scope, type Stream } from "effect"
import type { RunBusy, RunCorrupt, RunExists, RunUnavailable } from "../source/BatchProblem.ts"
import type { RunEvent } from "./RunEvent.ts"
import type { RunSnapshot, RunValues } from "./RunSnapshot.ts"

/** A run as it is kept. */
export interface StoredRun {
  readonly snapshot: RunSnapshot
  readonly events: ReadonlyArray<RunEvent>
  /** Lines of the journal that cannot be read: a torn last one after a crash. */
  readonly unreadableLines: number
}

/** Bytes of an attempt's log, and whether more may come. */
export interface LogRequest {
  readonly name: string
  readonly index: number
  readonly attempt: number
  /** Goes on until the attempt has ended; silence is no end. */
  readonly follow: boolean
  /** Only the last lines; all when absent. */
  readonly tail?: number
}

/** Keeps runs: what they are made of, their journal, the logs and results of attempts. */
export class BatchRunStore extends Context.Service<BatchRunStore, {
  /** Makes a run; whole, or not at all. */
  readonly create: (
    snapshot: RunSnapshot,
    values: RunValues
  ) => Effect.Effect<void, RunExists | RunUnavailable>
  /** The names of all runs, oldest first. */
  readonly names: Effect.Effect<ReadonlyArray<string>, RunUnavailable>
  /** A run by name; null when there is none. */
  readonly read: (name: string) => Effect.Effect<StoredRun | null, RunCorrupt | RunUnavailable>
  /** What a run is made of, without its journal; null when there is none. */
  readonly snapshot: (name: string) => Effect.Effect<RunSnapshot | null, RunCorrupt | RunUnavailable>
  /** The values that its tasks refer to; none when there is no such run. */
  readonly values: (name: string) => Effect.Effect<RunValues, RunCorrupt | RunUnavailable>
  /** The right to work on a run, until the scope closes; that of a process that was killed is taken over. */
  readonly hold: (name: string) => Effect.Effect<void, RunBusy | RunUnavailable, Scope.Scope>
  /** Whether a living process works on a run. */
  readonly isHeld: (name: string) => Effect.Effect<boolean, RunUnavailable>
  /** Appends to the journal; only for its holder. A write is whole or, after a crash, a torn last line. */
  readonly append: (name: string, events: ReadonlyArray<RunEvent>) => Effect.Effect<void, RunUnavailable>
  /** Asks whoever holds a run to stop it for good, or for the time being. Heard within a second. */
  readonly request: (name: string, request: RunRequest) => Effect.Effect<void, RunUnavailable>
  /** The requests that its holder has not heard yet, and those to come; never ends by itself. Each is heard once. */
  readonly requests: (name: string) => Stream.Stream<RunRequest, RunUnavailable>
  /** Takes requests away that nobody has heard: they were for a holder that is gone. Only for its holder. */
  readonly forgetRequests: (name: string) => Effect.Effect<void, RunUnavailable>
  /** Appends to the log of an attempt. */
  readonly appendLog: (
    name: string,
    index: number,
    attempt: number,
    bytes: Uint8Array
  ) => Effect.Effect<void, RunUnavailable>
  /** No more comes to the log of an attempt: frees what writing it took. */
  readonly closeLog: (name: string, index: number, attempt: number) => Effect.Effect<void>
  /** The bytes of an attempt's log. */
  readonly log: (request: LogRequest) => Stream.Stream<Uint8Array, RunUnavailable>
  /** Keeps a file of an attempt, such as `changes.patch` or `result.json`. */
  readonly keep: (
    name: string,
    index: number,
    attempt: number,
    file: { readonly name: string; readonly text: string }
  ) => Effect.Effect<void, RunUnavailable>
  /** A file that was kept; null when there is none. */
  readonly kept: (
    name: string,
    index: number,
    attempt: number,
    file: string
  ) => Effect.Effect<string | null, RunUnavailable>
  /** Absolute path of the folder of an attempt, where its log and kept files are. */
  readonly folder: (name: string, index: number, attempt: number) => string
  /** Takes a run away with all that is kept of it; only for its holder. */
  readonly remove: (name: string) => Effect.Effect<void, RunUnavailable>
}>()("@slipway/core/batch/BatchRunStore") {}

/** What may be asked of a run while another process works on it. */
export type RunRequest = { readonly _tag: "Cancel" } | { readonly _tag: "Suspend"; readonly suspend: boolean }
