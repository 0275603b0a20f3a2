/** What keeps the projects out of git: they are this machine's own. */
const ignoreEntry = ".ai/projects/"

/** Lines that ignore the projects already. */
const equivalents = new Set(
  [".ai", ".ai/projects"].flatMap((path) =>
    ["", "/"].flatMap((start) => ["", "/", "/*", "/**"].map((end) => `${start}${path}${end}`))
  )
)

/**
 * The text of `.gitignore` with the entry for projects, or null when it has one. Ends of lines stay as they are.
 *
 * @example
 * withIgnoreEntry("node_modules/\n") // "node_modules/\n.ai/projects/\n"
 */
export const withIgnoreEntry = (text: string | null): string | null => {
  const present = text ?? ""
  if (present.split(/\r\n|\n|\r/u).some((line) => equivalents.has(line.replace(/^\uFEFF/u, "").trimEnd()))) return null
  const end = present.includes("\r\n") ? "\r\n" : "\n"
  const isOpen = present !== "" && !/[\r\n]$/u.test(present)
  return `${present}${isOpen ? end : ""}${ignoreEntry}${end}`
}
