import { Result } from "effect"
import { closestWord } from "../../project/ClosestWord.ts"
import type { RepositoryContext } from "../kinds/TaskContext.ts"

/** Hosts by name: how each makes a URL of `org` and `repo`. */
export const hostProfiles = {
  github: "https://github.com/{org}/{repo}.git",
  "github-ssh": "git@github.com:{org}/{repo}.git",
  gitlab: "https://gitlab.com/{org}/{repo}.git",
  "gitlab-ssh": "git@gitlab.com:{org}/{repo}.git",
  bitbucket: "https://bitbucket.org/{org}/{repo}.git"
} as const satisfies Readonly<Record<string, string>>

/** The host of repositories that name no URL. */
export const defaultHost = "github"

/**
 * The template of a host: that of a profile, or a text with `{org}` and `{repo}` as it is. What cannot be one fails with
 * the reason.
 *
 * @example
 * hostTemplate("gitlab") // "https://gitlab.com/{org}/{repo}.git"
 * hostTemplate("https://git.example.com/{org}/{repo}") // as it is
 */
export const hostTemplate = (host: string): Result.Result<string, string> => {
  const profile = Object.entries(hostProfiles).find(([name]) => name === host)
  if (profile !== undefined) return Result.succeed(profile[1])
  if (!/[{}/:]/u.test(host)) {
    const names = Object.keys(hostProfiles)
    const meant = closestWord(host, names)
    const advice = meant === null
      ? `known are ${names.join(", ")}, or a URL with {org} and {repo}`
      : `did you mean ${meant}?`
    return Result.fail(`unknown host ${JSON.stringify(host)}; ${advice}`)
  }
  if (/:\/\/[^/]*:[^/]*@|^(?:https?|git):\/\/(?!\{org\}@)[^/]*@/iu.test(host)) {
    return Result.fail("must hold no user name or password; a repository's secretRef names the Secret that has it")
  }
  const missing = ["{org}", "{repo}"].filter((part) => !host.includes(part))
  if (missing.length > 0) return Result.fail(`must have ${missing.join(" and ")} in it, found ${JSON.stringify(host)}`)
  const other = /\{(?!(?:org|repo)\})[^}]*\}?/u.exec(host)
  if (other !== null) return Result.fail(`knows {org} and {repo} alone, found ${JSON.stringify(other[0])}`)
  return /^(?:[A-Za-z][-+.A-Za-z\d]*:\/\/|\/|[^/\s]+:)\S*$/u.test(host)
    ? Result.succeed(host)
    : Result.fail(`must be a URL or an absolute path, found ${JSON.stringify(host)}`)
}

/**
 * What git clones a repository from: its own `url`, else what the host's template makes of `org` and `repo`.
 *
 * @example
 * repositoryUrl({ org: "myorg", repo: "service-a", branch: "main" }, hostProfiles.github)
 * // "https://github.com/myorg/service-a.git"
 */
export const repositoryUrl = (
  { org, repo, url }: RepositoryContext["repository"],
  template: string
): string => url ?? template.replaceAll(/\{(org|repo)\}/gu, (_, part: string) => part === "org" ? org : repo)
