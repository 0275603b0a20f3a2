/**
 * Reading what Compose prints for people.
 */

/** One warning or error of Compose, without the frame that its logger puts around it. */
const unframed = (line: string): { readonly level: string; readonly text: string } | null => {
  const framed = /^time="[^"]*" level=(\w+) msg=(".*")\s*$/u.exec(line)
  if (framed === null) return null
  const [, level = "", quoted = ""] = framed
  try {
    const text: unknown = JSON.parse(quoted)
    return { level, text: typeof text === "string" ? text : quoted }
  } catch {
    // The logger quotes as Go does, which JSON does not always read.
    return { level, text: quoted.slice(1, -1) }
  }
}

const meaningful = (text: string): ReadonlyArray<string> =>
  [...new Set(text.split(/\r?\n/u).map((line) => line.trimEnd()))].filter((line) => line.trim() !== "")

/** The warnings of a run that went well, such as a variable that is not set. */
export const composeWarnings = (stderr: string): ReadonlyArray<string> =>
  meaningful(stderr).flatMap((line) => {
    const framed = unframed(line)
    return framed !== null && framed.level === "warning" && !isNoise(framed.text) ? [framed.text] : []
  })

/** Remarks about the file's form that nobody can act on in a sandbox. */
const isNoise = (text: string): boolean => /`?version`? is obsolete/u.test(text)

/** Lines of progress: what Compose and the builder did before they failed. */
const isProgress = (line: string): boolean =>
  /^\s*(?:Network|Volume|Container|Image|Service) \S+\s+(?:Creat|Start|Stopp|Remov|Recreat|Build|Built|Pull|Wait|Healthy|Running)/u
    .test(line) ||
  /^#\d+ (?:\[|DONE|CACHED|transferring|sha256|building|exporting|writing|naming|resolve|extracting|\.\.\.)/u.test(line)

/** How many lines of a failure are told. */
const linesTold = 20

/** The last lines of a failed run that mean something, each once. */
export const composeFailure = (output: string): string => {
  const lines = meaningful(output).flatMap((line) => {
    const framed = unframed(line)
    if (framed !== null) return framed.level === "warning" ? [] : [framed.text]
    return isProgress(line) ? [] : [line]
  })
  return lines.slice(-linesTold).join("\n")
}
