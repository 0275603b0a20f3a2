import type { SandboxConfig } from "../project/InfraConfig.ts"
import { hostPort, type Slot, slotFolderName, slotNumbers } from "../slot/Slot.ts"
import { type Container, labels } from "./Containers.ts"

/** A sandbox as the labels of its containers tell it. */
export interface LabelledSandbox {
  readonly composeProject: string
  readonly project: string
  readonly slot: number
  /** Absolute path. */
  readonly worktree: string
}

/** The sandboxes of a home that containers tell of, each once. */
export const labelledSandboxes = (
  containers: ReadonlyArray<Container>,
  home: string
): ReadonlyArray<LabelledSandbox> => {
  const told = containers.flatMap((container): ReadonlyArray<LabelledSandbox> => {
    const { labels: own } = container
    const [composeProject, project, worktree] = [own[labels.composeProject], own[labels.project], own[labels.worktree]]
    const slot = Number(own[labels.slot])
    const isNumber = Number.isInteger(slot) && slot >= slotNumbers.first && slot <= slotNumbers.last
    return own[labels.home] !== home || composeProject === undefined || project === undefined ||
        worktree === undefined || !isNumber
      ? []
      : [{ composeProject, project, slot, worktree }]
  })
  return [...new Map(told.map((sandbox) => [sandbox.composeProject, sandbox])).values()]
}

/**
 * The claim of a sandbox whose registry entry and slot folder are lost: what labels tell, and the ports by their formula.
 */
export const claimOfLabels = (sandbox: LabelledSandbox, known: {
  readonly home: string
  /** Absolute path of the main checkout. */
  readonly repository: string
  readonly config: Pick<SandboxConfig, "ports" | "portStride"> | null
  /** ISO 8601. */
  readonly claimedAt: string
}): Slot => {
  const folder = `${known.home}/slots/${slotFolderName(sandbox.project, sandbox.slot)}`
  const { portStride = 1, ports = {} } = known.config ?? {}
  return {
    slot_id: sandbox.slot,
    project: sandbox.project,
    worktree_path: sandbox.worktree,
    slot_dir: folder,
    compose_file_copy: `${folder}/docker-compose.yml`,
    ports: Object.fromEntries(
      Object.entries(ports).map(([name, base]) => [name, hostPort(base, sandbox.slot, portStride)])
    ),
    claimed_at: known.claimedAt,
    status: "running",
    repository: known.repository,
    compose_project: sandbox.composeProject,
    labelled: true
  }
}
