import type { LogLine } from "@slipway/core"
import { StringDecoder } from "node:string_decoder"

/**
 * Cuts an engine's log stream into lines. Without a terminal the engine sends frames: one byte of stream, three of
 * padding, four of length, then the payload; frames and characters may be cut anywhere by the transport.
 */
export const makeLogReader = (service: string, terminal: boolean) => {
  const decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") }
  const partial = { stdout: "", stderr: "" }
  let pending: Buffer = Buffer.alloc(0)

  const take = (stream: LogLine["stream"], bytes: Buffer): ReadonlyArray<LogLine> => {
    const lines = (partial[stream] + decoders[stream].write(bytes)).split("\n")
    partial[stream] = lines.pop() ?? ""
    return lines.map((text) => ({ service, stream, text: text.replace(/\r$/u, "") }))
  }

  const push = (chunk: Buffer): ReadonlyArray<LogLine> => {
    if (terminal) return take("stdout", chunk)
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    const lines: Array<LogLine> = []
    while (pending.length >= 8) {
      const length = pending.readUInt32BE(4)
      if (pending.length < 8 + length) break
      lines.push(...take(pending[0] === 2 ? "stderr" : "stdout", pending.subarray(8, 8 + length)))
      pending = pending.subarray(8 + length)
    }
    return lines
  }

  const end = (): ReadonlyArray<LogLine> =>
    (["stdout", "stderr"] as const).flatMap((stream) => {
      const text = partial[stream] + decoders[stream].end()
      partial[stream] = ""
      return text === "" ? [] : [{ service, stream, text }]
    })

  return { push, end }
}
