import { Result } from "effect"
import { sha256 } from "../../operation/Sha256.ts"
import type { ReadResource } from "../kinds/Kinds.ts"
import { resourceLimits } from "../kinds/ResourceLimits.ts"
import type { AgentProfile, RunnerKind, RunSnapshot, RunValues } from "../record/RunSnapshot.ts"
import type { BatchFault } from "../source/BatchProblem.ts"
import type { FolderValue } from "../source/BatchSources.ts"
import { faultAt, faultOfFlag, findResource, type ReadOf } from "../source/FindResource.ts"
import { describePassedOver, type PassedOver } from "../source/PassedOver.ts"
import { mayBeUndecoded, type UndecodedResource } from "../source/UndecodedResource.ts"
import type { BatchRequest } from "./BatchRequest.ts"
import { chooseRun, type ChosenRun } from "./ChooseRun.ts"
import { canonicalText } from "./ContextsHash.ts"
import { flagFaults, folderFaults, publishFault } from "./FlagFaults.ts"
import { defaultHost, hostTemplate as hostTemplateOf } from "./HostProfile.ts"
import { certaintyOf, lostRunnables } from "./LostRunnable.ts"
import { keyedByName, valueSource } from "./ReferencedValues.ts"
import { runName } from "./RunName.ts"
import { runPolicy } from "./RunPolicyOf.ts"
import { contextReferences, joinReferences, variableReferences } from "./RunReferences.ts"
import { layoutFindings } from "./TaskLayout.ts"
import { placedContexts } from "./TaskSource.ts"
import { inlineFaults } from "./TemplateRules.ts"

/** The image that agents run in when no WorkspaceConfig names one. */
export const builtInImage = "quay.io/zhaoxue/kubetask-agent:latest"

/** The WorkspaceConfig of those that name none. */
export const defaultWorkspaceConfig = "default"

/** What a run is made from. */
export interface RunInput {
  readonly resources: ReadonlyArray<ReadResource>
  readonly folderValues: ReadonlyArray<FolderValue>
  /** What the files hold beside; it is warned of. */
  readonly passedOver?: ReadonlyArray<PassedOver>
  /** What of the files has faults: there is no run then, and nothing is told that may follow from it. */
  readonly undecoded?: ReadonlyArray<UndecodedResource>
  readonly request: BatchRequest
  /** Tasks alone. */
  readonly kind?: "Task"
  /** Random; never the same twice. */
  readonly uid: string
  /** Five random lower-case letters and digits, for a name that is generated. */
  readonly suffix: string
  /** ISO 8601, UTC. */
  readonly now: string
}

/** A run that can be kept. */
export interface MadeRun {
  readonly snapshot: RunSnapshot
  readonly values: RunValues
}

/**
 * Makes a run of what was read: chooses what is to run, resolves its WorkspaceConfig by the seed's order (named by the
 * BatchRun, by the Batch or Task, `default`, the built-in image), collects the values that are referred to and no others,
 * and looks whether all of it goes together. All faults at once, those of flags too; none holds a value. With undecoded
 * resources it always fails: with what is wrong beside them, which may be nothing.
 *
 * The snapshot's `specHash` is over what the tasks are made of: contexts, agent, host, and the values of ConfigMaps. Of
 * Secrets it is over names and keys alone: a hash that is shown must not let anyone try out what a secret may be.
 */
export const makeRun = (input: RunInput): Result.Result<MadeRun, ReadonlyArray<BatchFault>> => {
  const lost = { ...input, undecoded: input.undecoded ?? [] }
  const flags = [...flagFaults(input.request), ...folderFaults(input.folderValues)]
  const choice = chooseRun(input)
  if (Result.isFailure(choice)) {
    // Of what is undecoded only its own faults are told, not that it is missed.
    return Result.fail(lostRunnables(lost).length > 0 ? flags : [...flags, choice.failure])
  }
  switch (certaintyOf(choice.success, lost)) {
    case "chosen":
      return snapshotOf(choice.success, input, flags)
    case "contexts":
      return Result.fail([...flags, ...contextFindings(choice.success, input).faults])
    case "nothing":
      return Result.fail(flags)
  }
}

