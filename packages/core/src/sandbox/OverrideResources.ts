import type { ComposeDocument, ComposeResource } from "./ComposeModel.ts"
import { resetTo, type YamlValue } from "./OverrideYaml.ts"

/** What an override says of volumes or networks. */
export interface ResourceOverrides {
  readonly entries: Readonly<Record<string, YamlValue>>
  readonly warnings: ReadonlyArray<string>
}

/** What the volumes and networks of a slot have in common. */
export interface ResourceContext {
  readonly composeProject: string
  readonly labels: Readonly<Record<string, string>>
  /** Whether Compose can take away what the compose file has. */
  readonly canReset: boolean
}

/** Whether a volume or network is made by someone else. */
export const isExternal = (resource: ComposeResource | null): boolean =>
  resource?.external !== undefined && resource.external !== null && resource.external !== false

/** Whether a name belongs to one Compose project alone. */
export const isNameOf = (composeProject: string, name: string): boolean =>
  name.startsWith(`${composeProject}_`) || name.startsWith(`${composeProject}-`)

/** Labels for all volumes, and names of the slot for those with a fixed name. External ones are left alone. */
export const overrideVolumes = (document: ComposeDocument, context: ResourceContext): ResourceOverrides => ({
  entries: Object.fromEntries(
    Object.entries(document.volumes ?? {}).flatMap(([key, volume]): ReadonlyArray<[string, YamlValue]> =>
      isExternal(volume) ? [] : [[key, { ...slotName(volume, context), labels: context.labels }]]
    )
  ),
  warnings: []
})

/**
 * The same for networks. A fixed address range is taken away as well, for no two networks of one machine can have it.
 */
export const overrideNetworks = (document: ComposeDocument, context: ResourceContext): ResourceOverrides => {
  const own = Object.entries(document.networks ?? {}).filter(([, network]) => !isExternal(network))
  return {
    entries: Object.fromEntries(own.map(([key, network]): [string, YamlValue] => [key, {
      ...slotName(network, context),
      ...(hasFixedRange(network) && context.canReset ? { ipam: resetTo(null) } : {}),
      labels: context.labels
    }])),
    warnings: own.filter(([, network]) => hasFixedRange(network)).map(([key]) =>
      context.canReset
        ? `network ${key} has a fixed address range: in a slot, Docker chooses ranges and addresses`
        : `network ${key} has a fixed address range, which only one slot at a time can have`
    )
  }
}

const slotName = (
  resource: ComposeResource | null,
  { composeProject }: ResourceContext
): Readonly<Record<string, YamlValue>> => {
  const name = resource?.name
  return name === undefined || isNameOf(composeProject, name) ? {} : { name: `${composeProject}_${name}` }
}

/** Whether a network names its address range; for networks of the host's own link that must stay. */
export const hasFixedRange = (network: ComposeResource | null): boolean => {
  const ipam = network?.ipam
  return network?.driver !== "macvlan" && network?.driver !== "ipvlan" &&
    typeof ipam === "object" && ipam !== null && "config" in ipam && Array.isArray(ipam.config) &&
    ipam.config.length > 0
}
