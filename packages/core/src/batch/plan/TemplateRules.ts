import type { PathFault } from "./TaskLayout.ts"
import { describeTasks, type PlacedContext, placedContexts, type TaskSource } from "./TaskSource.ts"
import { templateFaults, variablesOf } from "./Template.ts"

/** What is wrong with the variables in the inline texts of a run. */
export const inlineFaults = (source: TaskSource): ReadonlyArray<PathFault> => {
  const isCommon = source.commonContext.some(({ type }) => type === "Repository")
  const without = isCommon ?
    [] :
    source.variableContexts.flatMap((contexts, task) =>
      contexts.some(({ type }) => type === "Repository") ? [] : [task]
    )
  const lacking = new Set(without)
  return placedContexts(source).flatMap((placed) => {
    const text = inlineText(placed)
    if (text === null) return []
    const path = `${placed.path}.file.source.inline`
    const tasks = placed.task === null ? without : lacking.has(placed.task) ? [placed.task] : []
    return [
      ...templateFaults(text).map(({ mark, message }) => ({ path, message, mark })),
      ...(tasks.length === 0 ?
        [] :
        [...variablesOf(text)].filter((name) => name.startsWith("repository.")).map((name) => ({
          path,
          message: `\${{ ${name} }} stands for nothing in ${describeTasks(tasks)}, without a repository`
        })))
    ]
  })
}

const inlineText = ({ context }: PlacedContext): string | null =>
  context.type === "File" && "inline" in context.file.source ? context.file.source.inline : null
