import { Result } from "effect"
import type { SandboxConfig } from "../project/InfraConfig.ts"
import { composeProjectOf, type Slot } from "../slot/Slot.ts"
import type { ComposeDocument } from "./ComposeModel.ts"
import { knowsOverride } from "./ComposeVersion.ts"
import { labels, observabilityNetwork } from "./Containers.ts"
import {
  ComposeNotParameterized,
  ComposeTooOld,
  type OverrideRefused,
  SandboxServiceUnknown
} from "./OverrideRefusal.ts"
import { hasFixedRange, isExternal, overrideNetworks, overrideVolumes } from "./OverrideResources.ts"
import { overrideService, type ServiceContext, sharedNetworkServices, slotImages } from "./OverrideService.ts"
import { composeLiteral, renderComposeYaml, type YamlValue } from "./OverrideYaml.ts"
import { type MappedPort, mapPorts, portText } from "./PortMapping.ts"
import { startedServices } from "./StartedServices.ts"

/** Where services of a sandbox send their traces, by the seed. */
export const tracesEndpoint = "http://devops-ai-jaeger:4317"

/** What an override is planned from. All paths are absolute. */
export interface OverrideInput {
  /**
   * The compose file of the worktree without an override, resolved for the slot's Compose project with all profiles
   * and with the port variables at their base: {@link basePortVariables}.
   */
  readonly document: ComposeDocument
  readonly config: SandboxConfig
  readonly slot: Slot
  readonly worktree: string
  readonly mainCheckout: string
  readonly gitCommonDirectory: string
  /** Slipway's home folder. */
  readonly home: string
  readonly composeVersion: string
  /** `.env.secrets`, which services read as `env_file`; null when there are no secrets. */
  readonly secretsFile: string | null
  /** ISO 8601. */
  readonly generatedAt: string
}

/** What must hold of the model that Compose makes of compose file and override. */
export interface ExpectedSandbox {
  readonly mode: "override" | "env"
  readonly composeProject: string
  readonly worktree: string
  readonly composeFile: string
  readonly ports: ReadonlyArray<MappedPort>
}

/** A planned override. */
export interface OverridePlan {
  /** The text of `docker-compose.override.yml`. */
  readonly text: string
  readonly warnings: ReadonlyArray<string>
  readonly mode: "override" | "env"
  /** For {@link verifyOverride}. */
  readonly expected: ExpectedSandbox
}

/**
 * Plans the override that makes a sandbox of a compose file without changing it: ports of the slot, names of the slot
 * for containers, volumes, networks and images, the shared observability network and its variables, mounts, values and
 * secrets. In the mode `env`, for Compose before 2.24, ports come from variables in the compose file instead, and what
 * Compose could not take away is refused.
 *
 * Services on the shared network see all slots there. So that a service finds its own neighbours by name, and never
 * those of another slot, each name is linked to the container of the same slot.
 */
export const planOverride = (input: OverrideInput): Result.Result<OverridePlan, OverrideRefused> => {
  const { config, document, slot } = input
  const mode = modeOf(input)
  if (mode === null) return Result.fail(new ComposeTooOld({ version: input.composeVersion }))
  const unknown = unknownServices(input)
  if (unknown !== null) return Result.fail(unknown)

  const started = startedServices(document, config)
  const mapping = mapPorts(document, config, slot, started)
  const collisions = mode === "env" ? collisionsOf(document, mapping.ports, started) : []
  if (collisions.length > 0) {
    return Result.fail(
      new ComposeNotParameterized({
        worktree: input.worktree,
        composeFile: config.composeFile,
        reasons: collisions
      })
    )
  }

  const composeProject = composeProjectOf(slot)
  const slotLabels = labelsOf(input)
  const resources = { composeProject, labels: slotLabels, canReset: mode === "override" }
  const networks = overrideNetworks(document, resources)
  const volumes = overrideVolumes(document, resources)
  const context: ServiceContext = {
    ...input,
    mode,
    composeProject,
    labels: slotLabels,
    ports: mapping.ports,
    images: slotImages(document, composeProject),
    networkKey: networkKeyOf(document),
    joined: sharedNetworkServices(document),
    freedNetworks: networksWithoutAddresses(document),
    tracesEndpoint
  }
  const services = Object.entries(document.services).map(([name, service]): [string, YamlValue] => [
    name,
    overrideService(name, service, context)
  ])
  const text = renderComposeYaml(headerOf(input), {
    networks: { [context.networkKey]: { name: observabilityNetwork, external: true }, ...networks.entries },
    services: Object.fromEntries(services),
    ...(Object.keys(volumes.entries).length === 0 ? {} : { volumes: volumes.entries })
  })
  return Result.succeed({
    text,
    mode,
    warnings: [...mapping.warnings, ...networks.warnings, ...hostNetworkWarnings(document, started)],
    expected: {
      mode,
      composeProject,
      worktree: input.worktree,
      composeFile: config.composeFile,
      ports: mapping.ports
    }
  })
}

