import {
  type Approvals,
  type Commands,
  type Compose,
  type Containers,
  type FeatureLog,
  type Git,
  type HealthProbe,
  type Host,
  type HostPorts,
  type Journal,
  type ProjectFiles,
  slipwayServicesLayer,
  type SlotRegistry,
  type SpecFiles
} from "@slipway/core"
import { Layer } from "effect"
import { composeCommandLayer } from "./docker/ComposeCommand.ts"
import { dockerEngineLayer } from "./docker/DockerEngine.ts"
import { fileApprovalsLayer } from "./files/FileApprovals.ts"
import { fileFeatureLogLayer } from "./files/FileFeatureLog.ts"
import { fileJournalLayer } from "./files/FileJournal.ts"
import { fileSlotRegistryLayer } from "./files/FileSlotRegistry.ts"
import { nodeProjectFilesLayer } from "./files/NodeProjectFiles.ts"
import { nodeSpecFilesLayer } from "./files/NodeSpecFiles.ts"
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

/** What an outside system gives: everything that core declares and does not do itself. */
export type Adapters =
  | Approvals
  | Commands
  | Compose
  | Containers
  | FeatureLog
  | Git
  | HealthProbe
  | Host
  | HostPorts
  | Journal
  | ProjectFiles
  | SlotRegistry
  | SpecFiles

/** The adapters of this package: git, Docker, files, processes and ports of this machine. */
export const adaptersLayer = (options: NodeSlipwayOptions): Layer.Layer<Adapters> => {
  const ground = Layer.mergeAll(Subprocess.layer, nodeProjectFilesLayer).pipe(
    Layer.provideMerge(nodeHostLayer(options))
  )
  return Layer.mergeAll(
    composeCommandLayer,
    dockerEngineLayer,
    fetchHealthProbeLayer,
    fileApprovalsLayer,
    fileFeatureLogLayer,
    fileJournalLayer,
    fileSlotRegistryLayer,
    gitCommandLayer,
    nodeCommandsLayer,
    nodeDigestLayer,
    nodeHostPortsLayer,
    nodeSpecFilesLayer
  ).pipe(Layer.provideMerge(ground))
}

/**
 * Slipway on this machine.
 *
 * @example
 * program.pipe(Effect.provide(NodeSlipway.layer({ variables: { PATH: "/usr/bin" } })))
 */
export const layer = (options: NodeSlipwayOptions) => Layer.provideMerge(slipwayServicesLayer, adaptersLayer(options))
