import { Effect } from "effect"
import { passingLines, type Size, takenRows } from "./output/PassingLines.ts"
import { Screen } from "./output/Screen.ts"
import { styleFor } from "./output/Style.ts"

/** From the beginning of the line to the end of the terminal. */
const eraseBelow = "\r\u001b[J"
const up = (rows: number): string => rows === 0 ? "" : `\u001b[${rows}A`

/** A terminal whose size nobody has set, as under `script` or in a container, says 0. */
const knownCount = (count: number | undefined, usual: number): number =>
  count === undefined || count === 0 ? usual : count

/** The terminal, or whatever a process has in its place. */
export const nodeScreen = (
  { env, stderr, stdin, stdout }: Pick<NodeJS.Process, "env" | "stdin" | "stdout" | "stderr">
): Screen["Service"] => {
  const outputStream = (stream: NodeJS.WriteStream) => ({
    isTerminal: stream.isTTY === true,
    columns: knownCount(stream.columns, 80),
    style: styleFor(env, stream.isTTY === true)
  })
  const isAnimated = stderr.isTTY === true && env["TERM"] !== "dumb"
  let shown: string | null = null
  let drawn: ReadonlyArray<string> = []
  let isAsking = false
  // Read each time: windows are resized.
  const size = (): Size => ({ columns: knownCount(stderr.columns, 80), rows: knownCount(stderr.rows, 24) })
  /** What takes away the lines that are drawn. */
  const erasure = (): string => `${up(takenRows(drawn, size().columns))}${eraseBelow}`
  const show = (text: string | null): void => {
    if (!isAnimated || isAsking || (text === null && shown === null)) return
    const next = text === null ? [] : passingLines(text, size())
    stderr.write(`${erasure()}${next.join("\n")}`)
    drawn = next
    shown = text
  }

  return Screen.of({
    stdout: outputStream(stdout),
    stderr: outputStream(stderr),
    isAnimated,
    isInteractive: stdin.isTTY === true && stdout.isTTY === true,
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    size: Effect.sync(size),
    answer: (text) =>
      Effect.sync(() => {
        const before = shown
        show(null)
        stdout.write(`${text}\n`)
        show(before)
      }),
    // Nothing more is to be said here of what cannot be written: whoever owns the process hears of it.
    write: (bytes) => Effect.callback((resume) => void stdout.write(bytes, () => resume(Effect.void))),
    narrate: (text) =>
      Effect.sync(() => {
        const before = shown
        show(null)
        stderr.write(`${text}\n`)
        show(before)
      }),
    status: (text) => Effect.sync(() => show(text)),
    ask: (question) =>
      Effect.acquireUseRelease(
        Effect.map(Effect.promise(() => import("node:readline")), ({ createInterface }) => {
          show(null)
          isAsking = true
          return createInterface({ input: stdin, output: stderr })
        }),
        (reader) =>
          Effect.callback<string | null>((resume) => {
            reader.once("SIGINT", () => {
              stderr.write("\n")
              resume(Effect.interrupt)
            })
            reader.once("close", () => resume(Effect.succeed(null)))
            reader.question(question, (reply) => resume(Effect.succeed(reply)))
          }),
        (reader) =>
          Effect.sync(() => {
            isAsking = false
            reader.close()
          })
      )
  })
}
