import { Effect } from "effect"
import { execFile, execFileSync } from "node:child_process"
import { hasProcess, isProcessId, type ProcessTable } from "./ProcessTable.ts"

/** Processes as `ps` tells them, for systems without `/proc`. A start time is exact to the second. */
export const psProcesses: ProcessTable = {
  startedAt: (pid) => {
    try {
      return parseProcess(execFileSync("ps", psArguments(pid), psOptions))?.startedAt ?? ""
    } catch {
      return ""
    }
  },
  find: (pid) =>
    Effect.callback((resume) => {
      if (!isProcessId(pid) || !hasProcess(pid)) return resume(Effect.succeed(null))
      execFile("ps", psArguments(pid), psOptions, (_error, output) => {
        const found = parseProcess(output)
        if (found === null) resume(Effect.succeed(hasProcess(pid) ? { startedAt: "" } : null))
        else resume(Effect.succeed(found.state.startsWith("Z") ? null : found))
      })
    })
}

const psArguments = (pid: number): Array<string> => ["-o", "stat=,lstart=", "-p", String(pid)]

/** One language and time zone, whatever the caller's, so that tokens of different callers are equal. */
const psOptions = {
  encoding: "utf8",
  env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
  stdio: ["ignore", "pipe", "ignore"]
} as const satisfies Parameters<typeof execFileSync>[2]

const parseProcess = (output: string): { readonly state: string; readonly startedAt: string } | null => {
  const parts = /^\s*(\S+)\s+(\S.*?)\s*$/u.exec(output)
  return parts?.[1] === undefined || parts[2] === undefined ? null : { state: parts[1], startedAt: parts[2] }
}
