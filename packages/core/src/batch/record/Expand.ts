import type { TaskContext } from "../kinds/TaskContext.ts"
import type { RunSnapshot } from "./RunSnapshot.ts"

/** The constant and the variable part of a batch. */
export interface ExpandableBatch {
  readonly commonContext: ReadonlyArray<TaskContext>
  readonly variableContexts: ReadonlyArray<ReadonlyArray<TaskContext>>
}

/** One task of a batch. */
export interface ExpandedTask {
  /** From 0. */
  readonly index: number
  readonly contexts: ReadonlyArray<TaskContext>
}

/**
 * All tasks of a batch, by the seed's formula: `Task[i] = commonContext + variableContexts[i]`. The contexts are the
 * batch's own objects, not copies. {@link taskContexts} gives those of one task.
 *
 * @example
 * expand({ commonContext: [guide], variableContexts: [[shop], [search]] })
 * // [{ index: 0, contexts: [guide, shop] }, { index: 1, contexts: [guide, search] }]
 */
export const expand = ({ commonContext, variableContexts }: ExpandableBatch): ReadonlyArray<ExpandedTask> =>
  variableContexts.map((variable, index) => ({ index, contexts: commonContext.concat(variable) }))

/** The contexts of one task; of an index that no task has, none. */
export const taskContexts = (
  { commonContext, variableContexts }: ExpandableBatch,
  index: number
): ReadonlyArray<TaskContext> => {
  const variable = variableContexts[index]
  return variable === undefined ? [] : commonContext.concat(variable)
}

/**
 * The name of a task, of its Job, and what its branch is named after: `<run>-task-<index>`; a Task that stands alone has
 * the run's own name.
 */
export const taskName = ({ kind, name }: Pick<RunSnapshot, "kind" | "name">, index: number): string =>
  kind === "Task" ? name : `${name}-task-${index}`
