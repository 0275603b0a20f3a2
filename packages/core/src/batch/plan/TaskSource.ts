import type { TaskContext } from "../kinds/TaskContext.ts"
import type { ExpandableBatch } from "../record/Expand.ts"

/** The contexts of a run, and where each stands in the resource that holds them. */
export interface TaskSource extends ExpandableBatch {
  /** Path of the field of a context, such as `spec.variableContexts[1][2]`; `task` is null for the common ones. */
  readonly pathOf: (task: number | null, position: number) => string
}

/** A context of a {@link TaskSource}. */
export interface PlacedContext {
  readonly context: TaskContext
  /** Null for a common one. */
  readonly task: number | null
  readonly path: string
}

/** Every context once, those that are common first. */
export const placedContexts = (
  { commonContext, pathOf, variableContexts }: TaskSource
): ReadonlyArray<PlacedContext> => {
  const placed = (task: number | null) => (context: TaskContext, position: number): PlacedContext => ({
    context,
    task,
    path: pathOf(task, position)
  })
  return [
    ...commonContext.map(placed(null)),
    ...variableContexts.flatMap((contexts, task) => contexts.map(placed(task)))
  ]
}

/** Tasks by their numbers, as few as tell it: `task 3`, `tasks 0, 1, 2 and 4 more`. */
export const describeTasks = (tasks: ReadonlyArray<number>): string => {
  if (tasks.length === 1) return `task ${tasks[0]}`
  const shown = tasks.slice(0, mostShown)
  const more = tasks.length - shown.length
  return more > 0
    ? `tasks ${shown.join(", ")} and ${more} more`
    : `tasks ${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`
}

const mostShown = 4
