/** A piece of what a container printed. */
export interface OutputPiece {
  readonly stream: "stdout" | "stderr"
  readonly bytes: Uint8Array
}

/** Bytes of a frame before its payload: one of stream, three of padding, four of length. */
const headLength = 8

/**
 * Cuts what an engine sends of a container without a terminal into its pieces, as they come: a frame is not waited for to be
 * whole.
 */
export const makeFrameReader = (): (chunk: Buffer) => ReadonlyArray<OutputPiece> => {
  const head = Buffer.alloc(headLength)
  let headed = 0
  let left = 0
  let stream: OutputPiece["stream"] = "stdout"
  return (chunk) => {
    const pieces: Array<OutputPiece> = []
    let at = 0
    while (at < chunk.length) {
      if (left > 0) {
        const bytes = chunk.subarray(at, at + left)
        pieces.push({ stream, bytes })
        left -= bytes.length
        at += bytes.length
        continue
      }
      const copied = chunk.copy(head, headed, at, at + headLength - headed)
      headed += copied
      at += copied
      if (headed === headLength) {
        headed = 0
        stream = head[0] === 2 ? "stderr" : "stdout"
        left = head.readUInt32BE(4)
      }
    }
    return pieces
  }
}
