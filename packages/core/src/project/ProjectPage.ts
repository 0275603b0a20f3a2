import { projectNameFrom } from "./ProjectName.ts"

/** Where a project may describe itself in prose, below a checkout. */
export const projectPagePath = ".devops-ai/project.md"

/**
 * The project's name on a page about it: a line `name: …` or `**Project name:** …`, in front matter or text, or a table
 * row; null when there is none.
 *
 * @example
 * projectPageName("# Project\n\n- **Name**: khealth\n") // "khealth"
 */
export const projectPageName = (page: string): string | null => {
  for (const line of page.split(/\r?\n/u)) {
    const plain = line.replaceAll(/[*`"']/gu, "").trim()
    const found = /^(?:[-+]\s+)?\|?\s*(?:project\s*)?name\s*[:|=]\s*([^|]+?)\s*\|?$/iu.exec(plain)?.[1]
    if (found !== undefined && /[A-Za-z0-9]/u.test(found)) return projectNameFrom(found)
  }
  return null
}
