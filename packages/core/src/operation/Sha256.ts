import { sha256 as digest } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"

/**
 * The SHA-256 of a text in UTF-8: 64 lower-case hexadecimal digits (FIPS 180-4).
 *
 * @example
 * sha256("abc") // "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
 */
export const sha256 = (text: string): string => bytesToHex(digest(utf8ToBytes(text)))
