import { withoutColour } from "./Style.ts"
import { cutTo, displayWidth } from "./Table.ts"

/** How large a terminal is. */
export interface Size {
  readonly columns: number
  readonly rows: number
}

/** The lines of a passing text as they fit on a terminal: none wraps, and none scrolls away. A cut line loses its colours. */
export const passingLines = (text: string, { columns, rows }: Size): ReadonlyArray<string> =>
  text.split("\n").slice(0, Math.max(1, rows - 1)).map((line) =>
    displayWidth(line) < columns ? line : cutTo(withoutColour(line), Math.max(1, columns - 1))
  )

/** How far the cursor stands below the first of drawn lines, when the terminal has (by now) so many columns. */
export const takenRows = (lines: ReadonlyArray<string>, columns: number): number =>
  lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(displayWidth(line) / Math.max(1, columns))), 0) -
  (lines.length === 0 ? 0 : 1)
