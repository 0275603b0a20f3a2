import * as fs from "node:fs"
import { join } from "node:path"
import { isAbsent } from "../files/SystemWords.ts"
import { readRegularFile } from "./WorkspacePaths.ts"

/** Bytes that `packed-refs` may have; a hundred thousand refs take a tenth. */
const packedRefsLimit = 64 * 1024 * 1024
const symbolicRefDepth = 5

/** What `HEAD` of a checkout says. */
export type CheckoutHead =
  | { readonly _tag: "Commit"; readonly commit: string }
  /** On a branch that has no commit yet. */
  | { readonly _tag: "Unborn" }
  | { readonly _tag: "Unreadable"; readonly why: string }

/**
 * Reads `HEAD` without git: no setting of the repository has a say. The files are an agent's, and may hold anything.
 */
export const readCheckoutHead = (gitDirectory: string): CheckoutHead => {
  let name = "HEAD"
  for (let step = 0; step < symbolicRefDepth; step++) {
    const text = readText(join(gitDirectory, name))
    if (text === null) return name === "HEAD" ? unreadable("its HEAD is missing") : packedRef(gitDirectory, name)
    const value = text.trim()
    if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u.test(value)) return { _tag: "Commit", commit: value }
    const next = /^ref: *(refs\/\S.*)$/u.exec(value)?.[1]
    if (next === undefined || next.split("/").includes("..")) return unreadable(`its ${name} is broken`)
    name = next
  }
  return unreadable("its HEAD leads nowhere")
}

const unreadable = (why: string): CheckoutHead => ({ _tag: "Unreadable", why })

const packedRef = (gitDirectory: string, name: string): CheckoutHead => {
  const found = readRegularFile(join(gitDirectory, "packed-refs"), packedRefsLimit)
  if (found === null) return { _tag: "Unborn" }
  if ("fault" in found) return unreadable(`its packed-refs ${found.fault}`)
  const ending = ` ${name}`
  const line = Buffer.from(found.bytes).toString("utf8").split("\n").find((each) => each.endsWith(ending))
  const commit = line?.slice(0, -ending.length)
  return commit !== undefined && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u.test(commit)
    ? { _tag: "Commit", commit }
    : { _tag: "Unborn" }
}

/** Null when there is no such file; a folder that stands there is none either: a ref may be one's parent. */
const readText = (path: string): string | null => {
  try {
    const found = fs.statSync(path)
    return found.isFile() && found.size <= 4096 ? fs.readFileSync(path, "utf8") : null
  } catch (error) {
    return isAbsent(error) ? null : ""
  }
}
