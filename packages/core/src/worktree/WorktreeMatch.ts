import { Result, Schema } from "effect"
import { closestWord } from "../project/ClosestWord.ts"
import { folderName } from "./WorktreeIdentity.ts"

/** Several worktrees go by a name. */
export class NameAmbiguous extends Schema.TaggedError<NameAmbiguous>()("NameAmbiguous", {
  name: Schema.String,
  /** Folder names of the worktrees that it could mean. */
  matches: Schema.Array(Schema.String)
}) {
  readonly code = "name-ambiguous" as const
  override get message(): string {
    return `${JSON.stringify(this.name)} could mean any of ${this.matches.length} worktrees:\n${
      this.matches.map((match) => `  ${match}`).join("\n")
    }`
  }
  get hint(): string {
    return "name one of them in full"
  }
}

/** No worktree goes by a name. */
export class WorktreeMissing extends Schema.TaggedError<WorktreeMissing>()("WorktreeMissing", {
  name: Schema.String,
  /** Names of worktrees that are near to it. */
  closeNames: Schema.Array(Schema.String)
}) {
  readonly code = "worktree-missing" as const
  override get message(): string {
    const close = this.closeNames.length === 0 ? "" : `; did you mean ${this.closeNames.join(" or ")}?`
    return `there is no worktree ${JSON.stringify(this.name)}${close}`
  }
  get hint(): string {
    return "slipway worktrees lists all of them"
  }
}

/** A worktree that a name is compared with. */
export interface NamedWorktree {
  /** Absolute. */
  readonly path: string
  readonly branch: string | null
}

/** A worktree that goes by a name. */
export interface WorktreeMatch<A> {
  readonly worktree: A
  /**
   * Whether a person must confirm it: the name is a part of the worktree's name but no whole part, as `3` of `auth-M3`.
   */
  readonly needsConfirmation: boolean
}

/**
 * Finds the worktree that a name means: first by folder name, path, branch, short name (`auth-M1`) or
 * `feature/milestone`; else by a part of its name, whole parts before pieces of parts.
 *
 * @example
 * matchWorktree("auth", worktrees) // khealth-impl-auth-M1, unless another one has a part `auth` too
 */
export const matchWorktree = <A extends NamedWorktree>(
  name: string,
  candidates: ReadonlyArray<A>
): Result.Result<WorktreeMatch<A>, NameAmbiguous | WorktreeMissing> => {
  const wanted = name.replace(/\/+$/u, "")
  const among = (test: (candidate: A) => boolean) => wanted === "" ? [] : candidates.filter(test)
  const found = [
    { matches: among((candidate) => candidate.path === wanted), needsConfirmation: false },
    { matches: among((candidate) => fullNames(candidate).includes(wanted)), needsConfirmation: false },
    { matches: among((candidate) => shortNames(candidate).includes(wanted)), needsConfirmation: false },
    { matches: among((candidate) => hasWholeParts(candidate, wanted)), needsConfirmation: false },
    { matches: among((candidate) => hasPiece(candidate, wanted)), needsConfirmation: true }
  ].find(({ matches }) => matches.length > 0)
  if (found === undefined) {
    return Result.fail(new WorktreeMissing({ name, closeNames: closeNames(wanted, candidates) }))
  }
  const [worktree, ...others] = found.matches
  return worktree !== undefined && others.length === 0
    ? Result.succeed({ worktree, needsConfirmation: found.needsConfirmation })
    : Result.fail(new NameAmbiguous({ name, matches: ambiguousNames(found.matches) }))
}

const fullNames = (candidate: NamedWorktree): ReadonlyArray<string> => [
  folderName(candidate.path),
  ...(candidate.branch === null ? [] : [candidate.branch])
]

/** `auth-M1`, and `auth/M1` in every way that the short name can be split. */
const shortNames = (candidate: NamedWorktree): ReadonlyArray<string> => {
  const names = new Set<string>()
  const fromBranch = /^(?:spec|impl)\/(.+)$/u.exec(candidate.branch ?? "")?.[1]
  if (fromBranch !== undefined) names.add(fromBranch)
  for (const [, name] of folderName(candidate.path).matchAll(/(?<=-(?:spec|impl)-)(.+)$/gu)) if (name) names.add(name)
  return [...names].flatMap((name) => [
    name,
    ...[...name.matchAll(/-/gu)].map(({ index }) => `${name.slice(0, index)}/${name.slice(index + 1)}`)
  ])
}

const partsOf = (name: string): ReadonlyArray<string> =>
  name.toLowerCase().split(/[-/._]+/u).filter((part) => part !== "")

const hasWholeParts = (candidate: NamedWorktree, wanted: string): boolean => {
  const parts = partsOf(wanted)
  return parts.length > 0 && fullNames(candidate).some((name) => {
    const all = partsOf(name)
    return all.some((_, start) => parts.every((part, index) => all[start + index] === part))
  })
}

const hasPiece = (candidate: NamedWorktree, wanted: string): boolean =>
  fullNames(candidate).some((name) => name.toLowerCase().includes(wanted.toLowerCase()))

/** Folder names, or paths where two have the same. */
const ambiguousNames = (matches: ReadonlyArray<NamedWorktree>): ReadonlyArray<string> => {
  const names = matches.map((match) => folderName(match.path))
  return new Set(names).size === names.length ? names : matches.map((match) => match.path)
}

/** At most this many names are offered. */
const mostCloseNames = 3

const closeNames = (wanted: string, candidates: ReadonlyArray<NamedWorktree>): ReadonlyArray<string> => {
  const words = [...new Set(candidates.flatMap((one) => [...shortNames(one).slice(0, 1), ...fullNames(one)]))]
  const close: Array<string> = []
  while (close.length < mostCloseNames) {
    const next = closestWord(wanted, words.filter((word) => !close.includes(word)))
    if (next === null) break
    close.push(next)
  }
  return close
}
