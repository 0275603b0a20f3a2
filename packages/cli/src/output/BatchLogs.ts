import { Stream } from "effect"

const lineEnd = 10
/** A line that is longer comes in pieces. */
const longestLine = 65_536

/** Cuts bytes into whole lines with their ends; the last one may have none. */
export const byLines = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>): Stream.Stream<Uint8Array, E, R> =>
  bytes.pipe(
    Stream.mapAccum(
      (): Uint8Array => new Uint8Array(),
      (rest, piece) => {
        const { left, lines } = cutLines(joined([rest, piece]))
        return [left, lines] as const
      },
      { onHalt: (rest) => rest.length === 0 ? [] : [rest] }
    )
  )

/** The whole lines of a piece, and what is left of it. */
const cutLines = (bytes: Uint8Array): { readonly lines: ReadonlyArray<Uint8Array>; readonly left: Uint8Array } => {
  const lines: Array<Uint8Array> = []
  let start = 0
  for (let end = bytes.indexOf(lineEnd); end !== -1; end = bytes.indexOf(lineEnd, start)) {
    lines.push(bytes.subarray(start, end + 1))
    start = end + 1
  }
  const left = bytes.subarray(start)
  return left.length < longestLine ? { lines, left } : { lines: [...lines, left], left: new Uint8Array() }
}

const joined = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(pieces.reduce((total, { length }) => total + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** A line behind a name, its bytes as they are; one without an end gets one. */
export const prefixed = (name: string, line: Uint8Array): Uint8Array =>
  joined([
    new TextEncoder().encode(`${name} | `),
    line,
    ...(line.at(-1) === lineEnd ? [] : [new Uint8Array([lineEnd])])
  ])

/** The lines of a log as text; bytes that are no UTF-8 are replaced. */
export const logLinesOf = (pieces: ReadonlyArray<Uint8Array>): ReadonlyArray<string> => {
  const text = new TextDecoder().decode(joined(pieces))
  if (text === "") return []
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n")
}
