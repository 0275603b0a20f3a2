import type { ProcessIdentity } from "../operation/Host.ts"
import { composeProjectOf, type Slot } from "../slot/Slot.ts"
import type { Container } from "./Containers.ts"
import type { KnownWorktree } from "./Inventory.ts"
import type { SandboxUrl, ServiceReport } from "./SandboxReport.ts"

/**
 * Whether a sandbox's containers run, as the engine tells it: `unknown` when no engine answers, `orphaned` when the
 * worktree is gone, `starting` while a living process makes it, `dead` when that process died.
 */
export type SandboxState = "running" | "partial" | "stopped" | "starting" | "dead" | "orphaned" | "unknown"

/** What the state of a sandbox is decided from. */
export interface SandboxObservation {
  readonly known: KnownWorktree
  /** All containers of the machine, or null when no engine answers. */
  readonly containers: ReadonlyArray<Container> | null
  /** Whether a process still runs, and is the same one. */
  readonly isAlive: (process: ProcessIdentity) => boolean
}

/** The containers of a slot among those of the machine. */
export const containersOf = (slot: Slot, containers: ReadonlyArray<Container>): ReadonlyArray<Container> =>
  containers.filter((container) => container.project === composeProjectOf(slot))

/** Whether the worktree's folder is there. */
export const isPresent = (known: KnownWorktree): boolean => known.worktree !== null && !known.worktree.missing

/** The state of a worktree's sandbox; null without a slot. What is recorded counts least: the engine decides. */
export const sandboxState = (observation: SandboxObservation): SandboxState | null => {
  const { known, containers } = observation
  const { slot } = known
  if (slot === null) return null
  if (!isPresent(known)) return "orphaned"
  if (slot.status === "starting") {
    return slot.process !== undefined && observation.isAlive(slot.process) ? "starting" : "dead"
  }
  if (containers === null) return "unknown"
  const own = containersOf(slot, containers)
  const running = own.filter((container) => container.state === "running")
  if (running.length === 0) return "stopped"
  return running.length === own.length ? "running" : "partial"
}

/** What is wrong with a worktree, each with the command that mends it. */
export const worktreeProblems = (observation: SandboxObservation): ReadonlyArray<string> => {
  const { known } = observation
  const problems: Array<string> = []
  switch (sandboxState(observation)) {
    case "dead":
      problems.push("the process that made this sandbox died: `slipway doctor --fix` clears it")
      break
    case "orphaned":
      problems.push(`its worktree is gone: \`slipway done ${known.identity.name}\` releases the slot`)
      break
    case "partial":
      problems.push("some containers do not run: `slipway sandbox logs`, then `slipway sandbox restart`")
      break
    default:
      if (known.slot === null && known.worktree?.missing === true) {
        problems.push(`its folder is gone: \`slipway done ${known.identity.name}\` removes git's record of it`)
      }
  }
  return problems
}

/** The ports of a slot, where one opens them. */
export const slotUrls = (slot: Slot): ReadonlyArray<SandboxUrl> =>
  Object.entries(slot.ports).map(([variable, port]) => ({ variable, port, url: `http://localhost:${port}` }))

/** The services of a sandbox as the engine tells them, by name. */
export const serviceReports = (containers: ReadonlyArray<Container>): ReadonlyArray<ServiceReport> =>
  containers.map((container) => ({
    service: container.service === "" ? container.name : container.service,
    state: container.state,
    health: container.health,
    ports: container.ports
  })).toSorted((a, b) => a.service < b.service ? -1 : a.service > b.service ? 1 : 0)
