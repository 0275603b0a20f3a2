import { highestNumber, idOf } from "./Decided.ts"
import type { ChecklistEntry, SubmittedText } from "./FeatureCommand.ts"
import type { ListedTask } from "./FeatureEvent.ts"
import type { FeatureTask } from "./FeatureState.ts"

/** Boxes that stand for something to be done: neither optional ones nor those that only gather others. */
export const toBeDone = <Entry extends ChecklistEntry>(
  { checklist }: { readonly checklist: ReadonlyArray<Entry> }
): ReadonlyArray<Entry> => checklist.filter(({ isGroup, isOptional }) => !isGroup && !isOptional)

/**
 * The tasks of tasks.md, each with the id of the task that it already is, or with a new one. A line is the task of the
 * same number and words, else of the same words, else of the same number: so neither a task put in between nor a
 * sentence put better makes a task twice. A task that is over is not found by its number alone: what
 * was done were other words. Ids go on after the highest, so none is ever used twice.
 */
export const listedTasks = (
  text: Pick<SubmittedText, "checklist">,
  known: ReadonlyMap<string, FeatureTask>
): ReadonlyArray<ListedTask> => {
  const entries = toBeDone(text)
  const ids = new Map<ChecklistEntry, string>()
  const left = new Set(known.values())
  /** Gives each entry that has no task yet the first one left of the same key. */
  const match = (
    keyOf: (one: Pick<FeatureTask, "label" | "title">) => string | null,
    isMeant: (task: FeatureTask) => boolean = () => true
  ): void => {
    const byKey = Map.groupBy([...left].filter(isMeant), keyOf)
    for (const entry of entries) {
      if (ids.has(entry)) continue
      const key = keyOf(entry)
      const task = key === null ? undefined : byKey.get(key)?.shift()
      if (task === undefined) continue
      ids.set(entry, task.id)
      left.delete(task)
    }
  }
  match(({ label, title }) => `${label ?? ""} ${title}`)
  match(({ title }) => title)
  match(({ label }) => label, (task) => !isOver(task))
  let number = highestNumber(known.keys())
  return entries.map((entry) => {
    const id = ids.get(entry)
    if (id === undefined) number += 1
    return { task: id ?? idOf("task", number), title: entry.title, label: entry.label }
  })
}

const isOver = ({ status }: FeatureTask): boolean => status === "completed" || status === "cancelled"
