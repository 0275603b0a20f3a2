import * as fs from "node:fs/promises"
import { dirname } from "node:path"

/**
 * A path, relative to a work tree's root, as a line of gitignore syntax that matches nothing else. A line end in it
 * cannot be written, and is matched like any one character.
 */
export const excludeLine = (path: string): string => {
  const relative = path.replace(/^(?:\.?\/)+/u, "")
  return `/${
    relative.replaceAll(/[\\*?[\]]/gu, (character) => `\\${character}`).replaceAll("\n", "?").replace(/ $/u, "\\ ")
  }`
}

/** Appends lines that a file does not have yet, in one write, so that many processes can do it at once. */
export const appendMissingLines = async (file: string, lines: ReadonlyArray<string>): Promise<void> => {
  const text = await fs.readFile(file, "utf8").catch(() => "")
  const present = new Set(text.split(/\r?\n/u))
  const missing = [...new Set(lines)].filter((line) => !present.has(line))
  if (missing.length === 0) return
  await fs.mkdir(dirname(file), { recursive: true })
  const separator = text === "" || text.endsWith("\n") ? "" : "\n"
  await fs.appendFile(file, `${separator}${missing.join("\n")}\n`)
}
