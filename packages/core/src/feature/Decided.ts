import { Result } from "effect"
import type { FeatureEvent } from "./FeatureEvent.ts"
import { FeatureConflict, type FeatureRefusal } from "./FeatureProblem.ts"
import type { FeatureView } from "./FeatureView.ts"

/** What a command becomes: one event, or the reason why not. */
export type Decided = Result.Result<FeatureEvent, FeatureRefusal>

/** A command is refused because of how the feature stands. */
export const conflict = ({ name }: FeatureView, reason: string, advice: string): Decided =>
  Result.fail(new FeatureConflict({ feature: name, reason, advice }))

/** The next id of a series: numbers are never used twice, as what has one is never removed. */
export const nextId = (kind: "task" | "comment", taken: Iterable<string>): string =>
  idOf(kind, highestNumber(taken) + 1)

/** The highest number of a series of ids; 0 without any. */
export const highestNumber = (ids: Iterable<string>): number => {
  let highest = 0
  for (const id of ids) highest = Math.max(highest, Number(/-(\d+)$/u.exec(id)?.[1] ?? 0))
  return highest
}

/** The id of a number in a series, as `task-001`. */
export const idOf = (kind: "task" | "comment", number: number): string => `${kind}-${String(number).padStart(3, "0")}`
