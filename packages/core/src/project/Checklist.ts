/** One box of a checklist, such as `- [ ] 1.2 Write the parser`. */
export interface ChecklistItem {
  /** The line of its box, from 1. */
  readonly line: number
  /** How deep it is nested; 0 at the top. */
  readonly depth: number
  /** `1.2` of `- [ ] 1.2 Title`, `1` of `- [ ] 1. Title`; null without a number. */
  readonly label: string | null
  readonly title: string
  /** Whether the box is ticked. A mark for work in progress, `[-]`, is no tick. */
  readonly isChecked: boolean
  /** Whether it can be left out: Kiro's `- [ ]* 2.1 Write tests`. */
  readonly isOptional: boolean
  /** Whether other items are nested below it. */
  readonly isGroup: boolean
  /** The numbers of `_Requirements: 1.1, 2.3_` in its body. */
  readonly requirements: ReadonlyArray<string>
  /** The other lines below it, trimmed, without their bullets. */
  readonly details: ReadonlyArray<string>
}

/**
 * Reads the checklist of a Markdown text in one pass: Kiro's and Codev's `tasks.md`, and what people write by hand.
 * Items nest by indentation, and by their numbers where a file is flat, as Kiro writes it: `2.1` is below `2`. Boxes in
 * code blocks and comments are none. Any text is read; what is no item is passed over.
 *
 * @example
 * parseChecklist("- [x] 1. Set up\n  - _Requirements: 1.1_\n")
 * // [{ line: 1, depth: 0, label: "1", title: "Set up", isChecked: true, requirements: ["1.1"], … }]
 */
export const parseChecklist = (text: string): ReadonlyArray<ChecklistItem> =>
  scan(text).map(({ box: _, indent: __, ...item }) => item)

/**
 * Ticks the box on a line, or takes the tick away: one character changes, all else stays. The same text when there is
 * no box on that line, or when it is so already.
 *
 * @example
 * tickItem("- [ ] 1. Set up\r\n", 1, true) // "- [x] 1. Set up\r\n"
 */
export const tickItem = (text: string, line: number, isChecked: boolean): string => {
  const item = scan(text).find((each) => each.line === line)
  if (item === undefined || item.isChecked === isChecked) return text
  return `${text.slice(0, item.box)}${isChecked ? "x" : " "}${text.slice(item.box + 1)}`
}

/**
 * The text with every box empty: the same whatever was ticked. For digests, as a tick is progress and no edit.
 *
 * @example
 * untickAll("- [x] 1. Set up\n- [-] 2. Go on\n") // "- [ ] 1. Set up\n- [ ] 2. Go on\n"
 */
export const untickAll = (text: string): string => {
  const parts: Array<string> = []
  let end = 0
  for (const { box } of scan(text)) {
    parts.push(text.slice(end, box), " ")
    end = box + 1
  }
  return parts.join("") + text.slice(end)
}

/** An item while its body is read. */
interface Draft {
  readonly line: number
  readonly depth: number
  readonly label: string | null
  readonly title: string
  readonly isChecked: boolean
  readonly isOptional: boolean
  isGroup: boolean
  readonly requirements: Array<string>
  readonly details: Array<string>
  /** Where in the text the mark between the brackets is. */
  readonly box: number
  /** Columns before its bullet. */
  readonly indent: number
}

/** What text is in that is not the checklist's own: it ends with a fence, or with the end of a comment. */
type Block =
  | { readonly kind: "comment" }
  | { readonly kind: "fence"; readonly fence: string; readonly container: number }

const scan = (text: string): ReadonlyArray<Draft> => {
  const items: Array<Draft> = []
  let open: Array<Draft> = []
  let block: Block | null = null
  let wasBlank = false
  for (const { content, indent, number, start } of linesOf(text)) {
    const parent = open.at(-1)
    if (block?.kind === "fence" && content !== "" && indent < block.container) block = null
    if (block !== null) {
      if (isEndOf(block, content)) block = null
      if (content !== "") parent?.details.push(content)
      continue
    }
    if (content === "") {
      wasBlank = true
      continue
    }
    block = beginningOf(content, indent, parent)
    const box: Box | null = block === null ? boxOf(content) : null
    if (box !== null) {
      while (!isBelow(open.at(-1), indent, box.label)) open.pop()
      const group = open.at(-1)
      if (group !== undefined) group.isGroup = true
      const { at, ...rest } = box
      const item: Draft = {
        line: number,
        depth: open.length,
        ...rest,
        isGroup: false,
        requirements: [],
        details: [],
        box: start + at,
        indent
      }
      items.push(item)
      open.push(item)
    } else if (isHeading(content) && indent < contentIndentOf(parent)) {
      open = []
    } else {
      // A bullet of its own, without a box, is as much the end of an item as the next box is.
      if (wasBlank || withoutBullet(content) !== content) {
        open = open.slice(
          0,
          open.findLastIndex((item) => indent >= contentIndentOf(item)) + 1
        )
      }
      addToBody(open.at(-1), content)
    }
    wasBlank = false
  }
  return items
}

