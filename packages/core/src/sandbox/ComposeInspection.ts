import { isMap, isScalar, isSeq } from "yaml"
import { checkoutPath } from "../project/CheckoutPath.ts"
import { type ComposeText, type ServiceText } from "./ComposeText.ts"
import { interpolate, variableReferences } from "./Interpolation.ts"
import {
  asMap,
  isNode,
  itemsAt,
  keyOf,
  ownPair,
  pairAt,
  resolved,
  scalarText,
  textAt,
  type YamlMap
} from "./YamlNodes.ts"

/** A folder or file of the checkout that a service mounts. */
export interface BindMount {
  readonly service: string
  /** Relative to the checkout, with `/`. */
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
}

/** An endpoint that tells whether a service is well. */
export interface HealthCandidate {
  readonly service: string
  readonly endpoint: string
  /** Container port. */
  readonly port: number
}

/** What `init` wants to know of a compose file. */
export interface ComposeInspection {
  readonly services: ReadonlyArray<{
    readonly name: string
    readonly image: string | null
    readonly isObservability: boolean
  }>
  readonly health: ReadonlyArray<HealthCandidate>
  readonly mounts: ReadonlyArray<BindMount>
  /** Variables without a default that are not in the `.env` file: the host's environment must have them. */
  readonly hostVariables: ReadonlyArray<string>
  /** Every variable that the file refers to. */
  readonly variables: ReadonlyArray<string>
  /** Custom networks that services use. */
  readonly networks: ReadonlyArray<string>
  /** What cannot be isolated, or is not looked at, each with the reason. */
  readonly warnings: ReadonlyArray<string>
}

/**
 * Looks through a compose file. `folder` is the folder of the file below the checkout (`.` for the checkout itself), and
 * `environment` what its `.env` file sets.
 */
export const inspectCompose = (
  compose: ComposeText,
  folder: string,
  environment: Readonly<Record<string, string>>
): ComposeInspection => {
  const references = variablesOf(compose)
  return {
    services: compose.services.map(({ image, isObservability, name }) => ({ name, image, isObservability })),
    health: compose.services.filter((service) => !service.isObservability).flatMap(healthOf),
    mounts: compose.services.filter((service) => !service.isObservability)
      .flatMap((service) => mountsOf(service, folder, environment)),
    hostVariables: unique(
      references.filter(({ isOptional, name }) =>
        !isOptional && !Object.hasOwn(environment, name) && !shellVariables.has(name) && !name.startsWith("COMPOSE_")
      ).map(({ name }) => name)
    ),
    variables: unique(references.map(({ name }) => name)),
    networks: unique(compose.services.filter((service) => !service.isObservability).flatMap(networksOf)),
    warnings: [...fixedSubnets(compose), ...otherFiles(compose)]
  }
}

/** Variables that every shell has. */
const shellVariables = new Set(["HOME", "HOSTNAME", "LANG", "PATH", "PWD", "SHELL", "TMPDIR", "USER"])

const unique = (texts: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(texts)]

/** References in values; keys and comments are not interpolated. */
const variablesOf = (compose: ComposeText) =>
  compose.documents.flatMap((document) => scalarsOf(document.contents)).flatMap(variableReferences)

const scalarsOf = (node: unknown): ReadonlyArray<string> => {
  if (isScalar(node)) return typeof node.value === "string" ? [node.value] : []
  if (isSeq(node)) return node.items.flatMap(scalarsOf)
  return isMap(node) ? node.items.flatMap((pair) => scalarsOf(pair.value)) : []
}

const healthOf = ({ document, map, name }: ServiceText): ReadonlyArray<HealthCandidate> => {
  const check = asMap(document, pairAt(document, map, "healthcheck")?.pair.value ?? null)
  if (check === null) return []
  const words = itemsAt(document, check, "test").map((item) => resolved(document, item))
    .flatMap((item) => isScalar(item) ? [scalarText(item)] : [])
  const command = interpolate(words.length > 0 ? words.join(" ") : textAt(document, check, "test") ?? "")
  const found = /https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d+))?(\/[^\s"'|;&)]*)?/u.exec(command)
  return found === null ? [] : [{ service: name, endpoint: found[2] ?? "/", port: Number(found[1] ?? 80) }]
}

const mountsOf = (
  { document, map, name }: ServiceText,
  folder: string,
  environment: Readonly<Record<string, string>>
): ReadonlyArray<BindMount> =>
  itemsAt(document, map, "volumes").flatMap((item): ReadonlyArray<BindMount> => {
    const entry = resolved(document, item)
    const found = isScalar(entry)
      ? shortMount(interpolate(scalarText(entry), environment))
      : isMap(entry) && textAt(document, entry, "type") === "bind"
      ? {
        source: textAt(document, entry, "source") ?? "",
        target: textAt(document, entry, "target") ?? "",
        readOnly: textAt(document, entry, "read_only") === "true"
      }
      : null
    if (found === null || !/^\.{1,2}(?:\/|$)/u.test(found.source) || !found.target.startsWith("/")) return []
    const source = checkoutPath(`${folder}/${found.source}`)
    return source === null || source === "." ? [] : [{ ...found, service: name, source }]
  })

const shortMount = (text: string): Omit<BindMount, "service"> | null => {
  const [source = "", target, options = ""] = text.split(":")
  return target === undefined ? null : { source, target, readOnly: options.split(",").includes("ro") }
}

const networksOf = ({ document, map }: ServiceText): ReadonlyArray<string> => {
  const value = resolved(document, pairAt(document, map, "networks")?.pair.value ?? null)
  const names = isMap(value)
    ? value.items.map(keyOf)
    : itemsAt(document, map, "networks").map((item) => isScalar(item) ? scalarText(item) : null)
  return names.filter((name) => name !== null && name !== "default" && name !== "").filter((name) => name !== null)
}

const topLevel = (compose: ComposeText, key: string): ReadonlyArray<readonly [string, YamlMap | null]> =>
  compose.documents.flatMap((document) => {
    const root = isMap(document.contents) ? document.contents : null
    const table = root === null ? null : asMap(document, ownPair(root, key)?.value ?? null)
    return (table?.items ?? []).flatMap((pair): ReadonlyArray<readonly [string, YamlMap | null]> => {
      const name = keyOf(pair)
      return name === null ? [] : [[name, asMap(document, pair.value)]]
    })
  })

/** Two slots cannot have networks with one address range. */
const fixedSubnets = (compose: ComposeText): ReadonlyArray<string> =>
  topLevel(compose, "networks").flatMap(([name, network]) =>
    network !== null && ownPair(network, "ipam") !== null
      ? [`network ${name} has addresses of its own: only one sandbox can have them at a time`]
      : []
  )

const otherFiles = (compose: ComposeText): ReadonlyArray<string> => {
  const includes = compose.documents.some((document) =>
    isMap(document.contents) && ownPair(document.contents, "include") !== null
  )
  const extended = compose.services.flatMap(({ document, map, name }) => {
    const file = asMap(document, pairAt(document, map, "extends")?.pair.value ?? null)
    return file !== null && isNode(file) && textAt(document, file, "file") !== null ? [name] : []
  })
  return [
    ...(includes ? ["ports of included compose files are not looked at: name them in [sandbox.ports]"] : []),
    ...extended.map((name) =>
      `${name} extends a service of another file, whose ports are not looked at: name them in [sandbox.ports]`
    )
  ]
}
