import { Layer } from "effect"
import type { ProcessIdentity } from "../operation/Host.ts"
import { slipwayServicesLayer } from "../SlipwayServices.ts"
import type { PortInUse } from "../slot/HostPorts.ts"
import { memoryApprovalsLayer } from "./MemoryApprovals.ts"
import { memoryCommandsLayer, type MemoryProgram } from "./MemoryCommands.ts"
import { memoryComposeLayer } from "./MemoryCompose.ts"
import { memoryContainersLayer } from "./MemoryContainers.ts"
import { memoryEngineLayer } from "./MemoryEngine.ts"
import { memoryEngineProbeLayer } from "./MemoryEngineProbe.ts"
import { memoryFeatureLogLayer } from "./MemoryFeatureLog.ts"
import { memoryGitLayer, type MemoryRepositoryOptions } from "./MemoryGit.ts"
import { memoryHostLayer } from "./MemoryHost.ts"
import { memoryHostPortsLayer } from "./MemoryHostPorts.ts"
import { memoryJournalLayer } from "./MemoryJournal.ts"
import { memoryProjectFilesLayer } from "./MemoryProjectFiles.ts"
import { memorySlotRegistryLayer } from "./MemorySlotRegistry.ts"
import { memorySpecFilesLayer } from "./MemorySpecFiles.ts"

/** A machine in memory, as Slipway finds it. */
export interface MemorySlipwayOptions {
  /** Content of files by absolute path. */
  readonly files?: Readonly<Record<string, string>>
  /** Repositories by their main checkout; its files are the first commit. */
  readonly repositories?: Readonly<Record<string, MemoryRepositoryOptions>>
  /** Texts of features' logs by absolute path. */
  readonly featureLogs?: Readonly<Record<string, string>>
  /** Folder of Slipway's state. */
  readonly home?: string
  /** Environment variables. */
  readonly variables?: Readonly<Record<string, string>>
  /** Other processes that live. */
  readonly alive?: ReadonlyArray<ProcessIdentity>
  /** Ports in use, as a bind test finds them. */
  readonly busyPorts?: ReadonlyArray<PortInUse>
  /** What setup commands and secret stores do, by program. */
  readonly programs?: Readonly<Record<string, MemoryProgram>>
  /** Text of the slot registry. */
  readonly registry?: string
  /** How many probes of a health endpoint are in vain. */
  readonly unansweredProbes?: number
}

/**
 * All of Slipway on a machine in memory: no git, no Docker, no files. `MemoryEngine`, `MemoryFileTree` and
 * `MemoryRepositories` are there to arrange it, to break it and to look at it.
 *
 * @example
 * Effect.provide(program, memorySlipwayLayer({
 *   files: { "/code/shop/README.md": "# Shop" },
 *   repositories: { "/code/shop": { remote: "origin" } }
 * }))
 */
export const memorySlipwayLayer = (options: MemorySlipwayOptions = {}) =>
  Layer.provideMerge(slipwayServicesLayer, memoryAdaptersLayer(options))

/** The adapters of {@link memorySlipwayLayer} alone. */
export const memoryAdaptersLayer = (options: MemorySlipwayOptions = {}) =>
  Layer.mergeAll(
    memoryApprovalsLayer,
    memoryCommandsLayer(options.programs),
    memoryComposeLayer(),
    memoryContainersLayer,
    memoryEngineProbeLayer(options.unansweredProbes === undefined ? {} : { unanswered: options.unansweredProbes }),
    memoryFeatureLogLayer(options.featureLogs),
    memoryGitLayer(options.repositories),
    memoryHostLayer({
      ...(options.home === undefined ? {} : { home: options.home }),
      ...(options.variables === undefined ? {} : { variables: options.variables }),
      ...(options.alive === undefined ? {} : { alive: options.alive })
    }),
    memoryHostPortsLayer(options.busyPorts),
    memoryJournalLayer,
    memorySlotRegistryLayer(options.registry),
    memorySpecFilesLayer
  ).pipe(Layer.provideMerge(Layer.merge(memoryEngineLayer(), memoryProjectFilesLayer(options.files))))
