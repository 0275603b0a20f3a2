import { Result, Schema } from "effect"

/** Bytes in base64 (RFC 4648), as a run keeps values. */
export const base64OfBytes = Schema.encodeSync(Schema.Uint8ArrayFromBase64)

/** A text's UTF-8 in base64. */
export const base64OfText = Schema.encodeSync(Schema.StringFromBase64)

const decodeBytes = Schema.decodeResult(Schema.Uint8ArrayFromBase64)
const decodeText = Schema.decodeResult(Schema.StringFromBase64)

/** The bytes that base64 stands for; line ends in it and white space around it do not count. Null when it is none. */
export const bytesOfBase64 = (text: string): Uint8Array | null => Result.getOrElse(decodeBytes(text.trim()), () => null)

/** The UTF-8 text that base64 stands for; null when it is none. */
export const textOfBase64 = (text: string): string | null => Result.getOrElse(decodeText(text.trim()), () => null)
