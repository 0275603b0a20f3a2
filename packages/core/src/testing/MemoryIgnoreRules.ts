/**
 * Whether a path is ignored by lines of gitignore syntax, or null; else the ignored folder (ending with `/`) or file
 * that it belongs to. A small part of the syntax: names, `*`, `**`, `?`, a leading and a trailing `/`, comments.
 *
 * @example
 * ignoredAs("node_modules/a/b.js", ["node_modules/"]) // "node_modules/"
 */
export const ignoredAs = (path: string, lines: ReadonlyArray<string>): string | null => {
  const rules = lines.filter((line) => line.trim() !== "" && !/^[#!]/u.test(line)).map(ruleOf)
  const parts = path.split("/")
  for (let length = 1; length <= parts.length; length++) {
    const prefix = parts.slice(0, length).join("/")
    const isFolder = length < parts.length
    if (rules.some((rule) => (isFolder || !rule.foldersOnly) && rule.pattern.test(prefix))) {
      return isFolder ? `${prefix}/` : prefix
    }
  }
  return null
}

const ruleOf = (line: string): { readonly pattern: RegExp; readonly foldersOnly: boolean } => {
  const foldersOnly = line.endsWith("/")
  const body = foldersOnly ? line.slice(0, -1) : line
  const anchored = body.includes("/")
  const source = [...body.replace(/^\//u, "").matchAll(/\\.|\*\*\/|\*+|\?|[^\\*?]+/gsu)]
    .map(([token]) => sourceOf(token)).join("")
  return { pattern: new RegExp(`^${anchored ? "" : "(?:.*/)?"}${source}$`, "su"), foldersOnly }
}

const sourceOf = (token: string): string => {
  if (token === "**/") return "(?:.*/)?"
  if (token === "*") return "[^/]*"
  if (token.startsWith("*")) return ".*"
  if (token === "?") return "[^/]"
  return (token.startsWith("\\") ? token.slice(1) : token).replaceAll(/[.*+?^${}()|[\]\\/]/gu, "\\$&")
}
