import { Result } from "effect"
import type { ConfigInvalid } from "./ConfigInvalid.ts"
import { configPath, defaultMilestones, type InfraConfig } from "./InfraConfig.ts"
import { decodeInfraFile } from "./InfraFile.ts"
import { defaultHealthTimeout, defaultOtelVariables } from "./InfraSchema.ts"
import { mountText } from "./MountText.ts"
import { editToml, type TomlChange, type TomlValue } from "./TomlEdit.ts"

/**
 * Writes a new `.devops-ai/infra.toml`. What is left at its default is left out, and so is `[lifecycle]`, which is
 * written by hand alone.
 *
 * @example
 * decodeInfraFile(renderInfraFile(config)) // config again
 */
export const renderInfraFile = (config: InfraConfig): string =>
  editToml(
    fileHeader,
    [...settings(config).values()].filter((setting) => !setting.isDefault)
  )

/**
 * Brings the text of a configuration file in line with a configuration: only values that differ from what the file
 * says now are written; comments, order, unknown keys and everything edited by hand stay. Fails when the present text
 * cannot be decoded.
 */
export const editInfraFile = (
  text: string,
  wanted: InfraConfig,
  path: string = configPath
): Result.Result<string, ConfigInvalid> =>
  Result.map(decodeInfraFile(text, path), ({ config }) => {
    const [before, after] = [settings(config), settings(wanted)]
    const changes = [...new Set([...before.keys(), ...after.keys()])].flatMap((key): ReadonlyArray<TomlChange> => {
      const [present, next] = [before.get(key), after.get(key)]
      if (present !== undefined && next !== undefined && JSON.stringify(present) === JSON.stringify(next)) return []
      if (next !== undefined && !next.isDefault) return [next]
      return present === undefined ? [] : [{ path: present.path, value: undefined }]
    })
    const sandboxGoes: ReadonlyArray<TomlChange> = wanted.sandbox === null && config.sandbox !== null
      ? [{ path: ["sandbox"], value: undefined }]
      : []
    const healthGoes: ReadonlyArray<TomlChange> = wanted.sandbox?.health === null && config.sandbox?.health !== null
      ? [{ path: ["sandbox", "health"], value: undefined }]
      : []
    return editToml(text, [...changes, ...healthGoes, ...sandboxGoes])
  })

const fileHeader = `# How this project's worktrees and sandboxes are made.
# A sandbox slot's port is its base port plus the slot's number times [sandbox] port_stride.
`

interface Setting {
  readonly path: ReadonlyArray<string>
  readonly value: TomlValue
  /** Left out of a new file. */
  readonly isDefault: boolean
}

/** Every key of the file that a configuration stands for, by its path as JSON, in the order of a new file. */
const settings = (config: InfraConfig): ReadonlyMap<string, Setting> => {
  const all = new Map<string, Setting>()
  const set = (path: ReadonlyArray<string>, value: TomlValue, isDefault: boolean = false) =>
    all.set(JSON.stringify(path), { path, value, isDefault })
  const list = (path: ReadonlyArray<string>, value: ReadonlyArray<TomlValue>) => set(path, value, value.length === 0)
  const record = (path: ReadonlyArray<string>, values: Readonly<Record<string, TomlValue>>) =>
    Object.entries(values).forEach(([key, value]) => set([...path, key], value))

  const { project, sandbox, worktree } = config
  set(["project", "name"], project.name)
  set(["project", "prefix"], project.prefix, project.prefix === project.name)
  if (sandbox !== null) {
    set(["sandbox", "compose_file"], sandbox.composeFile)
    set(["sandbox", "compose_mode"], sandbox.composeMode, sandbox.composeMode === "auto")
    set(["sandbox", "port_stride"], sandbox.portStride, sandbox.portStride === 1)
    list(["sandbox", "services"], sandbox.services)
    list(["sandbox", "profiles"], sandbox.profiles)
    if (sandbox.health !== null) {
      const { endpoint, portVariable, timeout } = sandbox.health
      set(["sandbox", "health", "endpoint"], endpoint)
      set(["sandbox", "health", "port_var"], portVariable)
      set(["sandbox", "health", "timeout"], timeout, timeout === defaultHealthTimeout)
    }
    record(["sandbox", "ports"], sandbox.ports)
    const { code, codeTargets, shared, sharedTargets } = sandbox.mounts
    list(["sandbox", "mounts", "code"], code.map(mountText))
    list(["sandbox", "mounts", "code_targets"], codeTargets)
    list(["sandbox", "mounts", "shared"], shared.map(mountText))
    list(["sandbox", "mounts", "shared_targets"], sharedTargets)
    const { endpointVariable, namespaceVariable } = sandbox.otel
    set(["sandbox", "otel", "endpoint_var"], endpointVariable, endpointVariable === defaultOtelVariables.endpoint)
    set(["sandbox", "otel", "namespace_var"], namespaceVariable, namespaceVariable === defaultOtelVariables.namespace)
    list(["sandbox", "networks", "include"], sandbox.networks)
    record(["sandbox", "env"], sandbox.env)
    record(["sandbox", "secrets"], sandbox.secrets)
    record(["sandbox", "files"], sandbox.files)
  }
  list(["worktree", "include"], worktree.include)
  list(["worktree", "setup"], worktree.setup)
  list(["worktree", "teardown"], worktree.teardown)
  set(["worktree", "milestones"], worktree.milestones, worktree.milestones === defaultMilestones)
  return all
}
