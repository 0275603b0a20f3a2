import { Result } from "effect"
import type { ComposeDocument, ComposePort } from "./ComposeModel.ts"
import type { ExpectedSandbox, OverridePlan } from "./Override.ts"
import { ComposeNotParameterized, SandboxNotIsolated } from "./OverrideRefusal.ts"
import { isExternal, isNameOf } from "./OverrideResources.ts"
import { portText } from "./PortMapping.ts"

/**
 * Checks the model that Compose really makes of compose file and override, resolved with the slot's variables, before
 * anything is started: it publishes the slot's ports and ephemeral ones alone, and nothing in it has a name that
 * another slot could have.
 */
export const verifyOverride = (
  document: ComposeDocument,
  { expected }: Pick<OverridePlan, "expected">
): Result.Result<void, ComposeNotParameterized | SandboxNotIsolated> => {
  const violations = isolationViolations(document, expected)
  const { composeFile, composeProject, mode, worktree } = expected
  if (violations.length === 0) return Result.void
  return Result.fail(
    mode === "env"
      ? new ComposeNotParameterized({ worktree, composeFile, reasons: violations })
      : new SandboxNotIsolated({ composeProject, violations })
  )
}

/** Everything by which a resolved model is not the expected sandbox; empty when it can be started. */
export const isolationViolations = (
  document: ComposeDocument,
  expected: ExpectedSandbox
): ReadonlyArray<string> => [
  ...(document.name === undefined || document.name === expected.composeProject
    ? []
    : [`the Compose project is ${document.name}, not ${expected.composeProject}`]),
  ...portViolations(document, expected),
  ...nameViolations(document, expected)
]

const portViolations = (document: ComposeDocument, expected: ExpectedSandbox): ReadonlyArray<string> =>
  Object.entries(document.services).flatMap(([name, service]) => {
    if (service.network_mode === "host") return []
    const ports = service.ports ?? []
    const waiting = expected.ports.filter((mapped) => mapped.service === name && mapped.hostPort !== null)
    const foreign = ports.filter((port) => {
      if (port.published === undefined) return false
      const at = waiting.findIndex((mapped) =>
        isSameTarget(mapped.port, port) && String(mapped.hostPort) === port.published
      )
      if (at === -1) return true
      waiting.splice(at, 1)
      return false
    })
    return [
      ...foreign.map((port) => `${name} publishes ${portText(port)}, which is no port of the slot`),
      ...waiting.map(({ hostPort, port, variable }) =>
        `${name} does not publish ${hostPort} (${variable}) for ${port.target}/${port.protocol ?? "tcp"}`
      )
    ]
  })

const isSameTarget = (one: ComposePort, other: ComposePort): boolean =>
  one.target === other.target && (one.protocol ?? "tcp") === (other.protocol ?? "tcp") &&
  (one.host_ip ?? "") === (other.host_ip ?? "")

const nameViolations = (document: ComposeDocument, { composeProject }: ExpectedSandbox): ReadonlyArray<string> => [
  ...Object.entries(document.services).flatMap(([name, { build, container_name, image }]) => [
    ...(container_name === undefined ? [] : [`${name} has the fixed container_name ${container_name}`]),
    ...(build !== undefined && build !== null && image !== undefined && !isNameOf(composeProject, image)
      ? [`${name} builds the image ${image}, which is not the slot's own`]
      : [])
  ]),
  ...(["volumes", "networks"] as const).flatMap((kind) =>
    Object.entries(document[kind] ?? {}).flatMap(([key, resource]) => {
      const name = resource?.name
      return name === undefined || isExternal(resource) || isNameOf(composeProject, name)
        ? []
        : [`${kind.slice(0, -1)} ${key} has the name ${name}, which is not the slot's own`]
    })
  )
]
