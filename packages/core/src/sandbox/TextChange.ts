/** A part of a text and what is to stand there: offsets in UTF-16 code units, `end` exclusive. */
export interface TextChange {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Makes changes to a text. Of several with the same place the first counts; they must not overlap otherwise. */
export const applyChanges = (text: string, changes: ReadonlyArray<TextChange>): string => {
  const places = new Set<string>()
  const ordered = changes
    .filter(({ end, start }) => {
      const place = `${start}-${end}`
      return !places.has(place) && places.add(place)
    })
    .toSorted((one, other) => other.start - one.start)
  return ordered.reduce(
    (current, change) => current.slice(0, change.start) + change.text + current.slice(change.end),
    text
  )
}

/** The line end of a text: that of its first line. */
export const lineEndOf = (text: string): "\n" | "\r\n" => /\r?\n/u.exec(text)?.[0] === "\r\n" ? "\r\n" : "\n"

/** Where the line begins that an offset is in. */
export const lineStart = (text: string, offset: number): number => text.lastIndexOf("\n", offset - 1) + 1

/** Changes that put `# ` before every line from one offset to another, in one column; blank lines stay. */
export const commentLines = (text: string, start: number, end: number): ReadonlyArray<TextChange> => {
  const changes: Array<TextChange> = []
  const first = lineStart(text, start)
  const column = /^ */u.exec(text.slice(first))?.[0].length ?? 0
  for (let at = first; at < end;) {
    const lineEnd = text.indexOf("\n", at)
    const next = lineEnd === -1 ? text.length : lineEnd + 1
    const line = text.slice(at, next)
    const indent = Math.min(column, /^ */u.exec(line)?.[0].length ?? 0)
    if (line.trim() !== "") changes.push({ start: at + indent, end: at + indent, text: "# " })
    at = next
  }
  return changes
}
