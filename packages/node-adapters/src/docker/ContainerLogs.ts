import type { LogLine } from "@slipway/core"
import { StringDecoder } from "node:string_decoder"

/** Cuts bytes into lines of UTF-8; a character may be cut anywhere by the transport. */
export const makeLineReader = () => {
  const decoder = new StringDecoder("utf8")
  let partial = ""
  return {
    push: (bytes: Buffer): ReadonlyArray<string> => {
      const lines = (partial + decoder.write(bytes)).split("\n")
      partial = lines.pop() ?? ""
      return lines.map((line) => line.replace(/\r$/u, ""))
    },
    /** The last line when it has no end. */
    end: (): ReadonlyArray<string> => {
      const rest = partial + decoder.end()
      partial = ""
      return rest === "" ? [] : [rest]
    }
  }
}

/** Bytes of a frame before its payload: one of stream, three of padding, four of length. */
const frameHead = 8

/** Cuts an engine's log stream into lines. Without a terminal the engine sends frames, with one it sends plain text. */
export const makeLogReader = (service: string, terminal: boolean) => {
  const readers = { stdout: makeLineReader(), stderr: makeLineReader() }
  let pending: ReadonlyArray<Buffer> = []
  let length = 0

  const told = (stream: LogLine["stream"], lines: ReadonlyArray<string>): ReadonlyArray<LogLine> =>
    lines.map((text) => ({ service, stream, text }))

  /** How much must have come before the next frame is whole. */
  let wanted = frameHead

  const push = (chunk: Buffer): ReadonlyArray<LogLine> => {
    if (terminal) return told("stdout", readers.stdout.push(chunk))
    pending = [...pending, chunk]
    length += chunk.length
    if (length < wanted) return []
    let rest = Buffer.concat(pending)
    const lines: Array<LogLine> = []
    for (;;) {
      wanted = rest.length < frameHead ? frameHead : frameHead + rest.readUInt32BE(4)
      if (rest.length < wanted) break
      const stream = rest[0] === 2 ? "stderr" : "stdout"
      lines.push(...told(stream, readers[stream].push(rest.subarray(frameHead, wanted))))
      rest = rest.subarray(wanted)
    }
    pending = rest.length === 0 ? [] : [rest]
    length = rest.length
    return lines
  }

  const end = (): ReadonlyArray<LogLine> =>
    (["stdout", "stderr"] as const).flatMap((stream) => told(stream, readers[stream].end()))

  return { push, end }
}
