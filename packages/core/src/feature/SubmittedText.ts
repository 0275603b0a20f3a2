import { Result } from "effect"
import { highestNumber, idOf } from "./Decided.ts"
import type { ChecklistEntry, SubmittedText } from "./FeatureCommand.ts"
import type { ListedTask, QaResult } from "./FeatureEvent.ts"
import type { FeatureTask } from "./FeatureState.ts"

/** Boxes that stand for something to be done: neither optional ones nor those that only gather others. */
const toBeDone = ({ checklist }: SubmittedText): ReadonlyArray<ChecklistEntry> =>
  checklist.filter(({ isGroup, isOptional }) => !isGroup && !isOptional)

/**
 * The tasks of tasks.md, each with the id of the task that it already is, or with a new one. A line is the task of the
 * same number and words, else of the same words, else of the same number: so neither a task put in between nor a
 * sentence put better makes a task twice. A task that is over is not found by its number alone: what
 * was done were other words. Ids go on after the highest, so none is ever used twice.
 */
export const listedTasks = (
  text: SubmittedText,
  known: ReadonlyMap<string, FeatureTask>
): ReadonlyArray<ListedTask> => {
  const entries = toBeDone(text)
  const ids = new Map<ChecklistEntry, string>()
  const left = new Map(known)
  const match = (isSame: (entry: ChecklistEntry, task: FeatureTask) => boolean): void => {
    for (const entry of entries) {
      const task = ids.has(entry) ? undefined : [...left.values()].find((candidate) => isSame(entry, candidate))
      if (task === undefined) continue
      ids.set(entry, task.id)
      left.delete(task.id)
    }
  }
  match((entry, task) => entry.label === task.label && entry.title === task.title)
  match((entry, task) => entry.title === task.title)
  match((entry, task) => entry.label !== null && entry.label === task.label && !isOver(task))
  let number = highestNumber(known.keys())
  return entries.map((entry) => {
    const id = ids.get(entry)
    if (id === undefined) number += 1
    return { task: id ?? idOf("task", number), title: entry.title, label: entry.label }
  })
}

const isOver = ({ status }: FeatureTask): boolean => status === "completed" || status === "cancelled"

/** An item of a QA plan: its number and what is to be seen. */
const itemOf = ({ label, title }: ChecklistEntry): string => label === null ? title : `${label} ${title}`

/** What a QA plan wants to be tested, each once. */
export const planItems = (text: SubmittedText): ReadonlyArray<string> => [...new Set(toBeDone(text).map(itemOf))]

/**
 * Reads QA results: for each item of the plan one box, ticked when it passed, found by its number or its words, with
 * evidence after the words or on the lines below. Without a plan, each box is an item of its own.
 */
export const qaResults = (
  text: SubmittedText,
  plan: ReadonlyArray<string>
): Result.Result<ReadonlyArray<QaResult>, string> => {
  const entries = toBeDone(text)
  if (plan.length === 0) {
    return entries.length === 0
      ? Result.fail("it has no result")
      : Result.all(
        entries.map((entry) => resultOf(entry, itemOf({ ...entry, title: entry.title.split(": ", 1)[0] ?? "" })))
      )
  }
  return Result.all(plan.map((item) => {
    const entry = entries.find((candidate) => isAbout(candidate, item))
    return entry === undefined ? Result.fail(`it has no result for: ${item}`) : resultOf(entry, item)
  }))
}

const isAbout = ({ label, title }: ChecklistEntry, item: string): boolean => {
  if (label !== null && /^[\d.]+ /u.test(item)) return item.startsWith(`${label} `)
  return title === item || title.startsWith(`${item}:`) || title.startsWith(`${item} `)
}

const resultOf = (entry: ChecklistEntry, item: string): Result.Result<QaResult, string> => {
  const evidence = evidenceOf(entry, item)
  return evidence === ""
    ? Result.fail(`it has no evidence for: ${item}`)
    : Result.succeed({ item, passed: entry.isChecked, evidence })
}

/** What stands after the item's words, or below them. */
const evidenceOf = (entry: ChecklistEntry, item: string): string => {
  const words = entry.label === null ? item : item.slice(item.indexOf(" ") + 1)
  const rest = entry.title.startsWith(words)
    ? entry.title.slice(words.length)
    : entry.title.slice(entry.title.includes(": ") ? entry.title.indexOf(": ") : entry.title.length)
  return [rest.replace(/^[\s:–—-]+/u, ""), ...entry.details].map((line) => line.trim()).filter((line) => line !== "")
    .join("\n")
}
