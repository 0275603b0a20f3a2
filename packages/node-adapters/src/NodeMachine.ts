import type {
  Approvals,
  Commands,
  Compose,
  Containers,
  Git,
  HealthProbe,
  Host,
  HostPorts,
  Journal,
  ProjectFiles,
  SlotRegistry
} from "@slipway/core"
import { Layer } from "effect"
import { composeCommandLayer } from "./docker/ComposeCommand.ts"
import { dockerEngineLayer } from "./docker/DockerEngine.ts"
import { fileApprovalsLayer } from "./files/FileApprovals.ts"
import { fileJournalLayer } from "./files/FileJournal.ts"
import { fileSlotRegistryLayer } from "./files/FileSlotRegistry.ts"
import { nodeProjectFilesLayer } from "./files/NodeProjectFiles.ts"
import { gitCommandLayer } from "./git/GitCommand.ts"
import { fetchHealthProbeLayer } from "./network/FetchHealthProbe.ts"
import { nodeHostPortsLayer } from "./network/NodeHostPorts.ts"
import { nodeCommandsLayer } from "./process/NodeCommands.ts"
import { nodeDigestLayer } from "./process/NodeDigest.ts"
import { nodeHostLayer } from "./process/NodeHost.ts"
import { Subprocess } from "./process/Subprocess.ts"

/** For whom Slipway works. Nothing else of the process is read. */
export interface NodeSlipwayOptions {
  /** The caller's environment variables. */
  readonly variables: Readonly<Record<string, string>>
  /** Folder of Slipway's state; `SLIPWAY_HOME`, else `~/.devops-ai`, when absent. */
  readonly home?: string
}

/** What worktrees and sandboxes need of this machine. */
export type MachineAdapters =
  | Approvals
  | Commands
  | Compose
  | Containers
  | Git
  | HealthProbe
  | Host
  | HostPorts
  | Journal
  | ProjectFiles
  | SlotRegistry

/** git, Docker, files, processes and ports of this machine: all that worktrees and sandboxes need. */
export const machineAdaptersLayer = (options: NodeSlipwayOptions): Layer.Layer<MachineAdapters> => {
  const ground = Layer.mergeAll(Subprocess.layer, nodeProjectFilesLayer).pipe(
    Layer.provideMerge(nodeHostLayer(options))
  )
  return Layer.mergeAll(
    composeCommandLayer,
    dockerEngineLayer,
    fetchHealthProbeLayer,
    fileApprovalsLayer,
    fileJournalLayer,
    fileSlotRegistryLayer,
    gitCommandLayer,
    nodeCommandsLayer,
    nodeDigestLayer,
    nodeHostPortsLayer
  ).pipe(Layer.provideMerge(ground))
}
