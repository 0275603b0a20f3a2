import { Context, type Effect, Schema } from "effect"
import type { Slot } from "./Slot.ts"

/** The registry could not be read or written at all. */
export class RegistryUnavailable extends Schema.TaggedError<RegistryUnavailable>()("RegistryUnavailable", {
  path: Schema.String,
  reason: Schema.String
}) {
  readonly code = "registry-unavailable" as const
  override get message(): string {
    return `cannot use the slot registry ${this.path}: ${this.reason}`
  }
  get hint(): string {
    return "make the folder writable and free some space, or set SLIPWAY_HOME to another folder"
  }
}

/** Another process holds the registry's lock and does not let go. */
export class LockBusy extends Schema.TaggedError<LockBusy>()("LockBusy", {
  path: Schema.String,
  /** Seconds that were waited. */
  waited: Schema.Number,
  /** The holder's process id, or null when it is not known. */
  holder: Schema.NullOr(Schema.Int)
}) {
  readonly code = "lock-busy" as const
  override get message(): string {
    const by = this.holder === null ? "" : ` by process ${this.holder}`
    return `${this.path} has been locked${by} for ${this.waited} s`
  }
  get hint(): string {
    return "try again; if that process hangs, end it: its lock goes with it"
  }
}

/** The registry was written by a newer Slipway. It is left as it is: what is damaged is rebuilt instead. */
export class RegistryCorrupt extends Schema.TaggedError<RegistryCorrupt>()("RegistryCorrupt", {
  path: Schema.String,
  reason: Schema.String
}) {
  readonly code = "registry-corrupt" as const
  override get message(): string {
    return `the slot registry ${this.path} cannot be used: ${this.reason}`
  }
  get hint(): string {
    return "use the slipway that wrote it, or a newer one; SLIPWAY_HOME can name another folder for this one"
  }
}

/** Everything that can go wrong with the registry. */
export type RegistryError = RegistryUnavailable | RegistryCorrupt | LockBusy

/** A damaged or lost registry that was put right: where the slots come from now, and where the bad file is. */
export interface RegistryRecovery {
  readonly from: "backup" | "slot-folders"
  /** Null when the registry was lost: there is no bad file. */
  readonly keptAt: string | null
}

/** A recovery in words. */
export const describeRecovery = ({ from, keptAt }: RegistryRecovery): string => {
  const source = from === "backup" ? "its backup" : "the slot folders"
  return keptAt === null
    ? `the slot registry was lost and recovered from ${source}`
    : `the slot registry was damaged and recovered from ${source}; the bad file is ${keptAt}`
}

/** An entry of the registry that cannot be read. It is left as it stands, and what it holds is not given away. */
export interface UnreadableClaim {
  /** The entry's key; its slot number, unless that is what cannot be read. */
  readonly key: string
  readonly reason: string
  /** The host ports that can be read off it. */
  readonly ports: ReadonlyArray<number>
}

/** An entry that cannot be read, in words. */
export const describeUnreadable = ({ key, reason }: UnreadableClaim): string =>
  `entry ${key} of the slot registry cannot be read and is left as it is: ${reason}`

/** All claimed slots at one moment, by number. */
export interface RegistrySnapshot {
  readonly slots: ReadonlyArray<Slot>
  readonly unreadable: ReadonlyArray<UnreadableClaim>
  /** Set when the file was damaged and this snapshot was recovered. */
  readonly recovery: RegistryRecovery | null
  /** Whether there may be claims that it does not hold: there is no registry, or it was made anew from slot folders. */
  readonly mayLack: boolean
}

/**
 * The claims of all projects on this machine. One entry a slot number.
 *
 * `modify` is the only way to change it: the change is decided and written under one inter-process lock, so no claim
 * is ever lost. Reading takes no lock.
 */
export class SlotRegistry extends Context.Service<SlotRegistry, {
  readonly read: Effect.Effect<RegistrySnapshot, RegistryError>
  /**
   * Decides on the newest slots and writes what it returns, all under the lock. When the decision fails, or returns
   * the same array of a sound registry, nothing is written. A decision must not modify the registry again: it would
   * wait for its own lock.
   */
  readonly modify: <A, E, R>(
    decide: (snapshot: RegistrySnapshot) => Effect.Effect<readonly [result: A, slots: ReadonlyArray<Slot>], E, R>
  ) => Effect.Effect<A, E | RegistryError, R>
}>()("@slipway/core/slot/SlotRegistry") {}
