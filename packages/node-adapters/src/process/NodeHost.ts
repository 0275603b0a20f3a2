import { Host, type ProcessIdentity } from "@slipway/core"
import { Effect, Layer } from "effect"
import { homedir } from "node:os"
import { join, resolve } from "node:path"
import { linuxProcesses } from "./LinuxProcesses.ts"
import type { ProcessTable } from "./ProcessTable.ts"
import { psProcesses } from "./PsProcesses.ts"

/** What a host is made of. */
export interface NodeHostOptions {
  /** The caller's environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** The folder of Slipway's state; `SLIPWAY_HOME`, else `~/.devops-ai`, when absent. `~` is the user's home. */
  readonly home?: string
  /** What a relative home starts at; the working directory when absent. */
  readonly directory?: string
}

/**
 * The machine that Node runs on.
 *
 * @example
 * program.pipe(Effect.provide(nodeHostLayer({ variables: process.env })))
 */
export const nodeHostLayer = (options: NodeHostOptions): Layer.Layer<Host> =>
  Layer.sync(Host, () => {
    const processes = process.platform === "linux" ? linuxProcesses : psProcesses
    return Host.of({
      self: identityOf(process.pid, processes),
      isAlive: Effect.fn("Host.isAlive")((identity: ProcessIdentity) => isAlive(identity, processes)),
      variables: Object.fromEntries(
        Object.entries(options.variables).flatMap(([name, value]) => value === undefined ? [] : [[name, value]])
      ),
      home: homeOf(options)
    })
  })

/** The start time is looked up when it is first asked for: it may cost a process. */
const identityOf = (pid: number, processes: ProcessTable): ProcessIdentity => {
  let startedAt: string | undefined
  return {
    pid,
    get startedAt() {
      startedAt ??= processes.startedAt(pid)
      return startedAt
    }
  }
}

const isAlive = (identity: ProcessIdentity, processes: ProcessTable): Effect.Effect<boolean> =>
  Effect.map(
    processes.find(identity.pid),
    (found) =>
      found !== null && (found.startedAt === "" || identity.startedAt === "" ||
        found.startedAt === identity.startedAt)
  )

const homeOf = ({ directory = process.cwd(), home, variables }: NodeHostOptions): string => {
  const user = nonEmpty(variables["HOME"]) ?? homedir()
  const chosen = nonEmpty(home) ?? nonEmpty(variables["SLIPWAY_HOME"]) ?? join(user, ".devops-ai")
  const expanded = chosen === "~" ? user : chosen.startsWith("~/") ? join(user, chosen.slice(2)) : chosen
  return resolve(directory, expanded)
}

const nonEmpty = (text: string | undefined): string | undefined => text === "" ? undefined : text
