import { Result } from "effect"
import { sha256 } from "../operation/Sha256.ts"
import type { BatchFault } from "./BatchProblem.ts"
import type { BatchRequest } from "./BatchRequest.ts"
import type { FolderValue } from "./BatchSources.ts"
import { chooseRun, type ChosenRun } from "./ChooseRun.ts"
import { canonicalText } from "./ContextsHash.ts"
import { faultAt, faultOfFlag, findResource, type ReadOf } from "./FindResource.ts"
import { defaultHost, hostTemplate } from "./HostProfile.ts"
import type { PublishMode, ReadResource } from "./Kinds.ts"
import { defaultNamespace, dnsLabelPattern, longestLabel } from "./ObjectMeta.ts"
import { keyedByName, valueSource } from "./ReferencedValues.ts"
import { runName } from "./RunName.ts"
import { runPolicy } from "./RunPolicyOf.ts"
import { contextReferences, joinReferences, variableReferences } from "./RunReferences.ts"
import type { AgentProfile, RunnerKind, RunSnapshot, RunValues } from "./RunSnapshot.ts"
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
  readonly request: BatchRequest
  /** Tasks alone. */
  readonly kind?: "Task"
  /** Random; never the same twice. */
  readonly uid: string
  /** Five random lower-case letters and digits, for a name that is generated. */
  readonly suffix: string
  /** ISO 8601, UTC. */
  readonly now: string
  /** Whether there is a forge, where pull requests can be opened. */
  readonly hasForge: boolean
}

/** A run that can be kept. */
export interface MadeRun {
  readonly snapshot: RunSnapshot
  readonly values: RunValues
}

/**
 * Makes a run of what was read: chooses what is to run, resolves its WorkspaceConfig by the seed's order (named by the
 * BatchRun, by the Batch or Task, `default`, the built-in image), collects the values that are referred to and no others,
 * and looks whether all of it goes together. All faults at once; none holds a value.
 *
 * The snapshot's `specHash` is over what the tasks are made of: contexts, agent, host, and the values of ConfigMaps. Of
 * Secrets it is over names and keys alone: a hash that is shown must not let anyone try out what a secret may be.
 */
export const makeRun = (input: RunInput): Result.Result<MadeRun, ReadonlyArray<BatchFault>> =>
  Result.flatMap(Result.mapError(chooseRun(input), (fault) => [fault]), (chosen) => snapshotOf(chosen, input))

const snapshotOf = (
  chosen: ChosenRun,
  input: RunInput
): Result.Result<MadeRun, ReadonlyArray<BatchFault>> => {
  const { request, resources } = input
  const { holder, namespace, runnable, runSpec, tasks } = chosen
  const faults: Array<BatchFault> = []
  const config = workspaceConfigOf(chosen, resources)
  if (Result.isFailure(config)) faults.push(config.failure)
  const workspace = Result.getOrElse(config, () => null)
  const policy = runPolicy({
    spec: runSpec,
    workspace: workspace?.resource.spec ?? null,
    request,
    total: tasks.variableContexts.length
  })
  if (Result.isFailure(policy)) {
    for (const { from, message, path } of policy.failure) {
      faults.push(from === "flag" ? faultOfFlag(path, message) : faultAt(runnable, path, message))
    }
  }
  const name = runName(runnable.resource, request, input.suffix)
  if (Result.isFailure(name)) {
    const { from, message, path } = name.failure
    faults.push(from === "flag" ? faultOfFlag(path, message) : faultAt(runnable, path, message))
  }
  const host = hostTemplate(request.host ?? defaultHost)
  if (Result.isFailure(host)) faults.push(faultOfFlag("--host", host.failure))
  const template = Result.getOrElse(host, () => "")
  const agent = agentOf(workspace, request)
  const publish = request.publish ?? runSpec?.publish ?? "never"
  const runner = request.runner ?? (agent.command === null ? "docker" : "process")
  faults.push(
    ...commandFaults(agent, runner, request),
    ...publishFaults(publish, chosen, input),
    ...namespaceFaults(request)
  )

  const values = valueSource(resources, input.folderValues, namespace)
  const ofContexts = contextReferences(placedContexts(tasks), values, template)
  const ofVariables = variableReferences(agent.env, values)
  const layout = layoutFindings(tasks)
  for (const { message, path } of [...inlineFaults(tasks), ...ofContexts.faults, ...layout.faults]) {
    faults.push(faultAt(holder, path, message))
  }
  if (workspace !== null) {
    faults.push(...ofVariables.faults.map(({ message, path }) => faultAt(workspace, path, message)))
  }
  if (faults.length > 0 || Result.isFailure(policy) || Result.isFailure(name)) return Result.fail(faults)

  const collected = joinReferences([ofContexts, ofVariables]).values
  const configMaps = keyedByName(collected, "ConfigMap")
  const { commonContext, variableContexts } = tasks
  const made = { commonContext, variableContexts, agent, hostTemplate: template }
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
      warnings: layout.warnings
    },
    values: { configMaps, secrets: keyedByName(collected, "Secret") }
  })
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
  return {
    workspaceConfig: config?.resource.metadata.name ?? null,
    image: spec?.agentImage ?? builtInImage,
    command: request.command ?? spec?.command ?? null,
    env: spec?.env ?? []
  }
}

const commandFaults = (
  { command, workspaceConfig }: AgentProfile,
  runner: RunnerKind,
  request: BatchRequest
): ReadonlyArray<BatchFault> => {
  if (request.command !== undefined && (request.command.length === 0 || request.command[0] === "")) {
    return [faultOfFlag("--command", "must name a program")]
  }
  if (runner === "docker" || command !== null) return []
  const where = workspaceConfig === null
    ? "and there is no WorkspaceConfig with one"
    : `and WorkspaceConfig ${JSON.stringify(workspaceConfig)} has none`
  return [
    faultOfFlag("--runner", `process needs a command, ${where}: give it one, or --command, or take --runner docker`)
  ]
}

const namespaceFaults = ({ namespace = defaultNamespace }: BatchRequest): ReadonlyArray<BatchFault> =>
  namespace.length <= longestLabel && dnsLabelPattern.test(namespace) ? [] : [
    faultOfFlag(
      "--namespace",
      `must be at most ${longestLabel} lower-case letters, digits and hyphens and begin and end with a letter or digit, found ${
        JSON.stringify(namespace)
      }`
    )
  ]

const publishFaults = (
  publish: PublishMode,
  { runnable }: ChosenRun,
  { hasForge, request }: RunInput
): ReadonlyArray<BatchFault> => {
  if (hasForge || publish === "never" || publish === "branch") return []
  const message = `${publish} opens pull requests, and nothing is here that can; branch pushes the branches alone`
  return [
    request.publish === undefined ? faultAt(runnable, "spec.publish", message) : faultOfFlag("--publish", message)
  ]
}
