import { Effect, Result, Schema } from "effect"
import { type FileUnavailable, ProjectFiles } from "../project/ProjectFiles.ts"

/** A feature has milestones, but not the one that was asked for. */
export class MilestoneMissing extends Schema.TaggedError<MilestoneMissing>()("MilestoneMissing", {
  /** The pattern with feature and milestone filled in. */
  pattern: Schema.String,
  /** The milestone files that there are, below the checkout. */
  present: Schema.Array(Schema.String)
}) {
  readonly code = "milestone-missing" as const
  override get message(): string {
    const present = this.present.length === 0
      ? "the folder is empty"
      : `there are:\n${this.present.map((file) => `  ${file}`).join("\n")}`
    return `No milestone file matching \`${this.pattern}\` in design docs; ${present}`
  }
  get hint(): string {
    return "name one of the milestones above, or set milestones in [worktree] of .devops-ai/infra.toml"
  }
}

/** Which milestone is looked for. */
export interface MilestoneRequest {
  /** Pattern below the checkout with `<feature>` and `<milestone>`; `*`, `**` and `?` match as in globs. */
  readonly pattern: string
  readonly feature: string
  readonly milestone: string
}

/**
 * Finds the file of a milestone among the files of the feature's folder, all relative to the checkout; `null` files
 * mean that there is no such folder, and then there is no milestone file either, which is fine. Where several match, a
 * file whose name goes on after the milestone with no letter or digit comes first: `M1-login.md` before `M10.md`.
 *
 * @example
 * matchMilestone({ pattern: "docs/<feature>/<milestone>*.md", feature: "auth", milestone: "M1" }, ["docs/auth/M1-a.md"])
 * // Result.succeed("docs/auth/M1-a.md")
 */
export const matchMilestone = (
  request: MilestoneRequest,
  files: ReadonlyArray<string> | null
): Result.Result<string | null, MilestoneMissing> => {
  if (files === null) return Result.succeed(null)
  const pattern = filledIn(request.pattern, request)
  const matching = globExpression(pattern)
  const found = files.filter((file) => matching.test(file)).toSorted()
  const exact = found.find((file) =>
    file.split("/").some((part) =>
      part.startsWith(request.milestone) && !/^[A-Za-z0-9]/u.test(part.slice(request.milestone.length))
    )
  )
  const file = exact ?? found[0]
  return file === undefined
    ? Result.fail(new MilestoneMissing({ pattern, present: milestoneFiles(request, files) }))
    : Result.succeed(file)
}

/**
 * The folder of the pattern that belongs to the feature, relative to the checkout: the parts up to the one with
 * `<feature>`, or those before the first wildcard.
 */
export const featureFolder = (pattern: string, feature: string): string => {
  const parts = pattern.replace(/^(?:\.\/)+/u, "").split("/").slice(0, -1)
  const firstOpen = parts.findIndex((part) => /[*?]|<milestone>/u.test(part))
  const fixed = firstOpen === -1 ? parts : parts.slice(0, firstOpen)
  const withFeature = fixed.findIndex((part) => part.includes("<feature>"))
  const folder = withFeature === -1 ? fixed : fixed.slice(0, withFeature + 1)
  return folder.join("/").replaceAll("<feature>", feature)
}

/** How deep folders are searched for a pattern with `**`. */
const deepestSearch = 8

/**
 * Finds the file of a milestone in a checkout, relative to it; null when the feature has no folder of the pattern.
 */
export const findMilestone = Effect.fn("findMilestone")(function*(checkout: string, request: MilestoneRequest) {
  const files = yield* ProjectFiles
  const folder = featureFolder(request.pattern, request.feature)
  const root = folder === "" ? checkout : `${checkout}/${folder}`
  if ((yield* files.kind(root)) !== "directory") return null
  const depth = request.pattern.includes("**") ? deepestSearch : request.pattern.split("/").length
  const found = yield* filesBelow(root, folder === "" ? "" : `${folder}/`, depth)
  return yield* Effect.fromResult(matchMilestone(request, found))
})

const filesBelow: (
  directory: string,
  prefix: string,
  depth: number
) => Effect.Effect<ReadonlyArray<string>, FileUnavailable, ProjectFiles> = Effect.fnUntraced(
  function*(directory, prefix, depth) {
    const entries = yield* ProjectFiles.use((files) => files.list(directory))
    const found = yield* Effect.forEach(entries, (entry) => {
      if (entry.kind === "file") return Effect.succeed([`${prefix}${entry.path}`])
      return entry.kind === "directory" && depth > 1 && entry.path !== ".git" && entry.path !== "node_modules"
        ? filesBelow(`${directory}/${entry.path}`, `${prefix}${entry.path}/`, depth - 1)
        : Effect.succeed([])
    })
    return found.flat()
  }
)

const filledIn = (pattern: string, { feature, milestone }: { readonly feature: string; readonly milestone: string }) =>
  pattern.replace(/^(?:\.\/)+/u, "").replaceAll("<feature>", feature).replaceAll("<milestone>", milestone)

/** Files that would match with any milestone. */
const milestoneFiles = (request: MilestoneRequest, files: ReadonlyArray<string>): ReadonlyArray<string> => {
  const any = globExpression(filledIn(request.pattern, { feature: request.feature, milestone: "*" }))
  return files.filter((file) => any.test(file)).toSorted()
}

/** `*` and `?` stay within one part of a path, `**` does not. */
const globExpression = (pattern: string): RegExp => {
  const source = pattern.replaceAll(/\*\*\/|\*+|\?|[^*?]+/gu, (part) => {
    if (part === "**/") return "(?:.*/)?"
    if (part.startsWith("*")) return part.length > 1 ? ".*" : "[^/]*"
    return part === "?" ? "[^/]" : part.replaceAll(/[\\^$.|+(){}[\]]/gu, "\\$&")
  })
  return new RegExp(`^${source}$`, "u")
}
