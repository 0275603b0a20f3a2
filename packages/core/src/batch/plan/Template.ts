import { closestWord } from "../../project/ClosestWord.ts"
import type { TextMark } from "../source/YamlDocuments.ts"

/** What inline text may name. */
export const templateVariables = [
  "repository.org",
  "repository.repo",
  "repository.branch",
  "run.name",
  "task.index"
] as const
export type TemplateVariable = (typeof templateVariables)[number]

/** What the variables of one task stand for; null for those of a repository when it has none. */
export type TemplateValues = Readonly<Record<TemplateVariable, string | null>>

/** Something wrong in an inline text. */
export interface TemplateFault {
  /** Which `${{` of the text it is at. */
  readonly mark: TextMark
  readonly message: string
}

/** `$${{`, a whole variable on one line, or the begin of one that has no end. */
const pattern = /\$\$\{\{|\$\{\{(?:([^\n\r]*?)\}\})?/gu

const isVariable = (text: string): text is TemplateVariable => templateVariables.some((variable) => variable === text)

/** The variables that an inline text names, each once; {@link templateFaults} tells of those that are unknown. */
export const variablesOf = (text: string): ReadonlySet<TemplateVariable> =>
  new Set(
    [...text.matchAll(pattern)].flatMap(([, inner]) => {
      const name = inner?.trim() ?? ""
      return isVariable(name) ? [name] : []
    })
  )

/**
 * What is wrong with the variables of an inline text: unknown ones, and those without an end.
 *
 * @example
 * templateFaults("in ${{ repository.rep }}")[0].message
 * // "unknown variable ${{ repository.rep }}; did you mean repository.repo?"
 */
export const templateFaults = (text: string): ReadonlyArray<TemplateFault> =>
  [...text.matchAll(pattern)].flatMap(({ 0: whole, 1: inner, index }): ReadonlyArray<TemplateFault> => {
    if (whole === literal || (inner !== undefined && isVariable(inner.trim()))) return []
    const mark: TextMark = { sign, before: text.slice(0, index).split(sign).length - 1 }
    if (inner === undefined) return [{ mark, message: `\${{ has no }}; ${literal} gives a literal \${{` }]
    const name = inner.trim()
    const meant = closestWord(name, templateVariables)
    const advice = meant === null
      ? `known are ${templateVariables.join(", ")}; ${literal} gives a literal \${{`
      : `did you mean ${meant}?`
    return [{ mark, message: `unknown variable \${{ ${shortened(name)} }}; ${advice}` }]
  })

const sign = "${{"
const literal = "$${{"
const longestShown = 60
const shortened = (name: string): string => name.length > longestShown ? `${name.slice(0, longestShown)}…` : name

/**
 * An inline text with the values of its variables; `$${{` becomes `${{`. All else stays as it is, to the byte: what a value
 * holds is not looked at again, and a variable without a value is left.
 *
 * @example
 * renderTemplate("${{ repository.org }}/${{repository.repo}}", values) // "myorg/service-a"
 */
export const renderTemplate = (text: string, values: TemplateValues): string =>
  text.replaceAll(pattern, (whole: string, inner: string | undefined) => {
    if (whole === literal) return "${{"
    const name = inner?.trim() ?? ""
    return (isVariable(name) ? values[name] : null) ?? whole
  })
