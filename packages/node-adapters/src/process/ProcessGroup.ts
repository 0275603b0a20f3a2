import { Impatience } from "@slipway/core"
import { Duration, Effect } from "effect"
import type { ChildProcess } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"

/** Between SIGTERM and SIGKILL, unless a caller names another grace period. */
const defaultGrace: Duration.Input = "5 seconds"

/** Milliseconds for the system to do away with what was killed. */
export const burial = 1000
export const firstLook = 5
export const lookInterval = 160

/**
 * Sends a signal to a child and to what it started, or, when it shares the caller's group, to it alone; signal 0 only
 * asks. Gives whether somebody was there. A group outlives its leader, so the leader's end says nothing about it.
 */
export const signalProcesses = (child: ChildProcess, isShared: boolean, signal: NodeJS.Signals | 0): boolean => {
  if (child.pid === undefined) return false
  // The id of one that has ended may be another's by now; the id of a group is not, as long as it has members.
  if (isShared && (child.exitCode !== null || child.signalCode !== null)) return false
  try {
    process.kill(isShared ? child.pid : -child.pid, signal)
    return true
  } catch {
    return false
  }
}

/**
 * Ends a child and what it started: SIGTERM, then SIGKILL to those that are left after the grace period, or as soon as the
 * caller grows impatient. Done when all are gone; one that the system cannot kill is not waited for.
 */
export const stopProcesses = (
  child: ChildProcess,
  isShared: boolean,
  grace: Duration.Input = defaultGrace
): Effect.Effect<void> =>
  Effect.flatMap(Impatience, (impatience) => {
    const begun = performance.now()
    let killAt = begun + Duration.toMillis(Duration.fromInputUnsafe(grace))
    let isKilled = false
    const gone = Effect.callback<void>((resume) => {
      let timer: NodeJS.Timeout | undefined
      const look = (next: number) => {
        const now = performance.now()
        if (!signalProcesses(child, isShared, 0) || isGroupOfZombies(child) || now > killAt + burial) {
          // Somebody who left the group may still hold them.
          child.stdout?.destroy()
          child.stderr?.destroy()
          return resume(Effect.void)
        }
        if (now >= killAt && !isKilled) isKilled = signalProcesses(child, isShared, "SIGKILL")
        timer = setTimeout(look, next, Math.min(next * 2, lookInterval))
      }
      signalProcesses(child, isShared, "SIGTERM")
      look(firstLook)
      return Effect.sync(() => clearTimeout(timer))
    })
    const kill = Effect.sync(() => {
      killAt = Math.min(killAt, performance.now())
      isKilled = signalProcesses(child, isShared, "SIGKILL")
    })
    return Effect.raceFirst(gone, Effect.andThen(Effect.andThen(impatience, kill), Effect.never))
  })

/**
 * Whether all of a child's group have ended, and only wait to be noticed: in a container, the first process often takes
 * its time, and a signal still finds them. Always no while the child itself runs, and where there is no `/proc`.
 */
const isGroupOfZombies = (child: ChildProcess): boolean => {
  if (child.exitCode === null && child.signalCode === null) return false
  try {
    const states = readdirSync("/proc").filter((name) => /^\d+$/u.test(name)).flatMap((pid) => {
      const { group, state } = readStat(pid)
      return group === child.pid ? [state] : []
    })
    return states.every((state) => state === "Z" || state === "X")
  } catch {
    return false
  }
}

const readStat = (pid: string): { readonly state: string; readonly group: number } => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
    // The name, in parentheses, may hold spaces and parentheses; then come state, parent and group.
    const [state = "", , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return { state, group: Number(group) }
  } catch {
    // It has gone meanwhile.
    return { state: "X", group: 0 }
  }
}
