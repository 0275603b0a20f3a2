import { Result } from "effect"
import { isPair, isScalar, parseDocument, visit } from "yaml"
import { interpolate, variableReferences } from "../sandbox/Interpolation.ts"
import { parsePortText } from "../sandbox/PortText.ts"

/** What a compose model is resolved from. */
export interface MemoryModelInput {
  readonly name: string
  readonly directory: string
  readonly files: ReadonlyArray<{ readonly path: string; readonly text: string }>
  readonly variables: Readonly<Record<string, string>>
  readonly profiles: ReadonlyArray<string>
}

/** The model as JSON text, and what was remarked. */
export interface MemoryModel {
  readonly json: string
  readonly warnings: ReadonlyArray<string>
}

type Fields = Readonly<Record<string, unknown>>

/** How a later file changes a value of an earlier one, by its path: `!override` or `!reset`. */
type Tags = ReadonlyMap<string, string>

/**
 * Resolves compose files nearly as Compose does: merging with `!override` and `!reset`, variables, profiles, the long
 * forms of ports, volumes, networks and environment. Gives the reason when it cannot.
 */
export const resolveMemoryModel = (input: MemoryModelInput): Result.Result<MemoryModel, string> => {
  const warnings = new Set<string>()
  let merged: Fields = {}
  for (const { path, text } of input.files) {
    const document = parseDocument(text, { merge: true, logLevel: "silent" })
    const [fault] = document.errors
    if (fault !== undefined) return Result.fail(`yaml: ${fault.message.split("\n")[0] ?? ""}`)
    const content: unknown = document.toJS({ maxAliasCount: 100 })
    if (!isFields(content)) return Result.fail("empty compose file")
    const tags = tagsOf(document)
    const filled = fillIn(content, input.variables, warnings, [])
    if (Result.isFailure(filled)) return Result.fail(filled.failure)
    const form = longForm(filled.success, input.directory)
    const unknown = unknownKey(form)
    if (unknown !== null) return Result.fail(`validating ${path}: ${unknown}`)
    merged = asFields(merge(merged, form, tags, ""))
  }
  return Result.map(
    named(merged, input),
    (model) => ({ json: JSON.stringify(model, null, 2), warnings: [...warnings] })
  )
}

const tagsOf = (document: ReturnType<typeof parseDocument>): Tags => {
  const tags = new Map<string, string>()
  visit(document, {
    Node: (_, node, ancestors) => {
      if (node.tag !== "!override" && node.tag !== "!reset") return
      const keys = ancestors.flatMap((ancestor) =>
        isPair(ancestor) && isScalar(ancestor.key) ? [ancestor.key.value] : []
      )
      tags.set(keys.map((key) => `/${String(key)}`).join(""), node.tag)
    },
    Alias: () => undefined
  })
  return tags
}

const fillIn = (
  value: unknown,
  variables: Readonly<Record<string, string>>,
  warnings: Set<string>,
  path: ReadonlyArray<string>
): Result.Result<unknown, string> => {
  if (typeof value === "string") {
    for (const { isOptional, isRequired, name } of variableReferences(value)) {
      const isSet = (variables[name] ?? "") !== ""
      if (isRequired && !isSet) {
        return Result.fail(`error while interpolating ${path.join(".")}: required variable ${name} is missing a value`)
      }
      if (!isOptional && variables[name] === undefined) {
        warnings.add(`The "${name}" variable is not set. Defaulting to a blank string.`)
      }
    }
    return Result.succeed(interpolate(value, variables))
  }
  if (Array.isArray(value)) {
    const items: Array<unknown> = []
    for (const item of value) {
      const filled = fillIn(item, variables, warnings, path)
      if (Result.isFailure(filled)) return filled
      items.push(filled.success)
    }
    return Result.succeed(items)
  }
  if (!isFields(value)) return Result.succeed(value)
  const fields: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) {
    const filled = fillIn(inner, variables, warnings, [...path, key])
    if (Result.isFailure(filled)) return filled
    fields[key] = filled.success
  }
  return Result.succeed(fields)
}

const merge = (base: unknown, over: unknown, tags: Tags, path: string): unknown => {
  const tag = tags.get(path)
  if (tag === "!reset") return undefined
  if (tag === "!override") return over
  if (isFields(base) && isFields(over)) {
    const keys = [...new Set([...Object.keys(base), ...Object.keys(over)])]
    return Object.fromEntries(
      keys.map((key) => [
        key,
        Object.hasOwn(over, key) ? merge(base[key], over[key], tags, `${path}/${key}`) : base[key]
      ]).filter(([, value]) => value !== undefined)
    )
  }
  if (Array.isArray(base) && Array.isArray(over) && !/\/(?:command|entrypoint|test)$/u.test(path)) {
    const targets = new Set(over.map((item) => isFields(item) ? item["target"] : undefined))
    const isMount = path.endsWith("/volumes")
    const kept = base.filter((item) => !(isMount && isFields(item) && targets.has(item["target"])))
    return [...new Map([...kept, ...over].map((item): [string, unknown] => [JSON.stringify(item), item])).values()]
  }
  return over === null && base !== undefined ? base : over
}

const longForm = (file: unknown, directory: string): Fields => {
  const fields = asFields(file)
  const services = mapValues(asFields(fields["services"]), (service) => longService(asFields(service), directory))
  return { ...fields, services }
}

