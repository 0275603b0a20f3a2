/** Parts of a Markdown page. */

/** Tells readers where a generated page comes from. */
export const generatedFrom = (source) => `<!-- Made from ${source} by \`pnpm docs\`; change it there. -->`

/** A table; the cells are Markdown. */
export const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(cell).join(" | ")} |`).join("\n")

const cell = (text) => text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/gu, " ").trim()

/** Text in the typeface of code, also when it holds backticks. */
export const code = (text) => text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``

/** Paragraphs, headings, tables and lists with an empty line between. */
export const page = (...blocks) => `${blocks.filter((block) => block !== "").join("\n\n")}\n`
