import { Effect } from "effect"
import * as fs from "node:fs"
import { hasProcess, isProcessId, type ProcessTable } from "./ProcessTable.ts"

/**
 * Processes as `/proc` tells them. A start time is the kernel's boot and its clock ticks since then, so that neither a
 * jump of the clock nor a restart of the machine can confuse two processes.
 */
export const linuxProcesses: ProcessTable = {
  startedAt: (pid) => readProcess(pid)?.startedAt ?? "",
  find: (pid) =>
    Effect.sync(() => {
      if (!isProcessId(pid)) return null
      const found = readProcess(pid)
      // Of others' processes, /proc may be hidden (hidepid).
      if (found === null) return hasProcess(pid) ? { startedAt: "" } : null
      return found.state === "Z" || found.state === "X" ? null : found
    })
}

const readProcess = (pid: number): { readonly state: string; readonly startedAt: string } | null => {
  const stat = readText(`/proc/${pid}/stat`)
  if (stat === null) return null
  // The name, in parentheses, may hold spaces and parentheses. The state is field 3, the start time field 22.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const [state, ticks] = [fields[0], fields[22 - 3]]
  return state === undefined || ticks === undefined ? null : { state, startedAt: `${bootId()}:${ticks}` }
}

let boot: string | undefined

const bootId = (): string => {
  boot ??= readText("/proc/sys/kernel/random/boot_id")?.trim() ?? ""
  return boot
}

const readText = (path: string): string | null => {
  try {
    return fs.readFileSync(path, "latin1")
  } catch {
    return null
  }
}
