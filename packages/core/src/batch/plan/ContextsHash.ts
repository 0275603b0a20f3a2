import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import canonicalize from "canonicalize"
import type { TaskContext } from "../kinds/TaskContext.ts"

/** JSON in the one form that RFC 8785 gives it; halves of characters, which it cannot tell, become U+FFFD. */
export const canonicalText = (value: unknown): string =>
  canonicalize(
    JSON.parse(JSON.stringify(value, (_, inner: unknown) => typeof inner === "string" ? inner.toWellFormed() : inner))
  ) ?? ""

/**
 * SHA-256 of all contexts of a task, as canonical JSON (RFC 8785), in hexadecimal. It covers inline text and references,
 * not the values that are referred to.
 */
export const contextsHash = (contexts: ReadonlyArray<TaskContext>): string => contextsHasher([])(contexts)

/**
 * {@link contextsHash} of tasks with a common part, which is gone through once: a thousand tasks that share a guide cost
 * no more than their own contexts.
 */
export const contextsHasher = (
  common: ReadonlyArray<TaskContext>
): (variable: ReadonlyArray<TaskContext>) => string => {
  const begun = sha256.create().update(utf8ToBytes(`[${common.map(canonicalText).join(",")}`))
  return (variable) => {
    const separator = common.length > 0 && variable.length > 0 ? "," : ""
    const rest = utf8ToBytes(`${separator}${variable.map(canonicalText).join(",")}]`)
    return bytesToHex(begun.clone().update(rest).digest())
  }
}
