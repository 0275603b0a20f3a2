import { Impatience } from "@slipway/core"
import { Duration, Effect } from "effect"
import { burial, firstLook, lookInterval } from "./ProcessGroup.ts"

/** The variable that tells of every process which attempt of which run it belongs to: `<uid>/<index>/<attempt>`. */
export const attemptVariable = "SLIPWAY_ATTEMPT"

/** A process that bears {@link attemptVariable}, or is in the group of one. */
export interface AttemptProcess {
  readonly pid: number
  /** The process group. */
  readonly group: number
  /** Equal only for the same process. */
  readonly startedAt: string
}

/** Finds the processes of attempts, wherever they have gone: a daemon leaves its group, but keeps its environment. */
export interface AttemptProcessTable {
  /**
   * The running processes of this user whose variable fits, without this one. What has wiped its environment out is found
   * as long as it stays in a group that one of the others, or `leader`, leads.
   */
  readonly find: (
    fits: (attempt: string) => boolean,
    leader?: number
  ) => Effect.Effect<ReadonlyArray<AttemptProcess>>
  /** Whether it is still the same process. */
  readonly isSame: (found: AttemptProcess) => boolean
}

/**
 * Stops the processes of attempts: SIGTERM, SIGKILL to those that are left after the grace period or as soon as the caller
 * grows impatient. What they start meanwhile is theirs to tidy up with, and is told to end when they have; one that the
 * system cannot kill is not waited for. Gives how many it met.
 */
export const stopAttempts = Effect.fnUntraced(function*(
  table: AttemptProcessTable,
  fits: (attempt: string) => boolean,
  options: { readonly grace: Duration.Input; readonly leader?: number }
) {
  const impatience = yield* Impatience
  const met = new Set<string>()
  const told = new Set<string>()
  const begun = performance.now()
  let killAt = begun + Duration.toMillis(Duration.fromInputUnsafe(options.grace))

  const look = Effect.gen(function*() {
    const found = yield* table.find(fits, options.leader)
    for (const one of found) met.add(keyOf(one))
    const mustEnd = performance.now() >= killAt
    if (mustEnd || !found.some((one) => told.has(keyOf(one)))) {
      for (const one of found) {
        told.add(keyOf(one))
        if (table.isSame(one)) send(one.pid, mustEnd ? "SIGKILL" : "SIGTERM")
      }
    }
    return found.length === 0 || performance.now() > killAt + burial
  })
  const grow = Effect.sync(() => {
    killAt = Math.min(killAt, performance.now())
  })
  const stop = Effect.fnUntraced(function*() {
    for (let next = firstLook; !(yield* look); next = Math.min(next * 2, lookInterval)) yield* pause(next)
  })
  // Looked at once: mostly nothing is left, and then nothing is waited for.
  if (yield* look) return met.size
  yield* Effect.raceFirst(stop(), Effect.andThen(Effect.andThen(Effect.andThen(impatience, grow), look), Effect.never))
  return met.size
})

const keyOf = ({ pid, startedAt }: AttemptProcess): string => `${pid} ${startedAt}`

/** Real time, whatever a test says that the time is: processes end by it. */
const pause = (milliseconds: number): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const timer = setTimeout(() => resume(Effect.void), milliseconds)
    return Effect.sync(() => clearTimeout(timer))
  })

const send = (pid: number, signal: NodeJS.Signals) => {
  try {
    process.kill(pid, signal)
  } catch {
    // It has gone meanwhile.
  }
}
