/** How long a project's name or prefix can be, in characters. */
export const longestProjectName = 63

/** What a project's name or prefix must be, for messages. */
export const projectNameRule =
  `a name of 1 to ${longestProjectName} characters without /, \\ or control characters, not beginning with - or .`

/** {@link isProjectName} as a pattern. */
export const projectNamePattern = /^(?=.{1,63}$)[^-.\s/\\\p{Cc}](?:[^/\\\p{Cc}]*[^\s/\\\p{Cc}])?$/u

/** Whether a name can be part of a folder's name and never leave its folder or be taken for an option. */
export const isProjectName = (name: string): boolean => projectNamePattern.test(name)

/**
 * Makes a project name of any text: the scope of a package and whatever a folder's name cannot hold are taken away.
 *
 * @example
 * projectNameFrom("@acme/My.App") // "My.App"
 */
export const projectNameFrom = (text: string): string => {
  const last = text.split(/[/\\]/u).findLast((part) => part !== "") ?? ""
  const fit = last.replaceAll(/[^A-Za-z0-9._-]+/gu, "-").replace(/^[.-]+/u, "").slice(0, longestProjectName)
    .replace(/[.-]+$/u, "")
  return fit === "" ? "project" : fit
}

/** Whether a text can name a variable in every shell. */
export const isVariableName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/u.test(name)

/**
 * Makes a variable name that every shell accepts, in upper case.
 *
 * @example
 * variableNameFrom("@acme/My.App") // "ACME_MY_APP"
 * variableNameFrom("3scale") // "_3SCALE"
 */
export const variableNameFrom = (text: string): string => {
  const name = text.replaceAll(/[^A-Za-z0-9]+/gu, "_").replaceAll(/^_+|_+$/gu, "").toUpperCase()
  return /^[A-Z]/u.test(name) ? name : `_${name}`
}
