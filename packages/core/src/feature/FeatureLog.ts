import { Context, type Effect, type Result, Schema } from "effect"
import type { LockBusy } from "../slot/SlotRegistry.ts"
import type { FeatureLogEntry } from "./FeatureEvent.ts"
import type { FeatureHistory, LogFault } from "./LogLines.ts"

/** A feature's log could not be read or written. */
export class LogUnavailable extends Schema.TaggedError<LogUnavailable>()("LogUnavailable", {
  path: Schema.String,
  reason: Schema.String
}) {
  readonly code = "log-unavailable" as const
  override get message(): string {
    return `cannot use the log ${this.path}: ${this.reason}`
  }
  get hint(): string {
    return "make it readable and its folder writable, and free some space"
  }
}

/** What is to be appended: an entry without its place in the chain. */
export type NewEntry = Pick<FeatureLogEntry, "at" | "actor" | "event" | "key">

/** Where a feature's log is. */
export interface FeatureAddress {
  /** Absolute path of the repository's main checkout. */
  readonly main: string
  readonly feature: string
}

/** What a log told, or why it cannot. */
export interface ListedFeature {
  readonly feature: string
  readonly history: Result.Result<FeatureHistory, LogFault | LogUnavailable>
}

/**
 * The logs of the features of a repository: append-only, each line chained to the one before by its SHA-256. Readers
 * need no lock. Those who append to logs of one repository come one after the other, whatever process they are in.
 */
export class FeatureLog extends Context.Service<FeatureLog, {
  /** The history of a feature, its chain verified; null when there is no log. */
  readonly read: (address: FeatureAddress) => Effect.Effect<FeatureHistory | null, LogFault | LogUnavailable>
  /** Names of the folders of a repository that can be features', sorted. */
  readonly names: (main: string) => Effect.Effect<ReadonlyArray<string>, LogUnavailable>
  /**
   * What is kept of each feature of a repository that has a log, sorted by name: thousands of histories need not be
   * held at once. One that cannot be read does not hide the others.
   */
  readonly readAll: <A>(
    main: string,
    keep: (listed: ListedFeature) => A
  ) => Effect.Effect<ReadonlyArray<A>, LogUnavailable>
  /**
   * Appends what `decide` gives, on disk when it returns, and gives the history after it. While `decide` runs, nobody
   * else appends to a log of this repository, so what it reads there stays as it is; it is given the history as it
   * stands, null without a log. With null nothing is appended. A torn last line is cut off before.
   */
  readonly append: <E, R>(
    address: FeatureAddress,
    decide: (history: FeatureHistory | null) => Effect.Effect<NewEntry | null, E, R>
  ) => Effect.Effect<FeatureHistory, E | LogFault | LogUnavailable | LockBusy, R>
}>()("@slipway/core/feature/FeatureLog") {}
