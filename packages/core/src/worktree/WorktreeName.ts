import { Result, Schema } from "effect"

/** How long one part of a name can be. */
export const longestNamePart = 100

/** A name cannot be used for folders and branches. */
export class NameInvalid extends Schema.TaggedError<NameInvalid>()("NameInvalid", {
  /** What it was to name, such as `feature`. */
  kind: Schema.String,
  name: Schema.String,
  reason: Schema.String
}) {
  readonly code = "name-invalid" as const
  override get message(): string {
    const shown = this.name.length > longestNamePart ? `${this.name.slice(0, longestNamePart)}…` : this.name
    return `${JSON.stringify(shown)} cannot name a ${this.kind}: ${this.reason}`
  }
  get hint(): string {
    const letters = "use letters (a-z, A-Z), digits, ., _ and -"
    return this.kind === "feature" && this.name.includes("/")
      ? `${letters}; a specification is of a whole feature, without a milestone`
      : `${letters}; a milestone follows its feature after one /, as in auth/M1`
  }
}

/** What a worktree is for. */
export interface FeatureMilestone {
  readonly feature: string
  readonly milestone: string | null
}

/**
 * Reads the name of a feature.
 *
 * @example
 * parseFeature("auth") // Result.succeed("auth")
 */
export const parseFeature = (name: string): Result.Result<string, NameInvalid> => {
  const reason = reasonAgainst(name)
  return reason === null ? Result.succeed(name) : Result.fail(new NameInvalid({ kind: "feature", name, reason }))
}

/** Reads the name of a specification, which is that of a whole feature. */
export const parseSpecification = (name: string): Result.Result<FeatureMilestone, NameInvalid> =>
  Result.map(parseFeature(name), (feature) => ({ feature, milestone: null }))

/**
 * Reads `feature/milestone` or `feature`.
 *
 * @example
 * parseFeatureMilestone("auth/M1") // Result.succeed({ feature: "auth", milestone: "M1" })
 */
export const parseFeatureMilestone = (name: string): Result.Result<FeatureMilestone, NameInvalid> => {
  const [first = "", milestone, ...rest] = name.split("/")
  if (rest.length > 0) {
    return Result.fail(new NameInvalid({ kind: "feature and milestone", name, reason: "it has more than one /" }))
  }
  if (milestone === undefined) return Result.map(parseFeature(first), (feature) => ({ feature, milestone: null }))
  const reason = reasonAgainst(milestone)
  return Result.flatMap(parseFeature(first), (feature) =>
    reason === null
      ? Result.succeed({ feature, milestone })
      : Result.fail(new NameInvalid({ kind: "milestone", name: milestone, reason })))
}

/** Why a text cannot be one part of a folder's and a branch's name; null when it can. */
const reasonAgainst = (name: string): string | null => {
  if (name === "") return "it is empty"
  if (name.length > longestNamePart) return `it has ${name.length} characters, at most ${longestNamePart} are allowed`
  const foreign = /[^A-Za-z0-9._-]/u.exec(name)?.[0]
  if (foreign !== undefined) return `it has ${describeCharacter(foreign)} in it`
  if (name.includes("..")) return "it has .. in it"
  if (/^[-.]/u.test(name)) return `it begins with ${name.slice(0, 1)}`
  if (name.endsWith(".")) return "it ends with ."
  return name.toLowerCase().endsWith(".lock") ? "it ends with .lock, which git keeps for itself" : null
}

const describeCharacter = (character: string): string =>
  character === " " ? "a space" : /[\p{Cc}\p{Zs}]/u.test(character) ? "a control character" : character

/** How a worktree is called: all derived from its kind, feature and milestone. */
export interface WorktreeNames {
  /** Name of its folder, which lies beside the main checkout. */
  readonly folder: string
  readonly branch: string
  /** `feature`, or `feature-milestone`. */
  readonly shortName: string
}

/**
 * The names of a worktree, by the seed's rule.
 *
 * @example
 * worktreeNames("khealth", "impl", { feature: "auth", milestone: "M1" })
 * // { folder: "khealth-impl-auth-M1", branch: "impl/auth-M1", shortName: "auth-M1" }
 */
export const worktreeNames = (prefix: string, kind: "spec" | "impl", name: FeatureMilestone): WorktreeNames => {
  const shortName = name.milestone === null ? name.feature : `${name.feature}-${name.milestone}`
  return { folder: `${prefix}-${kind}-${shortName}`, branch: `${kind}/${shortName}`, shortName }
}

/** The absolute path of a worktree's folder, a sibling of the main checkout. */
export const worktreePath = (main: string, folder: string): string => {
  const parent = main.replace(/\/+$/u, "").replace(/\/[^/]*$/u, "")
  return `${parent}/${folder}`
}
