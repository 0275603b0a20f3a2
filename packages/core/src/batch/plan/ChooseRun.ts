import { Result } from "effect"
import { closestWord } from "../../project/ClosestWord.ts"
import type { BatchRunSpec, BatchSpec, ReadResource } from "../kinds/Kinds.ts"
import { defaultNamespace } from "../kinds/ObjectMeta.ts"
import type { BatchFault } from "../source/BatchProblem.ts"
import {
  faultAt,
  faultOfFlag,
  findResource,
  ofKind,
  type ReadOf,
  resourceLabel,
  resourcePlace
} from "../source/FindResource.ts"
import type { BatchRequest } from "./BatchRequest.ts"
import type { TaskSource } from "./TaskSource.ts"

/** What a run can be made of. */
export type Runnable = ReadOf<"Batch"> | ReadOf<"BatchRun"> | ReadOf<"Task">

/** What a run is made of. */
export interface ChosenRun {
  /** What was asked for; the run has its labels. */
  readonly runnable: Runnable
  readonly namespace: string
  /** Null without a BatchRun. */
  readonly runSpec: BatchRunSpec | null
  /** The name of the Batch; null for an inline one and for a Task. */
  readonly batch: string | null
  /** The resource that holds the contexts. */
  readonly holder: ReadResource
  readonly tasks: TaskSource
  /** The WorkspaceConfig that is named, and where; null when none is. */
  readonly workspaceConfig: { readonly name: string; readonly read: ReadResource; readonly path: string } | null
}

/** What a choice is made from. */
export interface ChoiceInput {
  readonly resources: ReadonlyArray<ReadResource>
  readonly request: Pick<BatchRequest, "select" | "namespace">
  /** Tasks alone. */
  readonly kind?: "Task"
}

/**
 * What of the files is to run: what `select` names (`NAME` or `KIND/NAME`), else the only BatchRun, else the only Batch,
 * else the only Task. With `kind`, Tasks alone count.
 */
export const chooseRun = (input: ChoiceInput): Result.Result<ChosenRun, BatchFault> =>
  Result.flatMap(chooseRunnable(input), (runnable) => resolve(runnable, input))

const chooseRunnable = ({ kind, request: { namespace, select }, resources }: ChoiceInput): Result.Result<
  Runnable,
  BatchFault
> => {
  const groups: ReadonlyArray<ReadonlyArray<Runnable>> = kind === "Task"
    ? [ofKind(resources, "Task")]
    : [ofKind(resources, "BatchRun"), ofKind(resources, "Batch"), ofKind(resources, "Task")]
  const all = groups.flat()
  if (all.length === 0) {
    const wanted = kind === "Task" ? "Task" : "Batch, BatchRun or Task"
    return Result.fail(faultOfFlag("", `no ${wanted} is in the files`))
  }
  const named = select === undefined ? groups : groups.map((group) => group.filter((one) => isNamed(one, select)))
  const matches = named.find((group) => group.length > 0) ?? []
  const inNamespace = matches.filter(({ resource: { metadata } }) => (metadata.namespace ?? namespace) === namespace)
  const [chosen, ...others] = matches.length > 1 && inNamespace.length > 0 ? inNamespace : matches
  if (chosen === undefined) {
    const meant = closestWord(select ?? "", all.flatMap(({ resource: { metadata } }) => metadata.name ?? []))
    const advice = meant === null ? `there are ${all.map(described).join(", ")}` : `did you mean ${meant}?`
    return Result.fail(faultOfFlag("NAME", `nothing is called ${JSON.stringify(select)}; ${advice}`))
  }
  return others.length === 0
    ? Result.succeed(chosen)
    : Result.fail(faultOfFlag(
      "NAME",
      `must say which one is to run: ${[chosen, ...others].map(described).join(", ")}`
    ))
}

const isNamed = ({ resource }: Runnable, select: string): boolean => {
  const { generateName, name } = resource.metadata
  return [name ?? generateName, resourceLabel(resource)].includes(select)
}

const described = (runnable: Runnable): string => `${resourceLabel(runnable.resource)} (${resourcePlace(runnable)})`

const resolve = (runnable: Runnable, { request, resources }: ChoiceInput): Result.Result<ChosenRun, BatchFault> => {
  const { resource } = runnable
  const namespace = resource.metadata.namespace ?? request.namespace ?? defaultNamespace
  const plain = { runnable, namespace, runSpec: null, batch: null, holder: runnable }
  switch (resource.kind) {
    case "Task": {
      const { contexts, workspaceConfigRef: name } = resource.spec
      return Result.succeed({
        ...plain,
        tasks: {
          commonContext: [],
          variableContexts: [contexts],
          pathOf: (_, position) => `spec.contexts[${position}]`
        },
        workspaceConfig: configNamed(name, runnable, "spec")
      })
    }
    case "Batch":
      return Result.succeed({
        ...plain,
        batch: resource.metadata.name ?? null,
        tasks: tasksOf(resource.spec, "spec"),
        workspaceConfig: configNamed(resource.spec.workspaceConfigRef, runnable, "spec")
      })
    case "BatchRun": {
      const { batchRef, batchSpec, workspaceConfigRef: name } = resource.spec
      const own = configNamed(name, runnable, "spec")
      if (batchSpec !== undefined) {
        const path = "spec.batchSpec"
        return Result.succeed({
          ...plain,
          runSpec: resource.spec,
          tasks: tasksOf(batchSpec, path),
          workspaceConfig: own ?? configNamed(batchSpec.workspaceConfigRef, runnable, path)
        })
      }
      if (batchRef === undefined) return Result.fail(faultAt(runnable, "spec", "must have batchRef or batchSpec"))
      const found = findResource(resources, "Batch", batchRef, namespace)
      if (Result.isFailure(found)) return Result.fail(faultAt(runnable, "spec.batchRef", found.failure))
      const holder = found.success
      const { spec } = holder.resource
      return Result.succeed({
        ...plain,
        runSpec: resource.spec,
        batch: batchRef,
        holder,
        tasks: tasksOf(spec, "spec"),
        workspaceConfig: own ?? configNamed(spec.workspaceConfigRef, holder, "spec")
      })
    }
  }
}

const tasksOf = ({ commonContext, variableContexts }: BatchSpec, path: string): TaskSource => ({
  commonContext,
  variableContexts,
  pathOf: (task, position) =>
    task === null ? `${path}.commonContext[${position}]` : `${path}.variableContexts[${task}][${position}]`
})

const configNamed = (name: string | undefined, read: ReadResource, path: string): ChosenRun["workspaceConfig"] =>
  name === undefined ? null : { name, read, path: `${path}.workspaceConfigRef` }
