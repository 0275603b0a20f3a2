import { type ChecklistItem, parseChecklist, tickItem } from "../project/Checklist.ts"
import type { FeatureTask } from "./FeatureState.ts"
import { listedTasks, toBeDone } from "./SubmittedText.ts"

/** A box of tasks.md that does not say how its task stands. */
export interface BoxToChange extends Pick<ChecklistItem, "line" | "label" | "title"> {
  readonly isChecked: boolean
}

/**
 * The boxes of tasks.md that are to be ticked, as their tasks are completed, or emptied, as these were begun again.
 * Boxes of other tasks stay as they are.
 */
export const boxesToChange = (
  text: string,
  tasks: ReadonlyMap<string, FeatureTask>
): ReadonlyArray<BoxToChange> => {
  const checklist = parseChecklist(text)
  const items = toBeDone({ checklist })
  return listedTasks({ checklist }, tasks).flatMap(({ task }, at) => {
    const item = items[at]
    const status = tasks.get(task)?.status
    if (item === undefined || (status !== "completed" && status !== "in-progress")) return []
    const { label, line, title } = item
    const isChecked = status === "completed"
    return item.isChecked === isChecked ? [] : [{ line, label, title, isChecked }]
  })
}

/** The text with its boxes changed. */
export const changeBoxes = (text: string, boxes: ReadonlyArray<BoxToChange>): string =>
  boxes.reduce((changed, { isChecked, line }) => tickItem(changed, line, isChecked), text)
