import type { ChildProcess } from "node:child_process"
import { StringDecoder } from "node:string_decoder"

/** What a program has printed so far. */
interface CollectedOutput {
  readonly stdout: string
  readonly stderr: string
  /** The last of both streams, in the order in which they came. */
  readonly output: string
}

/** Takes what a program prints. */
export interface OutputCollector {
  /** Begins to read a child's streams. */
  readonly read: (child: Pick<ChildProcess, "stdout" | "stderr">) => void
  readonly collected: () => CollectedOutput
  /** Bytes taken so far, of both streams. */
  readonly size: () => number
  /** Whether the streams are not read for the moment. */
  readonly isHeld: () => boolean
}

const streams = ["stdout", "stderr"] as const
const outputTail = 8192

/**
 * Gathers both streams; characters that are split over chunks are put together again. `onLine` is told each line
 * without its end, the last one also when it has none; `onData` is called for each chunk.
 */
export const outputCollector = (options: {
  readonly onLine: ((line: string, stream: "stdout" | "stderr") => void) | undefined
  readonly onData: () => void
}): OutputCollector => {
  const { onData, onLine } = options
  const chunks = { stdout: [] as Array<string>, stderr: [] as Array<string> }
  const partial = { stdout: "", stderr: "" }
  let output = ""
  let size = 0
  const take = (stream: "stdout" | "stderr", text: string) => {
    chunks[stream].push(text)
    output = (output + text).slice(-outputTail)
    if (onLine === undefined) return
    const lines = (partial[stream] + text).split(/\r?\n/u)
    partial[stream] = lines.pop() ?? ""
    for (const line of lines) onLine(line, stream)
  }
  return {
    read: (child) => {
      for (const stream of streams) {
        const decoder = new StringDecoder("utf8")
        child[stream]?.on("data", (data: Buffer) => {
          size += data.length
          take(stream, decoder.write(data))
          onData()
        })
        child[stream]?.on("end", () => {
          take(stream, decoder.end())
          if (partial[stream] !== "") onLine?.(partial[stream], stream)
        })
      }
    },
    collected: () => ({ stdout: chunks.stdout.join(""), stderr: chunks.stderr.join(""), output: output.trimEnd() }),
    size: () => size,
    isHeld: () => false
  }
}