const snapshotOf = (
  chosen: ChosenRun,
  input: RunInput,
  flags: ReadonlyArray<BatchFault>
): Result.Result<MadeRun, ReadonlyArray<BatchFault>> => {
  const { passedOver = [], request, resources, undecoded = [] } = input
  const { namespace, runnable, runSpec, tasks } = chosen
  const faults = [...flags]
  const config = workspaceConfigOf(chosen, resources)
  const workspace = Result.getOrElse(config, () => null)
  const wanted = chosen.workspaceConfig?.name ?? defaultWorkspaceConfig
  const isConfigLost = workspace === null && mayBeUndecoded(undecoded, "WorkspaceConfig", wanted)
  if (Result.isFailure(config) && !isConfigLost) faults.push(config.failure)
  const policy = runPolicy({
    spec: runSpec,
    workspace: workspace?.resource.spec ?? null,
    request,
    total: tasks.variableContexts.length
  })
  if (Result.isFailure(policy)) {
    for (const { from, message, path } of policy.failure) {
      if (from === "spec") faults.push(faultAt(runnable, path, message))
    }
  }
  const name = runName(runnable.resource, request, input.suffix)
  if (Result.isFailure(name) && name.failure.from === "resource") {
    faults.push(faultAt(runnable, name.failure.path, name.failure.message))
  }
  const agent = agentOf(workspace, request)
  const publish = request.publish ?? runSpec?.publish ?? "never"
  const runner = request.runner ?? (agent.command === null ? "docker" : "process")
  if (Result.isSuccess(config) && !isConfigLost) faults.push(...commandFaults(agent, runner))
  const unpublished = publishFault(publish)
  if (unpublished !== null && request.publish === undefined) {
    faults.push(faultAt(runnable, "spec.publish", unpublished))
  }

  const contexts = contextFindings(chosen, input)
  faults.push(...contexts.faults)
  const ofVariables = variableReferences(agent.env, contexts.values)
  if (workspace !== null) {
    faults.push(...ofVariables.faults.map(({ message, path }) => faultAt(workspace, path, message)))
  }
  const isRefused = faults.length > 0 || undecoded.length > 0
  if (isRefused || Result.isFailure(policy) || Result.isFailure(name)) return Result.fail(faults)

  const collected = joinReferences([contexts.references, ofVariables]).values
  const configMaps = keyedByName(collected, "ConfigMap")
  const { commonContext, variableContexts } = tasks
  const made = { commonContext, variableContexts, agent, hostTemplate: contexts.hostTemplate ?? "" }
  return Result.succeed({
    snapshot: {
      schema: "slipway/batch-run/v1",
      uid: input.uid,
      name: name.success,
      namespace,
      kind: runnable.resource.kind === "Task" ? "Task" : "BatchRun",
      batch: chosen.batch,
      labels: runnable.resource.metadata.labels ?? {},
      ...made,
      policy: policy.success,
      runner,
      publish,
      suspend: runSpec?.suspend ?? false,
      cancel: runSpec?.cancel ?? false,
      keepWorkspaces: request.keepWorkspaces ?? false,
      specHash: sha256(canonicalText({ ...made, configMaps })),
      createdAt: input.now,
      warnings: [...passedOver.map(describePassedOver), ...contexts.warnings]
    },
    values: { configMaps, secrets: keyedByName(collected, "Secret") }
  })
}

/** What the contexts of a run are made of, and what is wrong with them. */
const contextFindings = (
  { holder, namespace, tasks }: ChosenRun,
  { folderValues, request, resources, undecoded }: RunInput
) => {
  const hostTemplate = Result.getOrElse(hostTemplateOf(request.host ?? defaultHost), () => null)
  const values = valueSource(resources, folderValues, namespace, undecoded)
  const references = contextReferences(placedContexts(tasks), values, hostTemplate)
  const layout = layoutFindings(tasks)
  const faults = [...inlineFaults(tasks), ...references.faults, ...layout.faults]
    .map(({ mark, message, path }) => faultAt(holder, path, message, mark))
  return { faults, hostTemplate, references, values, warnings: layout.warnings }
}

/** The WorkspaceConfig of a run; null for the built-in image. */
const workspaceConfigOf = (
  { namespace, workspaceConfig }: ChosenRun,
  resources: ReadonlyArray<ReadResource>
): Result.Result<ReadOf<"WorkspaceConfig"> | null, BatchFault> => {
  if (workspaceConfig !== null) {
    const { name, path, read } = workspaceConfig
    return Result.mapError(
      findResource(resources, "WorkspaceConfig", name, namespace),
      (message) => faultAt(read, path, message)
    )
  }
  const first = resources.find(({ resource: { kind, metadata } }) =>
    kind === "WorkspaceConfig" && metadata.name === defaultWorkspaceConfig &&
    (metadata.namespace ?? namespace) === namespace
  )
  return first === undefined
    ? Result.succeed(null)
    : Result.mapError(
      findResource(resources, "WorkspaceConfig", defaultWorkspaceConfig, namespace),
      (message) => faultAt(first, "metadata.name", message)
    )
}

const agentOf = (config: ReadOf<"WorkspaceConfig"> | null, request: BatchRequest): AgentProfile => {
  const spec = config?.resource.spec
  const limits = resourceLimits(spec?.resources?.limits ?? {})
  return {
    workspaceConfig: config?.resource.metadata.name ?? null,
    image: spec?.agentImage ?? builtInImage,
    command: request.command ?? spec?.command ?? null,
    env: spec?.env ?? [],
    ...(limits === null ? {} : { limits })
  }
}

const commandFaults = (
  { command, workspaceConfig }: AgentProfile,
  runner: RunnerKind
): ReadonlyArray<BatchFault> => {
  if (runner === "docker" || command !== null) return []
  const where = workspaceConfig === null
    ? "and there is no WorkspaceConfig with one"
    : `and WorkspaceConfig ${JSON.stringify(workspaceConfig)} has none`
  return [
    faultOfFlag("--runner", `process needs a command, ${where}: give it one, or --command, or take --runner docker`)
  ]
}