interface Line {
  /** From 1. */
  readonly number: number
  /** Where its content begins in the text. */
  readonly start: number
  /** Columns before its content; a tab reaches to the next multiple of four. */
  readonly indent: number
  /** The line without the white space around it. */
  readonly content: string
}

/** The lines of a text, whichever way they end. */
const linesOf = function*(text: string): Generator<Line> {
  let start = text.startsWith("\uFEFF") ? 1 : 0
  for (let number = 1; start <= text.length; number++) {
    let indent = 0
    let first = start
    for (; first < text.length && (text[first] === " " || text[first] === "\t"); first++) {
      indent += text[first] === "\t" ? 4 - indent % 4 : 1
    }
    const end = endOfLine(text, first)
    yield { number, start: first, indent, content: text.slice(first, end).trimEnd() }
    start = text[end] === "\r" && text[end + 1] === "\n" ? end + 2 : end + 1
  }
}

const endOfLine = (text: string, from: number): number => {
  let end = from
  while (end < text.length && text[end] !== "\n" && text[end] !== "\r") end++
  return end
}

interface Box extends Pick<ChecklistItem, "label" | "title" | "isChecked" | "isOptional"> {
  /** Where the mark is, from the beginning of the content. */
  readonly at: number
}

const boxOf = (content: string): Box | null => {
  const [before, mark = " ", star] = /^(?:[-*+]|\d{1,9}[.)])[ \t]+\[([ xX~-])\](\\?\*)?(?=[ \t])/u.exec(content) ?? []
  if (before === undefined) return null
  const words = content.slice(before.length).trim()
  const label = /^(\d{1,9}(?:\.\d{1,9}){1,9})\.?(?=[ \t])|^(\d{1,9})[.)](?=[ \t])/u.exec(words)
  return {
    at: content.indexOf("[") + 1,
    label: label?.[1] ?? label?.[2] ?? null,
    title: label === null ? words : words.slice(label[0].length).trim(),
    isChecked: mark === "x" || mark === "X",
    isOptional: star !== undefined
  }
}

/** Whether something at an indentation, with a number, belongs below an item; always when there is none. */
const isBelow = (item: Draft | undefined, indent: number, label: string | null): boolean => {
  if (item === undefined || indent >= contentIndentOf(item)) return true
  return item.label !== null && label !== null && label.startsWith(`${item.label}.`) && indent > item.indent - 2
}

/** From which column on a line is in an item's body. */
const contentIndentOf = (item: Draft | undefined): number => item === undefined ? 1 : item.indent + 2

const isHeading = (content: string): boolean => /^#{1,6}(?:[ \t]|$)/u.test(content)

const addToBody = (item: Draft | undefined, content: string): void => {
  if (item === undefined) return
  const words = withoutBullet(content)
  const [requirements] = /^[_*]{0,3}Requirements?:/iu.exec(words) ?? []
  if (requirements === undefined) {
    if (words !== "") item.details.push(words)
    return
  }
  const numbers = words.slice(requirements.length).split(",").map((number) => trimEmphasis(number.trim()).trim())
  for (const number of numbers) if (number !== "") item.requirements.push(number)
}

const withoutBullet = (content: string): string => content.replace(/^(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)/u, "")

/** Without the `_` and `*` around it. */
const trimEmphasis = (words: string): string => {
  let start = 0
  let end = words.length
  while (start < end && (words[start] === "_" || words[start] === "*")) start++
  while (end > start && (words[end - 1] === "_" || words[end - 1] === "*")) end--
  return words.slice(start, end)
}

/** The code block or comment that begins with a line and does not end with it. */
const beginningOf = (content: string, indent: number, parent: Draft | undefined): Block | null => {
  if (content.startsWith("<!--")) return content.includes("-->", 4) ? null : { kind: "comment" }
  const words = withoutBullet(content)
  const [fence] = /^(?:`{3,}(?=[^`]*$)|~{3,})/u.exec(words) ?? []
  if (fence === undefined) return null
  // A block in an item's body ends with that body, also where its closing fence was forgotten.
  const container = parent !== undefined && indent >= contentIndentOf(parent) ? contentIndentOf(parent) : 0
  return { kind: "fence", fence, container }
}

const isEndOf = (block: Block, content: string): boolean =>
  block.kind === "comment"
    ? content.includes("-->")
    : content.startsWith(block.fence) && isRepeated(content, block.fence.slice(0, 1))

const isRepeated = (text: string, character: string): boolean => {
  for (let at = 0; at < text.length; at++) if (text[at] !== character) return false
  return true
}
