import type { DefaultBranch } from "@slipway/core"

/** A ref, as `for-each-ref` lists it. */
export interface ListedRef {
  readonly name: string
  /** The ref that it stands for; empty for a plain one. */
  readonly symref: string
  /** Whether it is checked out where git was asked. */
  readonly isHead: boolean
}

/** What `for-each-ref` is asked for {@link parseRefs}. */
export const refFormat = "--format=%(refname)%00%(symref)%00%(HEAD)"

/** Reads what `for-each-ref` lists in {@link refFormat}. */
export const parseRefs = (text: string): ReadonlyArray<ListedRef> =>
  text.split("\n").filter((line) => line !== "").map((line) => {
    const [name = "", symref = "", head = ""] = line.split("\0")
    return { name, symref, isHead: head === "*" }
  })

/** Where nobody said which branch is the default, the first of these is. */
const usualNames = ["main", "master", "trunk", "develop"]

/**
 * The branch that features start from: the one that the remote names, else one of the usual names, else the one that
 * is checked out. Null when there is no commit at all.
 */
export const chooseDefaultBranch = (refs: ReadonlyArray<ListedRef>): DefaultBranch | null =>
  remoteDefault(refs) ?? localDefault(refs)

const remotePrefix = "refs/remotes/"
const localPrefix = "refs/heads/"

const remoteDefault = (refs: ReadonlyArray<ListedRef>): DefaultBranch | null => {
  const remoteRefs = refs.filter((ref) => ref.name.startsWith(remotePrefix))
  const remotes = [...new Set(remoteRefs.map((ref) => ref.name.split("/")[2] ?? ""))]
  const remote = remotes.includes("origin") ? "origin" : remotes.length === 1 ? remotes[0] : undefined
  if (remote === undefined) return null
  const prefix = `${remotePrefix}${remote}/`
  const named = remoteRefs.find((ref) => ref.name === `${prefix}HEAD`)?.symref
  const current = refs.find((ref) => ref.isHead)?.name.replace(localPrefix, prefix)
  const ref = firstPresent(refs, [named, ...usualNames.map((name) => prefix + name), current])
  return ref === null ? null : { name: ref.slice(prefix.length), remote, ref }
}

const localDefault = (refs: ReadonlyArray<ListedRef>): DefaultBranch | null => {
  const current = refs.find((ref) => ref.isHead)?.name
  const ref = firstPresent(refs, [...usualNames.map((name) => localPrefix + name), current])
  return ref === null ? null : { name: ref.slice(localPrefix.length), remote: null, ref }
}

const firstPresent = (
  refs: ReadonlyArray<ListedRef>,
  candidates: ReadonlyArray<string | undefined>
): string | null => candidates.find((candidate) => refs.some((ref) => ref.name === candidate)) ?? null
