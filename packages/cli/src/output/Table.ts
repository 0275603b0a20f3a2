import { withoutColour } from "./Style.ts"

/** One column of a table. */
export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string
  /** Columns with the highest number are hidden first when the table is too wide; 0 is never hidden. */
  readonly hideOrder: number
}

/** A table laid out for a width. */
export interface TableLayout {
  /** The heading. */
  readonly heading: string
  /** One line a row. */
  readonly rows: ReadonlyArray<string>
  /** Titles of the columns that did not fit. */
  readonly hidden: ReadonlyArray<string>
}

const gap = "  "
/** Made when a text needs it: it takes longer to make than the rest of a short command. */
const graphemes = (text: string): Intl.Segments => new Intl.Segmenter().segment(text)
const wide = /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u

/** Columns that a text takes on a terminal. */
export const displayWidth = (text: string): number => {
  const plain = withoutColour(text)
  if (/^[\u0020-\u007e]*$/u.test(plain)) return plain.length
  return [...graphemes(plain)].reduce((width, { segment }) => width + (wide.test(segment) ? 2 : 1), 0)
}

/** Cuts a text without colours to a width, with `…` where something was cut. */
export const cutTo = (text: string, width: number): string => {
  if (displayWidth(text) <= width) return text
  const kept: Array<string> = []
  let left = Math.max(0, width - 1)
  for (const { segment } of graphemes(text)) {
    left -= displayWidth(segment)
    if (left < 0) break
    kept.push(segment)
  }
  return `${kept.join("")}…`
}

/** Lays a table out: aligned columns, the least needed ones hidden until it fits. */
export const layoutTable = <Row>(
  columns: ReadonlyArray<Column<Row>>,
  rows: ReadonlyArray<Row>,
  columnsOfTerminal: number
): TableLayout => {
  const measured = columns.map((column) => {
    const cells = rows.map((row) => column.cell(row))
    return { column, cells, width: Math.max(displayWidth(column.title), ...cells.map(displayWidth)) }
  })
  const total = (shown: typeof measured): number =>
    shown.reduce((sum, { width }) => sum + width + gap.length, -gap.length)
  const hide = (shown: typeof measured): typeof measured => {
    const least = shown.reduce((most, { column }) => Math.max(most, column.hideOrder), 0)
    return total(shown) <= columnsOfTerminal || least === 0
      ? shown
      : hide(shown.filter(({ column }) => column.hideOrder !== least))
  }
  const shown = hide(measured)
  const line = (cells: ReadonlyArray<string>): string =>
    cells.map((cell, index) => cell + " ".repeat(Math.max(0, (shown[index]?.width ?? 0) - displayWidth(cell))))
      .join(gap).trimEnd()
  return {
    heading: line(shown.map(({ column }) => column.title)),
    rows: rows.map((_, index) => line(shown.map(({ cells }) => cells[index] ?? ""))),
    hidden: measured.filter((candidate) => !shown.includes(candidate)).map(({ column }) => column.title)
  }
}

/** The same table for a program: tab-separated, nothing hidden. */
export const tabSeparated = <Row>(columns: ReadonlyArray<Column<Row>>, rows: ReadonlyArray<Row>): string =>
  [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ cell }) => withoutColour(cell(row))))]
    .map((cells) => cells.map((cell) => cell.replaceAll(/[\t\n]/gu, " ")).join("\t")).join("\n")
