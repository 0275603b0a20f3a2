/** Edits of a text, collected and then made at once. Offsets are UTF-16 code units of the text before any of them. */
export interface TextEdits {
  /** The text before the edits. */
  readonly text: string
  /** The line end of the text: that of its first line. */
  readonly lineEnd: "\n" | "\r\n"
  /** Puts a text before an offset. Of several at one place the earlier stands first, all before what is replaced there. */
  readonly insert: (offset: number, text: string) => void
  /** Replaces what stands from one offset to another. What is replaced must not overlap. */
  readonly replace: (start: number, end: number, text: string) => void
  /** Moves every line that begins after `start` and before `end` to the right; empty lines stay empty. */
  readonly indent: (start: number, end: number, columns: number) => void
  /** How many characters stand before an offset in its line. */
  readonly column: (offset: number) => number
  /** The text after the edits. */
  readonly apply: () => string
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/**
 * Begins to edit a text.
 *
 * @example
 * const edits = textEdits("kind: Bundle")
 * edits.replace(6, 12, "Batch")
 * edits.apply() // "kind: Batch"
 */
export const textEdits = (text: string): TextEdits => {
  const edits: Array<Edit> = []
  return {
    text,
    lineEnd: /\r?\n/u.exec(text)?.[0] === "\r\n" ? "\r\n" : "\n",
    insert: (offset, inserted) => {
      edits.push({ start: offset, end: offset, text: inserted })
    },
    replace: (start, end, replacement) => {
      edits.push({ start, end, text: replacement })
    },
    indent: (start, end, columns) => {
      if (columns <= 0) return
      for (let at = nextLine(text, start); at < end; at = nextLine(text, at)) {
        if (!/^\r?(?:\n|$)/u.test(text.slice(at, at + 2))) {
          edits.push({ start: at, end: at, text: " ".repeat(columns) })
        }
      }
    },
    column: (offset) => offset - lineStart(text, offset),
    apply: () => {
      const ordered = edits.toSorted((one, other) =>
        one.start - other.start || Number(one.end > one.start) - Number(other.end > other.start)
      )
      let result = ""
      let at = 0
      for (const edit of ordered) {
        result += text.slice(at, edit.start) + edit.text
        at = edit.end
      }
      return result + text.slice(at)
    }
  }
}

/** Where the line begins that an offset is in. */
export const lineStart = (text: string, offset: number): number =>
  offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1

/** Where the line after that of an offset begins; the length of the text when there is none. */
export const nextLine = (text: string, offset: number): number => {
  const end = text.indexOf("\n", offset)
  return end === -1 ? text.length : end + 1
}
