import type { SandboxConfig } from "../project/InfraConfig.ts"
import type { Slot } from "../slot/Slot.ts"
import type { ComposeDocument, ComposePort, ComposeService } from "./ComposeModel.ts"

/** A published port of a service and what becomes of it in a slot. */
export interface MappedPort {
  readonly service: string
  /** As the compose file has it. */
  readonly port: ComposePort
  /** The variable of `[sandbox.ports]` that stands for it, or null. */
  readonly variable: string | null
  /** The host port in the slot; null for an ephemeral one. */
  readonly hostPort: number | null
}

/** All published ports of a model in a slot. */
export interface PortMapping {
  readonly ports: ReadonlyArray<MappedPort>
  readonly warnings: ReadonlyArray<string>
}

/**
 * The port variables at their base: with these the compose file must be resolved for {@link mapPorts}. A file that
 * takes its ports from variables then publishes the same ports as one that does not, so that what a port stands for
 * never depends on what a slot's number happens to add up to.
 */
export const basePortVariables = (config: Pick<SandboxConfig, "ports">): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(config.ports).map(([variable, base]) => [variable, String(base)]))

/**
 * Decides what each published port is in a slot. A port belongs to the variable whose base it is; a port that no
 * variable stands for gets an ephemeral one. Warnings are about the services in `started` alone.
 */
export const mapPorts = (
  document: ComposeDocument,
  config: Pick<SandboxConfig, "ports">,
  slot: Pick<Slot, "ports">,
  started: ReadonlySet<string>
): PortMapping => {
  const ports = Object.entries(document.services).flatMap(([service, { network_mode, ports: published }]) =>
    network_mode === "host" ? [] : (published ?? []).map((port) => mapPort(service, port, config, slot))
  )
  const warnings = [
    ...ports.filter((mapped) => started.has(mapped.service)).flatMap(ephemeralWarning),
    ...unusedWarnings(ports, config, slot, started),
    ...Object.entries(document.services).flatMap(([name, service]) =>
      started.has(name) ? replicaWarnings(name, service, ports) : []
    )
  ]
  return { ports, warnings }
}

const mapPort = (
  service: string,
  port: ComposePort,
  config: Pick<SandboxConfig, "ports">,
  slot: Pick<Slot, "ports">
): MappedPort => {
  const variable = Object.keys(config.ports).find((name) => publishes(port, config.ports[name])) ?? null
  return { service, port, variable, hostPort: variable === null ? null : slot.ports[variable] ?? null }
}

/** Whether a host port is the published one, or in the published range. */
const publishes = (port: ComposePort, hostPort: number | undefined): boolean => {
  if (port.published === undefined || hostPort === undefined) return false
  const [first, last = first] = port.published.split("-").map(Number)
  return first !== undefined && last !== undefined && first <= hostPort && hostPort <= last
}

/** How a port is named in messages. */
export const portText = (port: ComposePort): string =>
  `${port.host_ip === undefined ? "" : `${port.host_ip}:`}${port.published ?? ""}:${port.target}/${
    port.protocol ?? "tcp"
  }`

const ephemeralWarning = ({ hostPort, port, service, variable }: MappedPort): ReadonlyArray<string> => {
  if (hostPort !== null || port.published === undefined) return []
  const reason = variable === null
    ? "no variable of [sandbox.ports] stands for it"
    : `the slot was claimed before ${variable} was configured`
  return [`${service} publishes ${portText(port)} on a port that Docker chooses: ${reason}`]
}

const unusedWarnings = (
  ports: ReadonlyArray<MappedPort>,
  config: Pick<SandboxConfig, "ports">,
  slot: Pick<Slot, "ports">,
  started: ReadonlySet<string>
): ReadonlyArray<string> =>
  Object.entries(config.ports).flatMap(([variable, base]) => {
    const owners = ports.filter((mapped) => mapped.variable === variable).map((mapped) => mapped.service)
    if (owners.some((owner) => started.has(owner))) return []
    return [
      owners.length === 0
        ? `${variable}: no service publishes its base port ${base}, so nothing answers on ${
          slot.ports[variable] ?? base
        }`
        : `${variable}: ${[...new Set(owners)].join(", ")} is not started`
    ]
  })

/** How many containers a service has. */
export const replicasOf = (service: ComposeService): number => service.scale ?? service.deploy?.replicas ?? 1

const replicaWarnings = (
  name: string,
  service: ComposeService,
  ports: ReadonlyArray<MappedPort>
): ReadonlyArray<string> => {
  const replicas = replicasOf(service)
  if (replicas <= 1) return []
  const fixed = ports.filter((mapped) => mapped.service === name && mapped.hostPort !== null)
  return fixed.map(({ hostPort, variable }) =>
    `${name} has ${replicas} replicas, of which only one can publish port ${hostPort} (${variable})`
  )
}
