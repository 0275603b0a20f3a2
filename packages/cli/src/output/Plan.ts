import type { PlannedStep } from "@slipway/core"
import type { Style } from "./Style.ts"

/** The steps of a plan, numbered, with their reasons. */
export const planLines = (steps: ReadonlyArray<PlannedStep>, style: Style): ReadonlyArray<string> => {
  const width = String(steps.length).length
  return steps.map(({ reason, title }, index) =>
    `  ${style.dim(`${String(index + 1).padStart(width)}.`)} ${title}${
      reason === undefined ? "" : style.dim(` (${reason})`)
    }`
  )
}
