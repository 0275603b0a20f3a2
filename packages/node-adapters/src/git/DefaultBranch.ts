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

/** The branch that features start from, where its name tells: the one that the remote names, else a usual name. */
export const namedDefaultBranch = (refs: ReadonlyArray<ListedRef>): DefaultBranch | null => {
  const remote = defaultRemote(refs)
  const head = refs.find((ref) => ref.name === `${remotePrefix}${remote}/HEAD`)?.symref
  const named = head?.slice(`${remotePrefix}${remote}/`.length)
  return branchOf(refs, remote, [...named === undefined ? [] : [named], ...usualNames]) ??
    (hasBranches(refs, remote) ? null : branchOf(refs, null, usualNames))
}

/**
 * The same for other names: the one that new repositories get on this machine (`init.defaultBranch`), else the one that
 * is checked out, else the only one. Null when there is none, or none can be preferred.
 */
export const guessedDefaultBranch = (
  refs: ReadonlyArray<ListedRef>,
  configured: string | null
): DefaultBranch | null => {
  const remote = defaultRemote(refs)
  const current = refs.find((ref) => ref.isHead)?.name.slice(localPrefix.length)
  const guesses = [configured, current].filter((name) => name !== null && name !== undefined)
  const local = refs.filter((ref) => ref.name.startsWith(localPrefix)).map((ref) => ref.name.slice(localPrefix.length))
  return branchOf(refs, remote, guesses) ??
    branchOf(refs, null, [...usualNames, ...guesses, ...local.length === 1 ? local : []])
}

const remotePrefix = "refs/remotes/"
const localPrefix = "refs/heads/"

/** `origin`, else the only remote, else the only one that says which branch is its own: it was cloned from. */
const defaultRemote = (refs: ReadonlyArray<ListedRef>): string | null => {
  const remoteRefs = refs.filter((ref) => ref.name.startsWith(remotePrefix))
  const remotes = [...new Set(remoteRefs.map(remoteOf))]
  if (remotes.includes("origin")) return "origin"
  const cloned = remoteRefs.filter((ref) => ref.symref !== "").map(remoteOf)
  return (remotes.length === 1 ? remotes[0] : cloned.length === 1 ? cloned[0] : undefined) ?? null
}

const remoteOf = (ref: ListedRef): string => ref.name.split("/")[2] ?? ""

const hasBranches = (refs: ReadonlyArray<ListedRef>, remote: string | null): boolean =>
  remote !== null && refs.some((ref) => ref.name.startsWith(`${remotePrefix}${remote}/`) && ref.symref === "")

/** The first of some names that a remote has, or this repository itself. */
const branchOf = (
  refs: ReadonlyArray<ListedRef>,
  remote: string | null,
  names: ReadonlyArray<string>
): DefaultBranch | null => {
  const prefix = remote === null ? localPrefix : `${remotePrefix}${remote}/`
  const name = names.find((candidate) => refs.some((ref) => ref.name === prefix + candidate))
  return name === undefined ? null : { name, remote, ref: prefix + name }
}
