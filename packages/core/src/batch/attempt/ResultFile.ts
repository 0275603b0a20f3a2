/** Name of the file in which an agent may say what it did; it lies at the workspace's root. */
export const resultFileName = "result.json"

/** Bytes that the file may have: 1 MiB. */
export const resultFileLimit = 1024 * 1024

/** Characters that a summary may have. */
const summaryLimit = 200

/** Control characters, and those that turn the direction of writing. */
const unprintable = /[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]+/gu

/** What an agent said; `fault` tells why it cannot be taken, and is null when nothing is wrong with it. */
export interface ResultFile {
  readonly result: unknown
  readonly fault: string | null
}

/**
 * Reads the text of a `result.json`. Any JSON is taken.
 *
 * @example
 * readResultFile("{\"summary\":\"3 packages updated\"}") // { result: { summary: "3 packages updated" }, fault: null }
 */
export const readResultFile = (text: string): ResultFile => {
  try {
    const result: unknown = JSON.parse(text.replace(/^\uFEFF/u, ""))
    return { result, fault: null }
  } catch {
    return faultyResultFile("is no JSON")
  }
}

/** A `result.json` that cannot be read at all. */
export const faultyResultFile = (what: string): ResultFile => ({
  result: undefined,
  fault: `${resultFileName} ${what}`
})

/**
 * The summary in a result: the first line of its `summary` that is not blank, in at most 200
 * characters. Null when it has none.
 *
 * @example
 * resultSummary({ summary: "3 packages updated\nlodash 4.17.21" }) // "3 packages updated"
 */
export const resultSummary = (result: unknown): string | null => {
  if (typeof result !== "object" || result === null || !("summary" in result)) return null
  const { summary } = result
  if (typeof summary !== "string") return null
  const lines = summary.split(/[\n\r\u2028\u2029]/u).map((line) => line.replaceAll(unprintable, " ").trim())
  const first = lines.find((line) => line !== "")
  if (first === undefined) return null
  const characters = [...first]
  return characters.length <= summaryLimit ? first : `${characters.slice(0, summaryLimit - 1).join("")}…`
}
