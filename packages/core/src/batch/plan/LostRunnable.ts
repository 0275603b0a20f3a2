import type { UndecodedResource } from "../source/UndecodedResource.ts"
import type { ChoiceInput, ChosenRun } from "./ChooseRun.ts"

/** What a choice is made from, and what of the files could not be. */
export interface LostInput extends ChoiceInput {
  readonly undecoded: ReadonlyArray<UndecodedResource>
}

/** What goes before what when nobody names it. */
const order: ReadonlyArray<string | null> = [null, "BatchRun", "Batch", "Task"]

/** Those of the undecoded resources that might be what is to run. */
export const lostRunnables = (
  { kind, request: { select }, undecoded }: LostInput
): ReadonlyArray<UndecodedResource> =>
  undecoded.filter((one) =>
    order.includes(one.kind) && (kind !== "Task" || one.kind === null || one.kind === "Task") &&
    (select === undefined || one.name === null || one.kind === null ||
      [one.name, `${one.kind}/${one.name}`].includes(select))
  )

/**
 * How sure it is that what was chosen is what was meant: `chosen`; `contexts` when an undecoded BatchRun runs the Batch;
 * `nothing` when an undecoded one would have been chosen before it, or beside it.
 */
export const certaintyOf = (
  { batch, runnable: { resource } }: ChosenRun,
  input: LostInput
): "chosen" | "contexts" | "nothing" => {
  const before = lostRunnables(input).filter((one) => order.indexOf(one.kind) <= order.indexOf(resource.kind))
  if (before.length === 0) return "chosen"
  const { namespace } = resource.metadata
  return before.every((one) =>
      resource.kind === "Batch" && one.kind === "BatchRun" && one.batchRef === batch &&
      (namespace !== undefined || one.namespace === null)
    )
    ? "contexts"
    : "nothing"
}