/** How the ports reach the compose file; null when what is demanded cannot be done. */
const modeOf = ({ composeVersion, config }: OverrideInput): "override" | "env" | null => {
  if (config.composeMode === "env") return "env"
  if (knowsOverride(composeVersion)) return "override"
  return config.composeMode === "auto" ? "env" : null
}

const unknownServices = ({ config, document }: OverrideInput): SandboxServiceUnknown | null => {
  const { mounts } = config
  const named: ReadonlyArray<readonly [field: string, services: ReadonlyArray<string>]> = [
    ["sandbox.services", config.services],
    ["sandbox.mounts.code_targets", mounts.code.length === 0 ? [] : mounts.codeTargets],
    ["sandbox.mounts.shared_targets", mounts.shared.length === 0 ? [] : mounts.sharedTargets]
  ]
  for (const [field, services] of named) {
    const unknown = services.filter((service) => !Object.hasOwn(document.services, service))
    if (unknown.length > 0) {
      return new SandboxServiceUnknown({
        field,
        services: unknown,
        composeFile: config.composeFile,
        available: Object.keys(document.services)
      })
    }
  }
  return null
}

/** What all slots would have in common, where nothing can be taken away from the compose file. */
const collisionsOf = (
  document: ComposeDocument,
  ports: ReadonlyArray<MappedPort>,
  started: ReadonlySet<string>
): ReadonlyArray<string> => [
  ...ports
    .filter(({ hostPort, port, service }) => started.has(service) && hostPort === null && port.published !== undefined)
    .map(({ port, service }) => `${service} publishes ${portText(port)}, which no variable of [sandbox.ports] sets`),
  ...Object.entries(document.services)
    .filter(([name, service]) => started.has(name) && service.container_name !== undefined)
    .map(([name, service]) => `${name} has the fixed container_name ${service.container_name}`)
]

const hostNetworkWarnings = (document: ComposeDocument, started: ReadonlySet<string>): ReadonlyArray<string> =>
  Object.entries(document.services)
    .filter(([name, service]) => started.has(name) && service.network_mode === "host")
    .map(([name]) => `${name} uses the host's network: its ports are the same in every slot`)

const labelsOf = ({ home, slot, worktree }: OverrideInput): Readonly<Record<string, string>> => ({
  [labels.project]: composeLiteral(slot.project),
  [labels.slot]: String(slot.slot_id),
  [labels.worktree]: composeLiteral(worktree),
  [labels.home]: composeLiteral(home)
})

const headerOf = ({ generatedAt, slot, worktree }: OverrideInput): ReadonlyArray<string> => [
  "Generated by slipway impl — do not edit manually",
  `Worktree: ${worktree}`,
  `Slot: ${slot.project}-${slot.slot_id}`,
  `Generated at: ${generatedAt}`
]

/** The key of the shared network, which the compose file may know already, or have for a network of its own. */
const networkKeyOf = (document: ComposeDocument): string => {
  const networks = document.networks ?? {}
  const known = Object.entries(networks).find(([, network]) =>
    isExternal(network) && network?.name === observabilityNetwork
  )
  if (known !== undefined) return known[0]
  return Object.hasOwn(networks, observabilityNetwork) ? `${observabilityNetwork}-shared` : observabilityNetwork
}

/** Networks whose fixed addresses are taken away. */
const networksWithoutAddresses = (document: ComposeDocument): ReadonlySet<string> =>
  new Set(
    Object.entries(document.networks ?? {})
      .filter(([, network]) => !isExternal(network) && hasFixedRange(network))
      .map(([key]) => key)
  )
