import { Effect } from "effect"
import { Screen } from "./output/Screen.ts"
import { styleFor } from "./output/Style.ts"
import { cutTo } from "./output/Table.ts"

const eraseLine = "\r\u001b[2K"

/** The terminal, or whatever a process has in its place. */
export const nodeScreen = (
  { env, stderr, stdin, stdout }: Pick<NodeJS.Process, "env" | "stdin" | "stdout" | "stderr">
): Screen["Service"] => {
  const outputStream = (stream: NodeJS.WriteStream) => ({
    isTerminal: stream.isTTY === true,
    columns: stream.columns ?? 80,
    style: styleFor(env, stream.isTTY === true)
  })
  const isAnimated = stderr.isTTY === true && env["TERM"] !== "dumb"
  let shown: string | null = null
  let isAsking = false
  const show = (text: string | null): void => {
    if (!isAnimated || isAsking || (text === null && shown === null)) return
    // The width is read each time: windows are resized.
    const line = text === null ? "" : cutTo(text, (stderr.columns ?? 80) - 1)
    stderr.write(`${eraseLine}${line}`)
    shown = text
  }

  return Screen.of({
    stdout: outputStream(stdout),
    stderr: outputStream(stderr),
    isAnimated,
    isInteractive: stdin.isTTY === true && stdout.isTTY === true,
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    answer: (text) =>
      Effect.sync(() => {
        const line = shown
        show(null)
        stdout.write(`${text}\n`)
        show(line)
      }),
    narrate: (text) =>
      Effect.sync(() => {
        const line = shown
        show(null)
        stderr.write(`${text}\n`)
        show(line)
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
