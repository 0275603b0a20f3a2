import { Struct } from "effect"
import type { Mount, SandboxConfig } from "../project/InfraConfig.ts"
import type { ComposeDocument, ComposeService } from "./ComposeModel.ts"
import { isObservabilityImage } from "./ObservabilityImage.ts"
import { isExternal } from "./OverrideResources.ts"
import { composeLiteral, overrideWith, resetTo, type YamlValue } from "./OverrideYaml.ts"
import { type MappedPort, replicasOf } from "./PortMapping.ts"

type Entries = Readonly<Record<string, YamlValue>>

/** What the override of one service is planned from. */
export interface ServiceContext {
  readonly document: ComposeDocument
  readonly config: SandboxConfig
  readonly mode: "override" | "env"
  readonly composeProject: string
  readonly worktree: string
  readonly mainCheckout: string
  readonly gitCommonDirectory: string
  readonly secretsFile: string | null
  readonly labels: Readonly<Record<string, string>>
  readonly ports: ReadonlyArray<MappedPort>
  /** An image's name in the compose file to its name in the slot. */
  readonly images: ReadonlyMap<string, string>
  /** The key of the shared network. */
  readonly networkKey: string
  /** The services that join the shared network. */
  readonly joined: ReadonlySet<string>
  /** Networks whose fixed addresses are taken away. */
  readonly freedNetworks: ReadonlySet<string>
  readonly tracesEndpoint: string
}

/** What an override says of one service. */
export const overrideService = (name: string, service: ComposeService, context: ServiceContext): Entries => {
  const canReset = context.mode === "override"
  return {
    ...imageOf(service, context),
    ...(canReset ? { ...containerNameOf(service), ...portsOf(name, context), ...networkModeOf(service, context) } : {}),
    ...networksOf(name, service, context),
    ...(isObservability(service) ? {} : environmentOf(name, service, context)),
    labels: context.labels,
    ...volumesOf(name, service, context)
  }
}

const isObservability = (service: ComposeService): boolean =>
  service.image !== undefined && isObservabilityImage(service.image)

/** Whether a service has networks of its own, rather than those of the host, of another container, or none. */
const hasNetworks = (service: ComposeService): boolean => service.network_mode === undefined

/** The services that join the shared observability network: all but those that observe, or have no networks. */
export const sharedNetworkServices = (document: ComposeDocument): ReadonlySet<string> =>
  new Set(
    Object.entries(document.services)
      .filter(([, service]) => hasNetworks(service) && !isObservability(service))
      .map(([name]) => name)
  )

/**
 * New names for images that are built under a fixed name, which all slots would otherwise share: a slot would run what
 * another one has built. Services that use such an image without building it follow.
 */
export const slotImages = (document: ComposeDocument, composeProject: string): ReadonlyMap<string, string> => {
  const images = new Map<string, string>()
  for (const [name, { build, image }] of Object.entries(document.services)) {
    if (hasBuild(build) && image !== undefined && !images.has(image)) {
      images.set(image, `${composeProject}-${name.toLowerCase()}`)
    }
  }
  return images
}

const hasBuild = (build: unknown): boolean => build !== undefined && build !== null

const imageOf = ({ build, image }: ComposeService, { images, mode }: ServiceContext): Entries => {
  const slotImage = image === undefined ? undefined : images.get(image)
  const hasTags = typeof build === "object" && build !== null && "tags" in build && Array.isArray(build.tags)
  return {
    ...(slotImage === undefined ? {} : { image: slotImage }),
    ...(hasTags && mode === "override" ? { build: { tags: resetTo([]) } } : {})
  }
}

const containerNameOf = ({ container_name }: ComposeService): Entries =>
  container_name === undefined ? {} : { container_name: resetTo(null) }

const portsOf = (name: string, { ports }: ServiceContext): Entries => {
  const own = ports.filter((mapped) => mapped.service === name)
  return own.every(({ port }) => port.published === undefined) ? {} : { ports: overrideWith(own.map(portEntry)) }
}

const portEntry = ({ hostPort, port }: MappedPort): YamlValue => {
  const kept = Struct.omit(port, ["published"])
  return hostPort === null ? { ...kept } : { ...kept, published: String(hostPort) }
}

/** A container that is named by its fixed name, which it loses, is named by its service instead. */
const networkModeOf = ({ network_mode }: ComposeService, { document }: ServiceContext): Entries => {
  const container = network_mode?.startsWith("container:") === true ? network_mode.slice("container:".length) : null
  const owner = container === null
    ? undefined
    : Object.entries(document.services).find(([, service]) => service.container_name === container)
  return owner === undefined ? {} : { network_mode: `service:${owner[0]}` }
}

