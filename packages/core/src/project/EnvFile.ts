import { Result, Schema } from "effect"
import { isVariableName } from "./ProjectName.ts"

/** A variable cannot be written to an env file. Its value is never told. */
export class ValueUnwritable extends Schema.TaggedError<ValueUnwritable>()("ValueUnwritable", {
  variable: Schema.String,
  reason: Schema.String
}) {
  readonly code = "value-unwritable" as const
  override get message(): string {
    return `${this.variable} cannot be written to an env file: ${this.reason}`
  }
  get hint(): string {
    return "change it where it is set, [sandbox.env] or [sandbox.secrets] of .devops-ai/infra.toml"
  }
}

/**
 * Writes variables, in their order, as an env file that Compose reads back exactly, both with `--env-file` and as
 * `env_file` of a service, and that a POSIX shell reads alike but for the values that need double quotes.
 *
 * A value without special characters stays plain. Others stand in single quotes, in which Compose expands nothing.
 * What single quotes cannot hold, `'`, a carriage return, or a backslash before the closing quote, stands in double
 * quotes with `\`, `"`, `$` and carriage return escaped.
 *
 * @example
 * renderEnvFile({ COMPOSE_PROJECT_NAME: "khealth-slot-1", KHEALTH_API_PORT: "8081" })
 * // Result.succeed("COMPOSE_PROJECT_NAME=khealth-slot-1\nKHEALTH_API_PORT=8081\n")
 */
export const renderEnvFile = (
  variables: Readonly<Record<string, string>>
): Result.Result<string, ValueUnwritable> => {
  const lines: Array<string> = []
  for (const [variable, value] of Object.entries(variables)) {
    const reason = unwritable(variable, value)
    if (reason !== null) return Result.fail(new ValueUnwritable({ variable, reason }))
    lines.push(`${variable}=${quoted(value)}\n`)
  }
  return Result.succeed(lines.join(""))
}

const unwritable = (variable: string, value: string): string | null => {
  if (!isVariableName(variable)) return "it is not a name that shells and Compose accept"
  if (value.includes("\0")) return "its value holds a NUL character, which no environment can"
  if (!value.isWellFormed()) return "its value is not valid Unicode"
  return null
}

const quoted = (value: string): string => {
  if (/^[A-Za-z0-9_./:@%+,=-]*$/u.test(value)) return value
  if (!/['\r]|\\$/u.test(value)) return `'${value}'`
  const escaped = value.replaceAll(/[\\"$]/gu, (character) => `\\${character}`).replaceAll("\r", "\\r")
  return `"${escaped}"`
}

/**
 * Reads an env file: what {@link renderEnvFile} writes and what people write by hand, with comments, `export`, and
 * both kinds of quotes. References to other variables are left as they stand; a line that sets nothing is passed over.
 *
 * @example
 * parseEnvFile("# ports\nKHEALTH_API_PORT=8081\n") // { KHEALTH_API_PORT: "8081" }
 */
export const parseEnvFile = (text: string): Readonly<Record<string, string>> => {
  const source = text.replace(/^\uFEFF/u, "").replaceAll("\r\n", "\n")
  const variables = new Map<string, string>()
  for (const [, name = "", single, double, plain = ""] of source.matchAll(assignment)) {
    if (single !== undefined) variables.set(name, single.replaceAll("\\'", "'"))
    else if (double !== undefined) variables.set(name, unescaped(double))
    else variables.set(name, plain.replace(/(?:^|\s+)#.*$/u, "").trim())
  }
  return Object.fromEntries(variables)
}

const assignment =
  /^[^\S\n]*(?:export[^\S\n]+)?([A-Za-z_][\w.-]*)[^\S\n]*[=:][^\S\n]*(?:'((?:\\[^]|[^'\\])*)'|"((?:\\[^]|[^"\\])*)"|([^\n]*))/gmu

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b", f: "\f", v: "\v" }

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.)|\$\$/gu, (found, character: string | undefined) => {
    if (character === undefined) return "$"
    if (Object.hasOwn(escapes, character)) return escapes[character] ?? found
    return /[\\"$]/u.test(character) ? character : found
  })

/** The file of secrets in a worktree, mode 0600, kept out of git's sight. */
export const secretsFileName = ".env.secrets"
