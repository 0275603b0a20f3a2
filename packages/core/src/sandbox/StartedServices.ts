import type { SandboxConfig } from "../project/InfraConfig.ts"
import type { ComposeDocument } from "./ComposeModel.ts"

/**
 * The services that `up` starts: those of `[sandbox] services`, or all whose profile is active, with what they depend
 * on. The model must be resolved with all profiles.
 */
export const startedServices = (
  document: ComposeDocument,
  config: Pick<SandboxConfig, "services" | "profiles">
): ReadonlySet<string> => {
  const isActive = (name: string): boolean => {
    const profiles = document.services[name]?.profiles ?? []
    return profiles.length === 0 || config.profiles.includes("*") ||
      profiles.some((profile) => config.profiles.includes(profile))
  }
  const started = new Set<string>()
  const waiting = config.services.length > 0
    ? [...config.services]
    : Object.keys(document.services).filter(isActive)
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const service = Object.hasOwn(document.services, name) ? document.services[name] : undefined
    if (service === undefined || started.has(name)) continue
    started.add(name)
    waiting.push(...Object.keys(service.depends_on ?? {}))
  }
  return started
}