const networksOf = (name: string, service: ComposeService, context: ServiceContext): Entries => {
  if (!hasNetworks(service)) return {}
  const own = Object.entries(service.networks ?? { default: null }).flatMap(([key, settings]) =>
    ownNetwork(key, settings, service, context)
  )
  if (!context.joined.has(name)) {
    const changed = own.filter(([, settings]) => settings !== null)
    return changed.length === 0 ? {} : { networks: Object.fromEntries(changed) }
  }
  return {
    networks: { ...Object.fromEntries(own), [context.networkKey]: null },
    external_links: linksOf(context)
  }
}

/**
 * One of the service's own networks, where there is something to say of it. One without settings is named, since
 * `default` would be lost when only the shared network were.
 */
const ownNetwork = (
  key: string,
  settings: unknown,
  service: ComposeService,
  context: ServiceContext
): ReadonlyArray<[string, YamlValue]> => {
  if (key === context.networkKey) return []
  const changes: Entries = context.mode === "env" ? {} : {
    // Others may know the container by the fixed name that is taken from it; elsewhere it could be another slot's.
    ...(service.container_name === undefined || isExternal(context.document.networks?.[key] ?? null)
      ? {}
      : { aliases: [service.container_name] }),
    ...(context.freedNetworks.has(key) ? withoutAddresses(settings) : {})
  }
  if (Object.keys(changes).length > 0) return [[key, changes]]
  return settings === null || settings === undefined ? [[key, null]] : []
}

const withoutAddresses = (settings: unknown): Entries =>
  typeof settings !== "object" || settings === null ? {} : Object.fromEntries(
    ["ipv4_address", "ipv6_address"].filter((field) => field in settings).map((field) => [field, resetTo(null)])
  )

/** Each name to its own container: on the shared network every slot has a container of that name. */
const linksOf = ({ composeProject, document, joined }: ServiceContext): ReadonlyArray<string> =>
  [...joined].flatMap((name) => {
    const service = document.services[name]
    return service === undefined || replicasOf(service) !== 1 ? [] : [`${composeProject}-${name}-1:${name}`]
  })

const environmentOf = (name: string, service: ComposeService, context: ServiceContext): Entries => {
  const { config, joined, secretsFile } = context
  const values = Object.entries(config.env).map(([variable, value]) => [variable, composeLiteral(value)])
  const sharesNetworkOf = service.network_mode?.startsWith("service:") === true
    ? service.network_mode.slice("service:".length)
    : name
  const environment: Entries = {
    ...Object.fromEntries(values),
    ...(joined.has(sharesNetworkOf) ? tracesOf(service, context) : {})
  }
  return {
    ...(Object.keys(environment).length === 0 ? {} : { environment }),
    ...(secretsFile === null ? {} : { env_file: [composeLiteral(secretsFile)] })
  }
}

const tracesOf = (service: ComposeService, { composeProject, config, tracesEndpoint }: ServiceContext): Entries => {
  const { endpointVariable, namespaceVariable } = config.otel
  const attributes = (service.environment?.[namespaceVariable] ?? "").split(",")
    .filter((attribute) => attribute.trim() !== "" && !/^\s*service\.namespace\s*=/u.test(attribute))
  return {
    [endpointVariable]: tracesEndpoint,
    [namespaceVariable]: [...attributes, `service.namespace=${composeProject}`].join(",")
  }
}

const volumesOf = (name: string, service: ComposeService, context: ServiceContext): Entries => {
  const { code, codeTargets, shared, sharedTargets } = context.config.mounts
  const mounts = [
    ...(codeTargets.includes(name) ? code.map((mount) => bindOf(context.worktree, mount)) : []),
    ...(sharedTargets.includes(name) ? shared.map((mount) => bindOf(context.mainCheckout, mount)) : [])
  ]
  const hasCode = codeTargets.includes(name) && code.length > 0 ||
    (service.volumes ?? []).some(({ source, type }) => type === "bind" && source === composeLiteral(context.worktree))
  const all = hasCode ? [...mounts, gitBind(context.gitCommonDirectory)] : mounts
  return all.length === 0 ? {} : { volumes: [...new Map(all.map((mount) => [mount.target, mount])).values()] }
}

interface Bind {
  readonly [key: string]: YamlValue
  readonly target: string
}

const bindOf = (checkout: string, { readOnly, source, target }: Mount): Bind => ({
  type: "bind",
  source: composeLiteral(source === "." ? checkout : `${checkout}/${source}`),
  target: composeLiteral(target === "/" ? target : target.replace(/\/+$/u, "")),
  read_only: readOnly,
  bind: { create_host_path: true }
})

/** A worktree's `.git` is a file that leads to this folder: without it, git does not work in the container. */
const gitBind = (gitCommonDirectory: string): Bind => ({
  type: "bind",
  source: composeLiteral(gitCommonDirectory),
  target: composeLiteral(gitCommonDirectory),
  read_only: true,
  bind: { create_host_path: false }
})
