/** A reference to a variable in a compose file, such as `${PORT:-8080}`. */
export interface VariableReference {
  readonly name: string
  /** The text after the operator of `:-` and `-`, itself with references; null without a default. */
  readonly default: string | null
  /** Whether Compose gives up when the variable is not set: `:?` and `?`. */
  readonly isRequired: boolean
  /** Whether an unset variable is fine: it has a default, or an alternative (`:+`, `+`) that is then left out. */
  readonly isOptional: boolean
}

/** A part of a text: plain, or a reference with the text that it stands in. */
export type InterpolationPart =
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "Reference"; readonly text: string; readonly reference: VariableReference }

/**
 * Splits a text of a compose file at its variable references. `$$` is a plain `$`.
 *
 * @example
 * interpolationParts("${HOST:-127.0.0.1}:$PORT:80") // a reference, ":", a reference, ":80"
 */
export const interpolationParts = (text: string): ReadonlyArray<InterpolationPart> => {
  const parts: Array<InterpolationPart> = []
  let plain = ""
  let at = 0
  const endPlain = () => {
    if (plain !== "") parts.push({ _tag: "Text", text: plain })
    plain = ""
  }
  while (at < text.length) {
    const found = text[at] === "$" ? referenceAt(text, at) : null
    if (text.startsWith("$$", at)) {
      plain += "$"
      at += 2
    } else if (found === null) {
      plain += text[at]
      at += 1
    } else {
      endPlain()
      parts.push({ _tag: "Reference", text: text.slice(at, found.end), reference: found.reference })
      at = found.end
    }
  }
  endPlain()
  return parts
}

/** All references of a text, also those in defaults. */
export const variableReferences = (text: string): ReadonlyArray<VariableReference> =>
  interpolationParts(text).flatMap((part) =>
    part._tag === "Text"
      ? []
      : [part.reference, ...(part.reference.default === null ? [] : variableReferences(part.reference.default))]
  )

/** The text as Compose reads it with the given variables; what is not among them is not set. */
export const interpolate = (text: string, variables: Readonly<Record<string, string>> = {}): string =>
  interpolationParts(text).map((part) => {
    if (part._tag === "Text") return part.text
    const { default: fallback, name } = part.reference
    const value = Object.hasOwn(variables, name) ? variables[name] ?? "" : ""
    const isEmptyFine = /^\$\{\w+-/u.test(part.text) && Object.hasOwn(variables, name)
    return value !== "" || isEmptyFine ? value : interpolate(fallback ?? "", variables)
  }).join("")

const referenceAt = (
  text: string,
  start: number
): { readonly reference: VariableReference; readonly end: number } | null => {
  const bare = /\$([A-Za-z_][A-Za-z0-9_]*)/uy
  bare.lastIndex = start
  const name = bare.exec(text)?.[1]
  if (name !== undefined) {
    return {
      reference: { name, default: null, isRequired: false, isOptional: false },
      end: start + 1 + name.length
    }
  }
  const end = text.startsWith("${", start) ? closingBrace(text, start + 2) : -1
  const inner = end === -1 ? null : /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])(.*))?$/su.exec(text.slice(start + 2, end))
  if (inner === null) return null
  const operator = inner[2]?.at(-1)
  return {
    reference: {
      name: inner[1] ?? "",
      default: operator === "-" ? inner[3] ?? "" : null,
      isRequired: operator === "?",
      isOptional: operator === "-" || operator === "+"
    },
    end: end + 1
  }
}

const closingBrace = (text: string, start: number): number => {
  let depth = 1
  for (let at = start; at < text.length; at += 1) {
    if (text.startsWith("${", at)) depth += 1
    else if (text[at] === "}") depth -= 1
    if (depth === 0) return at
  }
  return -1
}
