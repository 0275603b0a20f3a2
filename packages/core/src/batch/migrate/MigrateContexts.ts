import { isAlias, isMap, isScalar, isSeq, type ParsedNode } from "yaml"
import { lineStart, nextLine, type TextEdits } from "./TextEdits.ts"
import {
  colonOf,
  endWithComments,
  isNothing,
  isQuoted,
  keyName,
  pairOf,
  type ParsedMap,
  type ParsedPair,
  type ParsedSeq,
  startWithProperties
} from "./YamlPlaces.ts"

/** Fields of a CodeSweep file that say where its content comes from, and what each is called now. */
export const fileSources: ReadonlyMap<string, string> = new Map([
  ["content", "inline"],
  ["inline", "inline"],
  ["configMapKeyRef", "configMapKeyRef"],
  ["secretKeyRef", "secretKeyRef"]
])

/** Makes each repository of a list the contexts of a task: `- org: …` becomes `- - type: Repository …`. */
export const editRepositories = (edits: TextEdits, repositories: ParsedSeq): void => {
  for (const item of repositories.items) {
    if (isAlias(item) || isMap(item) && item.flow === true) {
      const key = keyWriter(item)
      edits.insert(
        startWithProperties(edits.text, item),
        `[{${key("type")}: ${word(item, "Repository")}, ${key("repository")}: `
      )
      edits.insert(item.range[1], `${closing(item)}}]`)
    } else if (isMap(item)) {
      wrapBlock(edits, item, (column) => [
        "- type: Repository",
        `${" ".repeat(column + 2)}repository:`
      ], 4)
    }
  }
}

/** Makes each file of a list a context: `- name: …` becomes `- type: File …`, with its source where it belongs. */
const editFiles = (edits: TextEdits, files: ParsedSeq): void => {
  for (const item of files.items) {
    if (isMap(item) && (pairOf(item, "type") !== null || pairOf(item, "file") !== null)) continue
    if (isAlias(item) || isMap(item) && item.flow === true) {
      const key = keyWriter(item)
      edits.insert(
        startWithProperties(edits.text, item),
        `{${key("type")}: ${word(item, "File")}, ${key("file")}: `
      )
      if (isMap(item)) editSource(edits, item, 0)
      edits.insert(item.range[1], `${closing(item)}}`)
    } else if (isMap(item)) {
      const moved = wrapBlock(edits, item, (column) => ["type: File", `${" ".repeat(column)}file:`], 2)
      editSource(edits, item, moved)
    }
  }
}

/** Brings the files of `context` to `commonContext`; false when it is written in a way that this cannot be done in. */
export const editContext = (edits: TextEdits, context: ParsedPair): "done" | "to move" | "cannot be moved" => {
  const { text } = edits
  const { value } = context
  const colon = colonOf(text, context)
  if (colon === null) return "cannot be moved"
  const rename = () => renameKey(edits, context, "commonContext")
  if (isNothing(value)) {
    rename()
    replaceNothing(edits, colon, value)
    return "done"
  }
  if (!isMap(value)) return "cannot be moved"
  const [only, ...others] = value.items
  if (only === undefined) {
    rename()
    edits.replace(value.range[0], value.range[1], "[]")
    return "done"
  }
  const files = pairOf(value, "files")
  if (files === null) return "cannot be moved"
  const hasProperties = startWithProperties(text, value) !== value.range[0]
  const filesColon = colonOf(text, files)
  if (hasProperties || filesColon === null) return "cannot be moved"
  if (others.length > 0) {
    if (value.flow === true || isNothing(files.value)) return "cannot be moved"
    if (isSeq(files.value)) editFiles(edits, files.value)
    return "to move"
  }
  if (value.flow === true) {
    if (isNothing(files.value) || files.value === null) return "cannot be moved"
    unwrapFlow(edits, value, files, filesColon)
  } else unwrapBlock(edits, { colon, files, filesColon })
  rename()
  if (isSeq(files.value)) editFiles(edits, files.value)
  return "done"
}

/** Takes the files out of a `context` that holds more: they get a place of their own before it. */
export const moveFiles = (edits: TextEdits, spec: ParsedMap): void => {
  const { text } = edits
  const context = pairOf(spec, "context")
  const files = isMap(context?.value) ? pairOf(context.value, "files") : null
  const colon = files === null ? null : colonOf(text, files)
  if (context === null || files === null || colon === null || files.value === null) return
  const from = lineStart(text, files.key.range[0])
  const end = endWithComments(text, files.value, edits.column(files.key.range[0]) + 1)
  const to = end > 0 && text[end - 1] === "\n" ? end : nextLine(text, end)
  const name = text.slice(files.key.range[0], files.key.range[1]).replace("files", "commonContext")
  const moved = `${name}${text.slice(files.key.range[1], to)}`
  const indentation = " ".repeat(edits.column(context.key.range[0]))
  edits.insert(
    lineStart(text, context.key.range[0]),
    `${indentation}${moved}${moved.endsWith("\n") ? "" : edits.lineEnd}`
  )
  edits.replace(from, to, "")
}

