import { Result, Schema, SchemaAST, SchemaIssue } from "effect"
import { checkoutPath } from "./CheckoutPath.ts"
import type { CommandLine } from "./CommandLine.ts"
import { type ConfigFault, ConfigInvalid } from "./ConfigInvalid.ts"
import { configPath, defaultMilestones, type InfraConfig, type SandboxConfig } from "./InfraConfig.ts"
import { crossFieldFaults, crossFieldRemarks, isTable, type RuleFault, type RuleRemark } from "./InfraRules.ts"
import { defaultGatePhase, defaultHealthTimeout, defaultOtelVariables, InfraFile } from "./InfraSchema.ts"
import { defaultGateTimeout, defaultLifecyclePolicy, type LifecyclePolicy } from "./LifecyclePolicy.ts"
import { parseMount } from "./MountText.ts"
import {
  locateToml,
  positionOf,
  scanToml,
  startsWithPath,
  type TomlEntry,
  type TomlPath,
  tomlPathText
} from "./TomlLocation.ts"
import { gatheringTable, parseTomlWithFaults } from "./TomlRecovery.ts"
import { unknownKeys } from "./UnknownKeys.ts"

/** A decoded configuration file. */
export interface DecodedInfraFile {
  readonly config: InfraConfig
  /** Remarks for people, each with its line: unknown keys, mounts without targets. */
  readonly warnings: ReadonlyArray<string>
}

/**
 * Decodes the text of `.devops-ai/infra.toml` with all defaults filled in, or tells everything that is wrong with it at
 * once. Unknown keys are warnings, as another tool may own them.
 *
 * `path` is what messages call the file.
 *
 * @example
 * decodeInfraFile("[project]\nname = \"khealth\"")
 */
export const decodeInfraFile = (text: string, path: string = configPath): Result.Result<
  DecodedInfraFile,
  ConfigInvalid
> => {
  const { faults: syntax, table, unreadable } = parseTomlWithFaults(text)
  const entries = scanToml(text)
  const placed = (fault: RuleFault) => placeFault(fault, table, text, entries)
  const decoded = decodeTable(table)
  const faults = [
    ...syntax.map((fault): ConfigFault => ({
      line: fault.line,
      column: fault.column,
      field: "",
      expected: "TOML",
      found: `${fault.reason} (column ${fault.column})`
    })),
    ...[...(Result.isFailure(decoded) ? decoded.failure : []), ...crossFieldFaults(table)]
      .filter((fault) => !isConsequence(fault, unreadable))
      .map(placed)
  ]
  const remarks = (found: ReadonlyArray<RuleRemark>): ReadonlyArray<string> =>
    found.map((remark) => ({ line: placed({ path: remark.path, expected: "" }).line, text: remark.text }))
      .toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0))
      .map(({ line, text: remark }) => `${path}${line === null ? "" : `:${line}`}: ${remark}`)
  if (faults.length > 0 || Result.isFailure(decoded)) {
    const unknown = unknownKeys(InfraFile, table).filter((remark) => remark.path[0] !== gatheringTable)
    // What is refused is not left alone.
    const left = unknown.filter((remark) => !faults.some(({ field }) => field === tomlPathText(remark.path)))
    return Result.fail(new ConfigInvalid({ path, faults: inFileOrder(faults), remarks: remarks(left) }))
  }
  return Result.succeed({
    config: configOf(decoded.success, (at) => writtenValue(text, entries, at)),
    warnings: remarks([...unknownKeys(InfraFile, table), ...crossFieldRemarks(table)])
  })
}

const decodeFile = Schema.decodeUnknownResult(InfraFile, { errors: "all" })

const decodeTable = (
  table: Readonly<Record<string, unknown>>
): Result.Result<InfraFile, ReadonlyArray<RuleFault>> =>
  Result.mapError(
    decodeFile(table),
    (error) =>
      formatIssues(error.issue).issues.map(({ message, path = [] }): RuleFault => ({
        path: path.map((part) => typeof part === "object" ? part.key : part).filter((part) => typeof part !== "symbol"),
        expected: message.replace(/^Expected /u, "").replace(/^array$/u, "a list")
      }))
  )

const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => {
    const expected = "ast" in issue ? SchemaAST.resolve(issue.ast)?.["expected"] : undefined
    return typeof expected === "string" ? expected : SchemaIssue.defaultLeafHook(issue)
  }
})

const isConsequence = (fault: RuleFault, unreadable: ReadonlyArray<TomlPath>): boolean =>
  fault.path[0] === gatheringTable ||
  unreadable.some((path) => startsWithPath(fault.path, path) || startsWithPath(path, fault.path)) ||
  (fault.path.at(-1) === "port_var" && unreadable.some((path) => startsWithPath(path, ["sandbox", "ports"])))

const placeFault = (
  fault: RuleFault,
  table: Readonly<Record<string, unknown>>,
  text: string,
  entries: ReadonlyArray<TomlEntry>
): ConfigFault => {
  const entry = locateToml(entries, fault.path)
  const position = entry === null ? { line: null, column: null } : positionOf(text, entry.key.start)
  return {
    ...position,
    field: tomlPathText(fault.path),
    expected: fault.expected,
    found: fault.found ?? foundAt(table, fault.path)
  }
}

/** How many characters of a value a message shows. */
const longestFound = 60

