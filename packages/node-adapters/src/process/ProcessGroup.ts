import { Effect } from "effect"
import type { ChildProcess } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"

/** Milliseconds between SIGTERM and SIGKILL, and then for the system to do away with what was killed. */
const grace = 5000
const burial = 1000
const firstLook = 5
const lookInterval = 160

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
 * Ends a child and what it started: SIGTERM, then SIGKILL five seconds later to those that are left. Done when all are
 * gone; one that the system cannot kill is not waited for.
 */
export const stopProcesses = (child: ChildProcess, isShared: boolean): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const begun = performance.now()
    let isKilled = false
    const look = (next: number) => {
      const waited = performance.now() - begun
      if (!signalProcesses(child, isShared, 0) || isGroupOfZombies(child) || waited > grace + burial) {
        // Somebody who left the group may still hold them.
        child.stdout?.destroy()
        child.stderr?.destroy()
        return resume(Effect.void)
      }
      if (waited > grace && !isKilled) isKilled = signalProcesses(child, isShared, "SIGKILL")
      setTimeout(look, next, Math.min(next * 2, lookInterval))
    }
    signalProcesses(child, isShared, "SIGTERM")
    look(firstLook)
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