/** Gives a key another name, in the quotes that it has. */
export const renameKey = (edits: TextEdits, pair: ParsedPair, name: string): void => {
  const [start, end] = pair.key.range
  edits.replace(start, end, edits.text.slice(start, end).replace(keyName(pair) ?? "", name))
}

/** Puts lines before a map in block style, inside its anchor; gives how far the map moved to the right. */
const wrapBlock = (
  edits: TextEdits,
  item: ParsedMap,
  lines: (column: number) => ReadonlyArray<string>,
  depth: number
): number => {
  const { lineEnd, text } = edits
  const start = startWithProperties(text, item)
  const column = edits.column(start)
  const own = edits.column(item.range[0])
  const hasProperties = start !== item.range[0]
  const moved = hasProperties ? Math.max(0, column + depth - own) : depth
  edits.insert(
    start,
    lines(column).join(lineEnd) + (hasProperties ? " " : `${lineEnd}${" ".repeat(column + depth)}`)
  )
  edits.indent(start, endWithComments(text, item, own), moved)
  return moved
}

const editSource = (edits: TextEdits, file: ParsedMap, moved: number): void => {
  const source = pairOf(file, "source")?.value
  if (isMap(source)) {
    const content = pairOf(source, "content")
    const inline = pairOf(source, "inline")
    if (content !== null && inline === null) renameKey(edits, content, "inline")
    return escapeVariables(edits, (inline ?? content)?.value ?? null)
  }
  if (source !== undefined) return
  const [pair, another] = file.items.filter((one) => fileSources.has(keyName(one) ?? ""))
  if (pair === undefined || another !== undefined || pair.value === null) return
  const start = pair.key.range[0]
  if (file.flow === true) {
    edits.insert(start, `${keyWriter(file)("source")}: {`)
    edits.insert(pair.value.range[1], `${closing(pair.value)}}`)
  } else {
    const column = edits.column(file.range[0])
    edits.insert(start, `source:${edits.lineEnd}${" ".repeat(column + moved + 2)}`)
    edits.indent(start, endWithComments(edits.text, pair.value, column + 1), 2)
  }
  const name = fileSources.get(keyName(pair) ?? "") ?? ""
  renameKey(edits, pair, name)
  if (name === "inline") escapeVariables(edits, pair.value)
}

/** CodeSweep knew no variables: what looks like one was, and stays, a text. */
const escapeVariables = (edits: TextEdits, value: ParsedNode | null): void => {
  if (!isScalar(value)) return
  const [start, end] = value.range
  for (const { index } of edits.text.slice(start, end).matchAll(/\$\{\{/gu)) edits.insert(start + index, "$")
}

const unwrapBlock = (
  edits: TextEdits,
  { colon, files, filesColon }: { readonly colon: number; readonly files: ParsedPair; readonly filesColon: number }
): void => {
  const { text } = edits
  const start = files.key.range[0]
  const line = lineStart(text, start)
  const next = nextLine(text, start)
  const after = text.slice(filesColon + 1, next)
  const comment = (isNothing(files.value) ? /^[^#\n]*(?=#)/u : /^[ \t]*(?=#)/u).exec(after)
  if (isNothing(files.value)) replaceNothing(edits, colon, null)
  if (after.trim() === "" || isNothing(files.value) && comment === null) edits.replace(line, next, "")
  else if (comment !== null) edits.replace(start, filesColon + 1 + comment[0].length, "")
  else if (text.slice(colon + 1, start).trim() === "") edits.replace(colon + 1, filesColon + 1, "")
  else edits.replace(start, filesColon + 1 + (/^[ \t]*/u.exec(after)?.[0].length ?? 0), "")
}

const unwrapFlow = (edits: TextEdits, context: ParsedMap, files: ParsedPair, filesColon: number): void => {
  const { text } = edits
  const spaceAfter = (offset: number) => offset + (/^[ \t]*/u.exec(text.slice(offset, offset + 1_000))?.[0].length ?? 0)
  edits.replace(context.range[0], spaceAfter(context.range[0] + 1), "")
  edits.replace(files.key.range[0], spaceAfter(filesColon + 1), "")
  const end = files.value?.range[1] ?? filesColon + 1
  const close = context.range[1] - 1
  const rest = text.slice(end, close)
  if (/^[\s,]*$/u.test(rest)) return edits.replace(end, close + 1, "")
  const comma = /^\s*,/u.exec(rest)
  if (comma !== null) edits.replace(end + comma[0].length - 1, end + comma[0].length, "")
  edits.replace(close, close + 1, "")
}

const replaceNothing = (edits: TextEdits, colon: number, value: ParsedNode | null): void => {
  if (value === null || value.range[0] === value.range[1]) edits.insert(colon + 1, " []")
  else edits.replace(value.range[0], value.range[1], "[]")
}

const keyWriter = (like: ParsedNode) => (name: string): string => isQuoted(like) ? JSON.stringify(name) : name

const word = (like: ParsedNode, text: string): string => keyWriter(like)(text)

/** What parts the end of an alias from the bracket that follows. */
const closing = (node: ParsedNode): string => isAlias(node) ? " " : ""
