import { Effect } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { type AttemptProcess, type AttemptProcessTable, attemptVariable } from "./AttemptProcesses.ts"

/** How long, in milliseconds, a process of another kind is not looked at again: its number is not given away so soon. */
const remembered = 2000

/** How often a process is looked at that is just being made. */
const mostLooks = 20

/** A process as `/proc/<pid>/stat` tells it. */
interface ProcessStat {
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly startedAt: string
}

/**
 * The processes of attempts as `/proc` tells them. A process is known by the environment that it was started with; one
 * that has written over it, as some servers do to show a title, is found only in its group.
 */
export const linuxAttempts = (): AttemptProcessTable => {
  /** The processes without the variable, by number, with the time of the look. */
  const others = new Map<number, number>()

  const attemptOf = (pid: number, now: number): string | null => {
    const looked = others.get(pid)
    if (looked !== undefined && now - looked < remembered) return null
    for (let looks = 0; looks < mostLooks; looks++) {
      const environment = readText(`/proc/${pid}/environ`)
      if (environment !== null && environment !== "") {
        const attempt = attemptIn(environment)
        if (attempt === null) others.set(pid, now)
        return attempt
      }
      // Nothing to read: a kernel's thread, another user's, one that has ended, or one that is just starting a program.
      const stat = readStat(pid)
      if (stat === null || hasEnded(stat)) return null
      if (environment === null || stat.parent === 2 || pid === 2) {
        others.set(pid, now)
        return null
      }
    }
    return null
  }

  const find = (fits: (attempt: string) => boolean, leader?: number): ReadonlyArray<AttemptProcess> => {
    const now = performance.now()
    const pids = readdirSync("/proc").map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    const present = new Set(pids)
    for (const pid of others.keys()) {
      if (!present.has(pid)) others.delete(pid)
    }
    const marked = pids.flatMap((pid) => {
      const attempt = attemptOf(pid, now)
      return attempt !== null && fits(attempt) ? running(pid) : []
    })
    const groups = new Set(marked.filter(({ group, pid }) => group === pid).map(({ group }) => group))
    if (leader !== undefined && hasGroup(leader)) groups.add(leader)
    if (groups.size === 0) return marked
    const known = new Set(marked.map(({ pid }) => pid))
    const members = pids.filter((pid) => !known.has(pid)).flatMap(running).filter(({ group }) => groups.has(group))
    return [...marked, ...members]
  }

  return {
    find: (fits, leader) => Effect.sync(() => find(fits, leader)),
    isSame: ({ pid, startedAt }) => readStat(pid)?.startedAt === startedAt
  }
}

const running = (pid: number): ReadonlyArray<AttemptProcess> => {
  const stat = readStat(pid)
  return stat === null || hasEnded(stat) ? [] : [{ pid, group: stat.group, startedAt: stat.startedAt }]
}

const hasEnded = ({ state }: ProcessStat): boolean => state === "Z" || state === "X"

const hasGroup = (group: number): boolean => {
  try {
    process.kill(-group, 0)
    return true
  } catch {
    return false
  }
}

const prefix = `\0${attemptVariable}=`

const attemptIn = (environment: string): string | null => {
  const start = `\0${environment}`.indexOf(prefix)
  if (start === -1) return null
  const value = environment.slice(start + prefix.length - 1)
  const end = value.indexOf("\0")
  return end === -1 ? value : value.slice(0, end)
}

const readStat = (pid: number): ProcessStat | null => {
  const stat = readText(`/proc/${pid}/stat`)
  if (stat === null) return null
  // The name, in parentheses, may hold spaces and parentheses. The state is field 3, the start time field 22.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const [state = "X", parent, group] = fields
  return { state, parent: Number(parent), group: Number(group), startedAt: fields[22 - 3] ?? "" }
}

const readText = (path: string): string | null => {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return null
  }
}