/** Sections whose values may be secret: only the kind of value is told. */
const isConfidential = (path: TomlPath): boolean =>
  path[0] === "sandbox" && (path[1] === "secrets" || path[1] === "env") && path.length > 2

const foundAt = (table: Readonly<Record<string, unknown>>, path: TomlPath): string | null => {
  let value: unknown = table
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return null
    value = Reflect.get(value, part)
  }
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list"
  if (value instanceof Date) return "a date"
  if (isTable(value)) return "a table"
  if (isConfidential(path)) return `a ${typeof value}`
  const shown = JSON.stringify(value) ?? String(value)
  return shown.length > longestFound ? `${shown.slice(0, longestFound)}…` : shown
}

const inFileOrder = (faults: ReadonlyArray<ConfigFault>): ReadonlyArray<ConfigFault> =>
  faults.toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0))

const writtenValue = (text: string, entries: ReadonlyArray<TomlEntry>, path: TomlPath): string | null => {
  const entry = locateToml(entries, path)
  return entry === null ? null : text.slice(entry.value.start, entry.value.end)
}

const configOf = (file: InfraFile, written: (path: TomlPath) => string | null): InfraConfig => ({
  project: { name: file.project.name, prefix: file.project.prefix ?? file.project.name },
  sandbox: file.sandbox === undefined ? null : sandboxOf(file.sandbox, written),
  worktree: {
    include: file.worktree?.include ?? [],
    setup: commandsOf(file.worktree?.setup ?? []),
    teardown: commandsOf(file.worktree?.teardown ?? []),
    milestones: file.worktree?.milestones ?? defaultMilestones
  },
  lifecycle: lifecycleOf(file.lifecycle ?? {})
})

const lifecycleOf = (lifecycle: NonNullable<InfraFile["lifecycle"]>): LifecyclePolicy => ({
  profile: lifecycle.profile ?? defaultLifecyclePolicy.profile,
  waivable: [...new Set(lifecycle.waivable ?? defaultLifecyclePolicy.waivable)],
  approvers: { ...defaultLifecyclePolicy.approvers, ...lifecycle.approvers },
  selfApproval: lifecycle.self_approval ?? defaultLifecyclePolicy.selfApproval,
  gates: (lifecycle.gates ?? []).flatMap(({ command, name, phase = defaultGatePhase, timeout = defaultGateTimeout }) =>
    commandsOf([command]).map((line) => ({ name, phase, command: line, timeout }))
  ),
  merge: lifecycle.merge ?? defaultLifecyclePolicy.merge,
  deploy: commandsOf(lifecycle.deploy === undefined ? [] : [lifecycle.deploy.command])
    .map((command) => ({ command, timeout: lifecycle.deploy?.timeout ?? defaultGateTimeout }))[0] ?? null
})

const sandboxOf = (
  sandbox: NonNullable<InfraFile["sandbox"]>,
  written: (path: TomlPath) => string | null
): SandboxConfig => ({
  composeFile: checkoutPath(sandbox.compose_file) ?? sandbox.compose_file,
  composeMode: sandbox.compose_mode ?? "auto",
  portStride: sandbox.port_stride ?? 1,
  ports: sandbox.ports ?? {},
  health: sandbox.health === undefined ? null : {
    endpoint: sandbox.health.endpoint,
    portVariable: sandbox.health.port_var,
    timeout: sandbox.health.timeout ?? defaultHealthTimeout
  },
  services: sandbox.services ?? [],
  profiles: sandbox.profiles ?? [],
  mounts: {
    code: mountsOf(sandbox.mounts?.code),
    codeTargets: sandbox.mounts?.code_targets ?? [],
    shared: mountsOf(sandbox.mounts?.shared),
    sharedTargets: sandbox.mounts?.shared_targets ?? []
  },
  otel: {
    endpointVariable: sandbox.otel?.endpoint_var ?? defaultOtelVariables.endpoint,
    namespaceVariable: sandbox.otel?.namespace_var ?? defaultOtelVariables.namespace
  },
  networks: sandbox.networks?.include ?? [],
  env: mapValues(sandbox.env ?? {}, (value, name) =>
    // A number is passed on as it is written: 1.0 and 0x1F mean more than their value.
    typeof value === "number" ? written(["sandbox", "env", name]) ?? String(value) : String(value)),
  secrets: mapValues(sandbox.secrets ?? {}, (value) => value.replace(/^\$\{(.+)\}$/u, "$$$1")),
  files: Object.fromEntries(
    Object.entries(sandbox.files ?? {}).map(([target, source]) => [
      checkoutPath(target) ?? target,
      checkoutPath(source) ?? source
    ])
  )
})

const mapValues = <A>(
  record: Readonly<Record<string, A>>,
  change: (value: A, name: string) => string
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]))

const mountsOf = (mounts: ReadonlyArray<string> = []) =>
  mounts.flatMap((mount) => {
    const parsed = parseMount(mount)
    return typeof parsed === "string" ? [] : [parsed]
  })

/** One argument list is a single command. */
const commandsOf = (list: ReadonlyArray<string | ReadonlyArray<string>>): ReadonlyArray<CommandLine> => {
  const words = list.filter((item) => typeof item === "string")
  const lists = list.filter((item) => typeof item !== "string")
  return [...lists, words].flatMap(([program, ...args]): ReadonlyArray<CommandLine> =>
    program === undefined ? [] : [[program, ...args]]
  )
}
