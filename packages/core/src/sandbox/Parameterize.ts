import { Result } from "effect"
import { composeMeaning } from "./ComposeMeaning.ts"
import { type ComposeText, readComposeText, type ServicePort } from "./ComposeText.ts"
import { withoutObservability } from "./ObservabilityServices.ts"
import { baseOf, parsePortRange } from "./PortText.ts"
import { applyChanges, lineEndOf, lineStart, type TextChange } from "./TextChange.ts"
import { isReplaceable, quotedLike, scalarText } from "./YamlNodes.ts"

/** How a compose file is to be rewritten. */
export interface ParameterizeRequest {
  /** Variable name to base port: a port that is published under one of these numbers gets its variable. */
  readonly ports: Readonly<Record<string, number>>
  /** Whether services that the shared observability stack stands in for are commented out. */
  readonly observability: boolean
}

/** A rewritten compose file. */
export interface ParameterizedCompose {
  readonly text: string
  /** Names of services that were commented out. */
  readonly commentedOut: ReadonlyArray<string>
  /** What could not be done, each with the reason. */
  readonly warnings: ReadonlyArray<string>
}

/**
 * Rewrites a compose file so that host ports are variables with the present ports as defaults, and nothing else about
 * it changes: comments, order, quoting, indentation and line ends stay. With no variable set the new file means the same
 * as the old one, apart from the services that are commented out. A second run changes nothing.
 *
 * @example
 * parameterizeCompose(text, { ports: { API_PORT: 8080 }, observability: true })
 * // "8080:80" becomes "${API_PORT:-8080}:80"
 */
export const parameterizeCompose = (text: string, request: ParameterizeRequest): ParameterizedCompose => {
  const compose = readComposeText(text)
  if (Result.isFailure(compose)) {
    return { text, commentedOut: [], warnings: [`the compose file stays as it is: ${compose.failure}`] }
  }
  const attempts = [rewrite(compose.success, request), rewrite(compose.success, { ...request, observability: false })]
  const [first] = attempts
  const sound = attempts.find((attempt) => composeMeaning(attempt.text) === composeMeaning(text, attempt.commentedOut))
  if (sound === undefined) {
    return {
      text,
      commentedOut: [],
      warnings: ["the compose file stays as it is: it is written in a way that cannot be changed safely"]
    }
  }
  return sound === first ? sound : {
    ...sound,
    warnings: [...sound.warnings, "observability services stay: they cannot be commented out safely"]
  }
}

const rewrite = ({ documents, services, text }: ComposeText, request: ParameterizeRequest): ParameterizedCompose => {
  const observability = request.observability
    ? withoutObservability({ documents, services, text })
    : { changes: [], commentedOut: [], hidden: [], warnings: [] }
  const isHidden = (offset: number) => observability.hidden.some(({ end, start }) => start <= offset && offset < end)
  const ports = services.flatMap((service) => service.ports)
    .filter((port) => !isHidden(port.scalar.range[0]))
    .map((port) => rewritePort(text, port, request.ports))
  const changes = [...ports.flatMap((port) => port.changes), ...observability.changes]
  return {
    text: changes.length === 0 ? text : withHeader(applyChanges(text, changes)),
    commentedOut: observability.commentedOut,
    warnings: [...new Set([...ports.flatMap((port) => port.warnings), ...observability.warnings])]
  }
}

interface Rewritten {
  readonly changes: ReadonlyArray<TextChange>
  readonly warnings: ReadonlyArray<string>
}

const unchanged: Rewritten = { changes: [], warnings: [] }

const rewritePort = (text: string, port: ServicePort, ports: Readonly<Record<string, number>>): Rewritten => {
  const written = scalarText(port.scalar)
  if (port.published._tag === "Unclear") return refused(port, "its host port is not a number")
  if (port.published._tag !== "Port" && port.published._tag !== "Range") return unchanged
  if (port.published._tag === "Range" && port.short !== null) {
    const targets = parsePortRange(port.target)
    if (targets !== null && targets.last > targets.first) {
      return rewriteRange(text, port, targets.first, port.published, ports)
    }
  }
  const variable = variableOf(ports, baseOf(port.published))
  if (variable === null) return unchanged
  if (!isReplaceable(port.scalar)) return refused(port, "it is a block of text")
  const published = port.short === null ? written : port.short.publishedText
  const by = `${port.short?.before ?? ""}\${${variable}:-${published}}${port.short?.after ?? ""}`
  return { changes: [replaceScalar(port, quotedLike(port.scalar, by))], warnings: [] }
}

/** A range of ports becomes one entry a port, each with a variable of its own. */
const rewriteRange = (
  text: string,
  port: ServicePort,
  firstTarget: number,
  published: { readonly first: number; readonly last: number },
  ports: Readonly<Record<string, number>>
): Rewritten => {
  const count = published.last - published.first + 1
  const variables = Array.from({ length: count }, (_, index) => variableOf(ports, published.first + index))
  if (variables.every((variable) => variable === null)) return unchanged
  if (!port.isPlainItem || !isReplaceable(port.scalar)) return refused(port, "a range behind an alias or tag")
  const protocol = port.short?.after.slice(1 + port.target.length) ?? ""
  const entries = variables.map((variable, index) => {
    const host = published.first + index
    const hostText = variable === null ? String(host) : `\${${variable}:-${host}}`
    return quotedLike(port.scalar, `${port.short?.before ?? ""}${hostText}:${firstTarget + index}${protocol}`)
  })
  const [start] = port.scalar.range
  const lead = text.slice(lineStart(text, start), start)
  const separator = /^[ ]*-[ ]+$/u.test(lead) ? `${lineEndOf(text)}${lead}` : ", "
  return { changes: [replaceScalar(port, entries.join(separator))], warnings: [] }
}

const replaceScalar = (port: ServicePort, by: string): TextChange => {
  const [start, end] = port.scalar.range
  return { start, end, text: by }
}

const refused = (port: ServicePort, reason: string): Rewritten => ({
  changes: [],
  warnings: [`${port.service}: port ${scalarText(port.scalar).trim()} stays as it is: ${reason}`]
})

const variableOf = (ports: Readonly<Record<string, number>>, base: number | null): string | null =>
  Object.entries(ports).find(([, port]) => port === base)?.[0] ?? null

const headerMark = /^# (?:slipway|kinfra)-managed /mu

const headerLines = [
  "# =============================================================================",
  "# slipway-managed compose file",
  "# =============================================================================",
  "# Host ports are variables, so that sandboxes run side by side: the port of a slot",
  "# is the default (after :-) plus the slot's number. Without slipway the defaults",
  "# hold. See .devops-ai/infra.toml for the configuration.",
  "#",
  "# To run without slipway: docker compose up -d",
  "# To run in a sandbox:    slipway impl <feature/milestone>",
  "# =============================================================================",
  ""
]

const withHeader = (text: string): string => {
  if (headerMark.test(text)) return text
  const mark = text.startsWith("\uFEFF") ? "\uFEFF" : ""
  const end = lineEndOf(text)
  return mark + headerLines.map((line) => line + end).join("") + text.slice(mark.length)
}
