import type { Effect } from "effect"

/** The processes of this machine. */
export interface ProcessTable {
  /** An opaque token of a process's start time, equal only for the same process; empty when the system hides it. */
  readonly startedAt: (pid: number) => string
  /** A process that runs, or null; a zombie does not run. Its start time is empty when the system hides it. */
  readonly find: (pid: number) => Effect.Effect<{ readonly startedAt: string } | null>
}

/** Whether a number can be a process's: 0 and below name groups of processes. */
export const isProcessId = (pid: number): boolean => Number.isSafeInteger(pid) && pid > 0 && pid <= 2 ** 31 - 1

/** Whether the system has a process of this id, by signal 0: also one that belongs to somebody else. */
export const hasProcess = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}
