import { Effect } from "effect"
import { execFile, execFileSync } from "node:child_process"
import { type AttemptProcess, type AttemptProcessTable, attemptVariable } from "./AttemptProcesses.ts"

/**
 * The processes of attempts as macOS' `ps` tells them: it shows the environment of one's own processes, but not of those
 * that the system protects. On a system whose `ps` shows no environment, only what stays in a group is found.
 */
export const psAttempts: AttemptProcessTable = {
  find: (fits, leader) => Effect.map(list, (text) => parseAttempts(text, fits, leader)),
  isSame: ({ pid, startedAt }) => {
    try {
      return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], psOptions).trim() === startedAt
    } catch {
      return false
    }
  }
}

const psOptions = {
  encoding: "utf8",
  env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
  maxBuffer: 64 * 1024 * 1024
} as const

const list: Effect.Effect<string> = Effect.callback((resume) => {
  execFile("ps", ["-axwwE", "-o", "pid=,pgid=,stat=,lstart=,command="], psOptions, (_, output) => {
    resume(Effect.succeed(output))
  })
})

const line = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\d{4})\s(.*)$/u
const variable = new RegExp(`(?:^| )${attemptVariable}=(\\S+)`, "u")

/** Reads the list of processes of `ps -E`. */
export const parseAttempts = (
  text: string,
  fits: (attempt: string) => boolean,
  leader?: number
): ReadonlyArray<AttemptProcess> => {
  const all = text.split("\n").flatMap((one) => {
    const [, pid, group, state = "", startedAt = "", command = ""] = line.exec(one) ?? []
    if (pid === undefined || state.startsWith("Z") || Number(pid) === process.pid) return []
    const attempt = variable.exec(command)?.[1]
    const isMarked = attempt !== undefined && fits(attempt)
    return [{ process: { pid: Number(pid), group: Number(group), startedAt }, isMarked }]
  })
  const groups = new Set(
    all.flatMap((one) => one.isMarked && one.process.pid === one.process.group ? [one.process.pid] : [])
  )
  if (leader !== undefined) groups.add(leader)
  return all.filter((one) => one.isMarked || groups.has(one.process.group)).map((one) => one.process)
}