const longService = (service: Fields, directory: string): Fields => {
  const absolute = (path: string) => path.startsWith("/") ? path : `${directory}/${path.replace(/^\.\//u, "")}`
  const change: Readonly<Record<string, (value: unknown) => unknown>> = {
    ports: (value) => listOf(value).flatMap(longPort),
    volumes: (value) => listOf(value).map((item) => typeof item === "string" ? longMount(item, absolute) : item),
    environment: (value) => mapOf(value, null),
    labels: (value) => mapOf(value, ""),
    networks: (value) => mapOf(value, null),
    depends_on: (value) =>
      Array.isArray(value) ? mapOf(value, { condition: "service_started", required: true }) : value,
    build: (value) => {
      const build = typeof value === "string" ? { context: value } : asFields(value)
      return { dockerfile: "Dockerfile", ...build, context: absolute(String(build["context"] ?? ".")) }
    }
  }
  return mapValues(service, (value, key) => {
    const changed = change[key]
    return changed === undefined || value === null ? value : changed(value)
  })
}

const longPort = (item: unknown): ReadonlyArray<Fields> => {
  if (isFields(item)) {
    return [{ mode: "ingress", protocol: "tcp", ...item, ...published(item["published"]) }]
  }
  const { before, protocol, publishedText, target } = parsePortText(String(item))
  const hostIp = before.replace(/:$/u, "").replaceAll(/^\[|\]$/gu, "")
  return [{
    mode: "ingress",
    ...(hostIp === "" ? {} : { host_ip: hostIp }),
    target: Number(target.split("-")[0]),
    ...published(publishedText),
    protocol
  }]
}

const published = (value: unknown): Fields =>
  value === undefined || value === null || value === "" ? {} : { published: String(value) }

const longMount = (text: string, absolute: (path: string) => string): Fields => {
  const [source = "", target, mode] = text.split(":")
  if (target === undefined) return { type: "volume", target: source }
  const isPath = /^[./~]/u.test(source)
  const readOnly = mode?.split(",").includes("ro") === true ? { read_only: true } : {}
  return { type: isPath ? "bind" : "volume", source: isPath ? absolute(source) : source, target, ...readOnly }
}

/** Keys that Compose knows of a service; what begins with `x-` is allowed everywhere. */
const serviceKeys: ReadonlySet<string> = new Set(
  ("annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name cpu_count " +
    "cpu_percent cpu_period cpu_quota cpu_shares cpus cpuset credential_spec depends_on deploy develop devices dns dns_opt " +
    "dns_search domainname entrypoint env_file environment expose extends external_links extra_hosts group_add healthcheck " +
    "hostname image init ipc isolation labels links logging mac_address mem_limit mem_reservation memswap_limit " +
    "network_mode networks oom_score_adj pid pids_limit platform ports privileged profiles pull_policy read_only restart " +
    "runtime scale secrets security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty " +
    "ulimits user userns_mode uts volumes volumes_from working_dir").split(" ")
)

const unknownKey = (file: Fields): string | null => {
  for (const [name, service] of Object.entries(asFields(file["services"]))) {
    const key = Object.keys(asFields(service)).find((one) => !one.startsWith("x-") && !serviceKeys.has(one))
    if (key !== undefined) return `services.${name} Additional property ${key} is not allowed`
  }
  return null
}

/** Gives everything its name, leaves out what no profile asks for, and adds the default network. */
const named = (model: Fields, { directory, name, profiles }: MemoryModelInput): Result.Result<Fields, string> => {
  const isActive = (service: unknown) => {
    const wanted = listOf(asFields(service)["profiles"])
    return wanted.length === 0 || profiles.includes("*") || wanted.some((profile) => profiles.includes(String(profile)))
  }
  const services = Object.fromEntries(
    Object.entries(asFields(model["services"])).filter(([, service]) => isActive(service)).map(([key, service]) => {
      const fields = asFields(service)
      const hasNetworks = fields["networks"] !== undefined || fields["network_mode"] !== undefined
      return [key, { ...fields, ...(hasNetworks ? {} : { networks: { default: null } }) }]
    })
  )
  const resources = (kind: "volumes" | "networks"): Fields =>
    mapValues(asFields(model[kind]), (value, key) => {
      const isOutside = asFields(value)["external"] === true
      return { name: isOutside ? key : `${name}_${key}`, ...asFields(value) }
    })
  const volumes = resources("volumes")
  const networks = { default: { name: `${name}_default`, ipam: {} }, ...resources("networks") }
  for (const [key, service] of Object.entries(services)) {
    const mounts = listOf(asFields(service)["volumes"]).map(asFields)
    const lost = mounts.find(({ source, type }) =>
      type === "volume" && typeof source === "string" && !Object.hasOwn(volumes, source)
    )
    if (lost !== undefined) return Result.fail(`service "${key}" refers to undefined volume ${String(lost["source"])}`)
    const network = Object.keys(asFields(asFields(service)["networks"])).find((one) => !Object.hasOwn(networks, one))
    if (network !== undefined) return Result.fail(`service "${key}" refers to undefined network ${network}`)
  }
  return Result.succeed({
    name,
    services,
    networks,
    ...(Object.keys(volumes).length === 0 ? {} : { volumes }),
    "x-directory": directory
  })
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const asFields = (value: unknown): Fields => isFields(value) ? value : {}

const listOf = (value: unknown): ReadonlyArray<unknown> =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]

const mapOf = (value: unknown, empty: unknown): unknown => {
  if (!Array.isArray(value)) {
    return mapValues(asFields(value), (inner) => inner === null || isFields(inner) ? inner : String(inner))
  }
  return Object.fromEntries(value.map((item) => {
    const text = String(item)
    const at = text.indexOf("=")
    return at === -1 ? [text, empty] : [text.slice(0, at), text.slice(at + 1)]
  }))
}

const mapValues = (fields: Fields, change: (value: unknown, key: string) => unknown): Fields =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, change(value, key)]))
