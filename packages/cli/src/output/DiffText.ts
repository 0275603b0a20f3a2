import type { Style } from "./Style.ts"

/** The lines of a unified diff, in the colours that such diffs have. */
export const diffLines = (diff: string, style: Style): ReadonlyArray<string> =>
  diff.trimEnd().split("\n").map((line) => diffLine(line, style))

const diffLine = (line: string, style: Style): string =>
  line.startsWith("+++") || line.startsWith("---")
    ? style.bold(line)
    : line.startsWith("@@")
    ? style.cyan(line)
    : line.startsWith("+")
    ? style.green(line)
    : line.startsWith("-")
    ? style.red(line)
    : line
