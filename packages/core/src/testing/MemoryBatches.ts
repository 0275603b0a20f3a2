import { Effect, identity, Layer } from "effect"
import { type AgentJob, TaskRunners } from "../batch/attempt/TaskRunner.ts"
import { TaskWorkspaces } from "../batch/attempt/TaskWorkspaces.ts"
import { batchesLayer } from "../batch/BatchEngine.ts"
import type { Batches } from "../batch/Batches.ts"
import type { BatchResource } from "../batch/kinds/Kinds.ts"
import type { BatchRequest } from "../batch/plan/BatchRequest.ts"
import type { BatchRunStore } from "../batch/record/BatchRunStore.ts"
import { memoryBatchRunStoreLayer } from "./MemoryBatchRunStore.ts"
import { memoryBatchSourcesLayer } from "./MemoryBatchSources.ts"
import { memoryHostLayer } from "./MemoryHost.ts"
import { type MemoryAgents, memoryTaskRunnerLayer, type ScriptedAgent } from "./MemoryTaskRunner.ts"
import { type MemoryRemotes, memoryTaskWorkspacesLayer } from "./MemoryTaskWorkspaces.ts"
import { updateDependenciesResources } from "./UpdateDependenciesSample.ts"
import type { WorkspaceArrangement } from "./WorkspaceArrangement.ts"

/** What batches in memory are made of. */
export interface MemoryBatchesOptions {
  /** What each agent does; it ends well at once when absent. */
  readonly script?: (job: AgentJob) => ScriptedAgent
  /** What `/code/batch.yaml` holds; the seed's example when absent. */
  readonly resources?: ReadonlyArray<BatchResource>
  /** Other files: absolute path to text. */
  readonly files?: Readonly<Record<string, string>>
}

/** What can be looked at and arranged around {@link memoryBatchesLayer}. */
export type MemoryBatches = Batches | BatchRunStore | MemoryAgents | MemoryRemotes | WorkspaceArrangement

/**
 * Batches in memory: the engine over scripted agents, workspaces without git and a store without files.
 *
 * @example
 * program.pipe(Effect.provide(memoryBatchesLayer({ script: ({ key }) => ({ exitCode: key.index }) })))
 */
export const memoryBatchesLayer = (
  options: MemoryBatchesOptions = {}
): Layer.Layer<MemoryBatches> => memoryBatchesLayerOver({ ...options, store: memoryBatchRunStoreLayer })

/** Like {@link memoryBatchesLayer}, over a store of the test's own, and with changed adapters. */
export const memoryBatchesLayerOver = <Kept>(
  options: MemoryBatchesOptions & {
    readonly store: Layer.Layer<BatchRunStore | Kept>
    readonly changeRunners?: (runners: TaskRunners["Service"]) => TaskRunners["Service"]
    readonly changeWorkspaces?: (workspaces: TaskWorkspaces["Service"]) => TaskWorkspaces["Service"]
  }
): Layer.Layer<Kept | MemoryBatches> => {
  const {
    changeRunners,
    changeWorkspaces,
    files = {},
    resources = updateDependenciesResources,
    script = () => ({}),
    store
  } = options
  return batchesLayer.pipe(
    Layer.provide(Layer.mergeAll(
      Layer.effect(TaskRunners, Effect.map(TaskRunners, changeRunners ?? identity)),
      Layer.effect(TaskWorkspaces, Effect.map(TaskWorkspaces, changeWorkspaces ?? identity))
    )),
    Layer.provideMerge(Layer.mergeAll(store, memoryTaskRunnerLayer(script), memoryTaskWorkspacesLayer)),
    Layer.provide(memoryBatchSourcesLayer({ files: { ...files, "/code/batch.yaml": resourcesText(resources) } })),
    Layer.provide(memoryHostLayer())
  )
}

/** Resources as a text of YAML documents. */
export const resourcesText = (resources: ReadonlyArray<BatchResource>): string =>
  resources.map((resource) => `${JSON.stringify(resource)}\n`).join("---\n")

/** A request for `/code/batch.yaml`, whose repositories are those of a `WorkspaceArrangement`. */
export const memoryBatchRequest = (changes: Partial<BatchRequest> = {}): BatchRequest => ({
  directory: "/code",
  files: ["batch.yaml"],
  host: "https://example.org/{org}/{repo}",
  runner: "process",
  command: "agent",
  ...changes
})
