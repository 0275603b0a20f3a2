import { taskName } from "./Expand.ts"
import type { RunSnapshot } from "./RunSnapshot.ts"

/**
 * The tasks of a run that a text names: an index, a task's name, or a repository as `repo` or `org/repo`; in order.
 *
 * @example
 * findTasks(snapshot, "service-a") // [0]
 */
export const findTasks = (snapshot: RunSnapshot, text: string): ReadonlyArray<number> => {
  const { commonContext, variableContexts } = snapshot
  if (/^\d+$/u.test(text)) return Number(text) < variableContexts.length ? [Number(text)] : []
  return variableContexts.flatMap((contexts, index) =>
    taskName(snapshot, index) === text ||
      [...commonContext, ...contexts].some((context) =>
        context.type === "Repository" &&
        (context.repository.repo === text || `${context.repository.org}/${context.repository.repo}` === text)
      )
      ? [index]
      : []
  )
}
