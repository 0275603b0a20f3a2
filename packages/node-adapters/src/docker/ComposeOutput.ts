/**
 * Reading what Compose prints for people.
 */

/** The last lines of a failed run that mean something, each once; `fallback` when there are none. */
export const composeFailure = (output: string, fallback: string): string => {
  const all = linesOf(output)
  const told = withoutRepeats(summaryOf(all).flatMap(meaningOf))
  const raw = all.map((line) => line.trim()).filter((line) => line !== "")
  return (told.length > 0 ? told : raw.length > 0 ? raw : [fallback]).slice(-linesTold).join("\n")
}

/** The warnings of a run, such as a variable that is not set, each once. */
export const composeWarnings = (stderr: string): ReadonlyArray<string> => [
  ...new Set(
    linesOf(stderr).flatMap((line) => {
      const framed = unframed(line)
      return framed?.level === "warning" && !isNoise(framed.text) ? [framed.text] : []
    })
  )
]

/** How many lines of a failure are told. */
const linesTold = 20

/** Lines as a terminal would show them in the end: without colours, and without what a carriage return overwrote. */
const linesOf = (text: string): ReadonlyArray<string> =>
  text.replaceAll(escapeSequences, "").split(/\r?\n/u).map((line) =>
    line.split("\r").findLast((part) => part !== "") ?? ""
  )

// oxlint-disable-next-line no-control-regex -- terminals' control characters are what it looks for
const escapeSequences = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/gu

/** A line of Compose's logger without its frame. */
const unframed = (line: string): { readonly level: string; readonly text: string } | null => {
  const framed = /^time="[^"]*" level=(\w+) msg=(?:"((?:[^"\\]|\\.)*)"|(\S+))/u.exec(line)
  if (framed === null) return null
  const [, level = "", quoted, bare] = framed
  return { level, text: quoted === undefined ? bare ?? "" : unquoted(quoted) }
}

/** The logger quotes as Go does: nearly as JSON. */
const unquoted = (quoted: string): string => {
  try {
    const text: unknown = JSON.parse(`"${quoted}"`)
    return typeof text === "string" ? text : quoted
  } catch {
    return quoted.replaceAll(/\\(["\\])/gu, "$1")
  }
}

/** Remarks about the file's form that nobody can act on in a sandbox. */
const isNoise = (text: string): boolean => /`?version`? is obsolete/u.test(text)

/** Where the builder sums up what failed, what it said before is the same again. */
const summaryOf = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  const start = lines.findIndex((line, index) => /^-{3,}$/u.test(line) && /^ > \S/u.test(lines[index + 1] ?? ""))
  if (start === -1) return lines
  return [...lines.slice(0, start).filter((line) => !line.startsWith("#")), ...lines.slice(start + 1)]
}

const meaningOf = (line: string): ReadonlyArray<string> => {
  const framed = unframed(line)
  if (framed !== null) return framed.level === "warning" || framed.level === "info" ? [] : [framed.text]
  if (progress.some((form) => form.test(line))) return []
  const text = line
    .replace(/^#\d+ (?=\d+\.\d+ |ERROR: )/u, "")
    .replace(/^\d+\.\d+ /u, "")
    .replace(/^ERROR: /u, "")
    .replace(/^ \S+ Error (?=\S)/u, "")
    .trimEnd()
  return /^#\d+ |^[-\s]*$/u.test(text) ? [] : [text]
}

/** What Compose and the builder did before they failed. */
const progress: ReadonlyArray<RegExp> = [
  new RegExp(
    String
      .raw`^ *(?:\S+ )?\S+ +(?:Creat|Start|Stopp|Remov|Recreat|Restart|Kill|Build|Built|Pull|Wait|Runn|Paus|Skipp|` +
      String
        .raw`Exit|Extract|Download|Verify|Already exists|Healthy|Error|Warning|Interrupted)[a-z]*(?: [\d.]+m?s)? *$`,
    "u"
  ),
  /^ *[0-9a-f]{12} (?:Pulling fs layer|Waiting|Downloading|Download complete|Verifying|Extracting|Pull complete)/u,
  /^ *[0-9a-f]{12} Already exists/u,
  /^\[\+\] |^ *[\u2800-\u28ff\u2714\u2718] /u,
  /^View build details: /u,
  /^(?:canceled|CANCELED)$/u
]

/** Lines that a later line says again, alone or in more words, are left out. */
const withoutRepeats = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.filter((line, index) =>
    !lines.slice(index + 1).some((later) => later === line || line.length > shortLine && later.includes(line))
  )

/** Lines up to this length may stand in another one by chance. */
const shortLine = 12
