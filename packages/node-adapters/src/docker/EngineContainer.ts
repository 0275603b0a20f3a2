import { type Container, type ContainerEvent, type EngineObject, labels } from "@slipway/core"
import type { ContainerInfo, ContainerInspectInfo, ImageInfo } from "dockerode"

/**
 * The engine's JSON in the words of core. Engines differ in whether an empty list or map is there at all.
 */

/** An entry of the list of containers. */
export const listedContainer = (info: ContainerInfo): Container => {
  const found = labelsOf(info.Labels)
  return {
    id: info.Id,
    name: plainName(info.Names?.[0] ?? info.Id),
    service: found[labels.composeService] ?? "",
    project: found[labels.composeProject] ?? "",
    image: info.Image,
    state: stateOf(info.State),
    health: healthOf(/\((?:health: )?(starting|healthy|unhealthy)\)/u.exec(info.Status)?.[1]),
    exitCode: exitCodeIn(info.Status),
    ports: uniquePorts(
      (info.Ports ?? []).flatMap((port) =>
        port.PublicPort === undefined
          ? []
          : [{ host: port.PublicPort, container: port.PrivatePort, protocol: port.Type }]
      )
    ),
    labels: found
  }
}

/** One container with its exit code. */
export const inspectedContainer = (info: ContainerInspectInfo): Container => {
  const found = labelsOf(info.Config.Labels)
  const state = stateOf(info.State.Status)
  const hasEnded = state === "exited" || state === "dead"
  return {
    id: info.Id,
    name: plainName(info.Name),
    service: found[labels.composeService] ?? "",
    project: found[labels.composeProject] ?? "",
    image: info.Config.Image,
    state,
    health: healthOf(info.State.Health?.Status),
    exitCode: hasEnded ? info.State.ExitCode : null,
    ports: uniquePorts(
      Object.entries(info.NetworkSettings.Ports ?? {}).flatMap(([key, bindings]) =>
        (bindings ?? []).map((binding) => {
          const [container = "0", protocol = "tcp"] = key.split("/")
          return { host: Number(binding.HostPort), container: Number(container), protocol }
        })
      )
    ),
    labels: found
  }
}

/** An image, by its first tag where it has one. */
export const engineImage = (info: ImageInfo): EngineObject => ({
  id: info.Id,
  name: (info.RepoTags ?? []).find((tag) => tag !== "<none>:<none>") ?? info.Id,
  labels: labelsOf(info.Labels)
})

/** Labels as the engine tells them: null where there are none. */
export const labelsOf = (
  found: Readonly<Record<string, string>> | null | undefined
): Readonly<Record<string, string>> => found ?? {}

/** A line of the engine's stream of events; null for what is none of a container. */
export const containerEvent = (line: string): ContainerEvent | null => {
  let event: unknown
  try {
    event = JSON.parse(line)
  } catch {
    return null
  }
  const actor = fieldOf(event, "Actor")
  const [action, id] = [fieldOf(event, "Action"), fieldOf(actor, "ID")]
  if (typeof action !== "string" || typeof id !== "string") return null
  const service = fieldOf(fieldOf(actor, "Attributes"), labels.composeService)
  return { id, service: typeof service === "string" ? service : "", action }
}

const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined

const plainName = (name: string): string => name.replace(/^\//u, "")

const states = ["created", "running", "paused", "restarting", "removing", "exited", "dead"] as const

const stateOf = (text: string): Container["state"] => states.find((state) => state === text) ?? "dead"

const healthOf = (text: string | undefined): Container["health"] =>
  text === "starting" || text === "healthy" || text === "unhealthy" ? text : null

/** `Exited (137) 3 seconds ago`. */
const exitCodeIn = (status: string): number | null => {
  const code = /^Exited \((\d+)\)/u.exec(status)?.[1]
  return code === undefined ? null : Number(code)
}

/** One port is told once for IPv4 and once for IPv6. */
const uniquePorts = (ports: Container["ports"]): Container["ports"] => [
  ...new Map(ports.map((port) => [`${port.host}:${port.container}/${port.protocol}`, port])).values()
]
