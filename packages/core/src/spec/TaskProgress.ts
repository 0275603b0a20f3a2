import type { ChecklistItem } from "../project/Checklist.ts"

/** How far a checklist is. Items that only group others are not counted. */
export interface TaskProgress {
  /** Ticked items among those that must be done. */
  readonly done: number
  /** Items that must be done. */
  readonly total: number
  /** Ticked items among the optional ones. */
  readonly optionalDone: number
  /** Items that can be left out. */
  readonly optionalTotal: number
}

/** Counts the boxes of a checklist. */
export const taskProgress = (items: ReadonlyArray<ChecklistItem>): TaskProgress => {
  const counted = { done: 0, total: 0, optionalDone: 0, optionalTotal: 0 }
  for (const { isChecked, isGroup, isOptional } of items) {
    if (isGroup) continue
    counted[isOptional ? "optionalTotal" : "total"]++
    if (isChecked) counted[isOptional ? "optionalDone" : "done"]++
  }
  return counted
}
