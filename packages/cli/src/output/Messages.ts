import type { Problem } from "@slipway/core"
import type { Style } from "./Style.ts"

const indented = (text: string): string => text.trimEnd().replaceAll("\n", "\n  ")

/** What happened, and what to do next. */
export const problemText = (problem: Pick<Problem, "message" | "hint">, style: Style): string => {
  const what = `${style.red("✗")} ${indented(problem.message)}`
  return problem.hint === "" ? what : `${what}\n${hintText(problem.hint, style)}`
}

/** What to do next. */
export const hintText = (hint: string, style: Style): string => `${style.cyan("↳")} ${indented(hint)}`

/** Something that did not stop the work, but should be known. */
export const warningText = (text: string, style: Style): string => `${style.yellow("!")} ${indented(text)}`

/** Control characters but line ends and tabs. */
const controls = /[^\P{Cc}\n\t]/gu

/** A text of others as it can be shown: it gives a terminal no orders. */
export const printable = (text: string): string => text.replaceAll(controls, "\uFFFD")

/** Lines under one another, each piece possibly left out. */
export const lines = (...pieces: ReadonlyArray<string | null | ReadonlyArray<string>>): string =>
  pieces.flatMap((piece) => piece === null ? [] : typeof piece === "string" ? [piece] : piece).join("\n")

/** `one file`, `2 files`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

/** Labels and values in two columns, indented by two. */
export const fieldLines = (
  fields: ReadonlyArray<readonly [label: string, value: string]>,
  style: Style
): ReadonlyArray<string> => {
  const width = Math.max(0, ...fields.map(([label]) => label.length))
  return fields.map(([label, value]) => `  ${style.dim(label.padEnd(width))}  ${value}`)
}
