import { checkoutPath } from "./CheckoutPath.ts"
import { closestWord } from "./ClosestWord.ts"
import { commandsRule } from "./InfraSchema.ts"
import { artifacts, waivedByLightProfile } from "./LifecyclePolicy.ts"
import { parseMount } from "./MountText.ts"
import { isVariableName } from "./ProjectName.ts"
import type { TomlPath } from "./TomlLocation.ts"

/** A fault at a place of the file, before its line is known. `found` is absent when the value itself tells it. */
export interface RuleFault {
  readonly path: TomlPath
  readonly expected: string
  readonly found?: string
}

/** A remark that does not stop anything. */
export interface RuleRemark {
  readonly path: TomlPath
  readonly text: string
}

type Table = Readonly<Record<string, unknown>>

/** The table below some keys, or an empty one. */
const tableAt = (root: Table, ...keys: ReadonlyArray<string>): Table =>
  keys.reduce<Table>((table, key) => {
    const inner = Object.hasOwn(table, key) ? table[key] : undefined
    return isTable(inner) ? inner : {}
  }, root)

/** Whether a TOML value is a table. */
export const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)

const listAt = (table: Table, key: string): ReadonlyArray<unknown> => {
  const value = Object.hasOwn(table, key) ? table[key] : undefined
  return Array.isArray(value) ? value : []
}

/**
 * The rules that a schema of single values cannot tell: how values of different sections go together. Takes the parsed
 * file as it is, so that they are checked also when other values are at fault.
 */
export const crossFieldFaults = (root: Table): ReadonlyArray<RuleFault> => [
  ...variableFaults(root),
  ...portFaults(root),
  ...healthFaults(root),
  ...pathFaults(root),
  ...mountFaults(root),
  ...commandFaults(root),
  ...milestoneFaults(root),
  ...approverFaults(root),
  ...gateFaults(root),
  ...deployFaults(root),
  ...profileFaults(root)
]

/** What is allowed but hardly meant. */
export const crossFieldRemarks = (root: Table): ReadonlyArray<RuleRemark> => {
  const mounts = tableAt(root, "sandbox", "mounts")
  return (["code", "shared"] as const).flatMap((kind) => {
    const [sources, targets] = [listAt(mounts, kind), listAt(mounts, `${kind}_targets`)]
    const path = ["sandbox", "mounts", kind]
    if (sources.length > 0 && targets.length === 0) {
      return [{ path, text: `sandbox.mounts.${kind} is mounted nowhere: ${kind}_targets names no service` }]
    }
    if (sources.length === 0 && targets.length > 0) {
      return [{ path: [...path.slice(0, 2), `${kind}_targets`], text: `sandbox.mounts.${kind} is empty` }]
    }
    return []
  })
}

const variableRule = "a variable name: letters, digits and _, not beginning with a digit"

/** Variables that Slipway itself sets for each sandbox. */
const reservedVariables = new Set(["COMPOSE_PROJECT_NAME"])

const variableFaults = (root: Table): ReadonlyArray<RuleFault> => {
  const sections = ["ports", "env", "secrets"] as const
  const faults = sections.flatMap((section) =>
    Object.keys(tableAt(root, "sandbox", section)).flatMap((name): ReadonlyArray<RuleFault> => {
      const path = ["sandbox", section, name]
      if (!isVariableName(name)) return [{ path, expected: variableRule, found: JSON.stringify(name) }]
      if (reservedVariables.has(name)) {
        return [{ path, expected: "another variable, as each sandbox has its own project name", found: name }]
      }
      const earlier = sections.slice(0, sections.indexOf(section))
        .find((other) => Object.hasOwn(tableAt(root, "sandbox", other), name))
      return earlier === undefined
        ? []
        : [{ path, expected: "each variable once", found: `${name} in [sandbox.${earlier}] too` }]
    })
  )
  const otel = tableAt(root, "sandbox", "otel")
  return [
    ...faults,
    ...["endpoint_var", "namespace_var"].flatMap((key): ReadonlyArray<RuleFault> => {
      const name = otel[key]
      return typeof name !== "string" || name === "" || isVariableName(name)
        ? []
        : [{ path: ["sandbox", "otel", key], expected: variableRule }]
    })
  ]
}

const portFaults = (root: Table): ReadonlyArray<RuleFault> => {
  const firstOf = new Map<number, string>()
  return Object.entries(tableAt(root, "sandbox", "ports")).flatMap(([name, port]): ReadonlyArray<RuleFault> => {
    if (typeof port !== "number") return []
    const first = firstOf.get(port)
    if (first === undefined) {
      firstOf.set(port, name)
      return []
    }
    return [{
      path: ["sandbox", "ports", name],
      expected: "a base port of its own",
      found: `${port}, the base port of ${first}`
    }]
  })
}

const healthFaults = (root: Table): ReadonlyArray<RuleFault> => {
  const variable = tableAt(root, "sandbox", "health")["port_var"]
  const ports = tableAt(root, "sandbox", "ports")
  if (typeof variable !== "string" || variable === "" || Object.hasOwn(ports, variable)) return []
  const names = Object.keys(ports)
  const expected = names.length === 0
    ? "a variable of [sandbox.ports], which is empty"
    : `a variable of [sandbox.ports]: ${names.join(", ")}`
  return [{ path: ["sandbox", "health", "port_var"], expected }]
}

const pathRule = "a path below the checkout, relative and with /"

const pathFaults = (root: Table): ReadonlyArray<RuleFault> => {
  const sandbox = tableAt(root, "sandbox")
  const file = sandbox["compose_file"]
  const isFilePath = (path: string) => ![null, "."].includes(checkoutPath(path))
  const composeFile: ReadonlyArray<RuleFault> = typeof file !== "string" || file === "" || isFilePath(file)
    ? []
    : [{ path: ["sandbox", "compose_file"], expected: pathRule }]
  const files = Object.entries(tableAt(sandbox, "files")).flatMap(([target, source]): ReadonlyArray<RuleFault> => {
    const path = ["sandbox", "files", target]
    return [
      ...(isFilePath(target) && !/^\.git(?:\/|$)/u.test(checkoutPath(target) ?? "")
        ? []
        : [{ path, expected: `the destination as ${pathRule}`, found: JSON.stringify(target) }]),
      ...(typeof source !== "string" || source === "" || isFilePath(source)
        ? []
        : [{ path, expected: `the source as ${pathRule}` }])
    ]
  })
  return [...composeFile, ...files]
}

const mountFaults = (root: Table): ReadonlyArray<RuleFault> => {
  const mounts = tableAt(root, "sandbox", "mounts")
  return ["code", "shared"].flatMap((kind) =>
    listAt(mounts, kind).flatMap((mount, index): ReadonlyArray<RuleFault> => {
      if (typeof mount !== "string" || mount === "") return []
      const parsed = parseMount(mount)
      return typeof parsed === "string" ? [{ path: ["sandbox", "mounts", kind, index], expected: parsed }] : []
    })
  )
}

const commandFaults = (root: Table): ReadonlyArray<RuleFault> => {
  const worktree = tableAt(root, "worktree")
  return ["setup", "teardown"].flatMap((key): ReadonlyArray<RuleFault> => {
    const list = listAt(worktree, key)
    const path = ["worktree", key]
    if (list.some(Array.isArray)) {
      return list.flatMap((item, index): ReadonlyArray<RuleFault> =>
        typeof item === "string" ? [{ path: [...path, index], expected: commandsRule }] : programFault(item, [
          ...path,
          index
        ])
      )
    }
    return list.length === 0 ? [] : programFault(list, path)
  })
}

const programFault = (command: unknown, path: TomlPath): ReadonlyArray<RuleFault> => {
  if (!Array.isArray(command)) return []
  const program: unknown = command[0]
  if (program === "") return [{ path: [...path, 0], expected: "the name of a program" }]
  if (command.length === 1 && typeof program === "string" && /\s/u.test(program)) {
    const parts = program.trim().split(/\s+/u).map((part) => JSON.stringify(part)).join(", ")
    return [{ path, expected: `an argument list such as [${parts}]` }]
  }
  return []
}

const milestoneFaults = (root: Table): ReadonlyArray<RuleFault> => {
  const pattern = tableAt(root, "worktree")["milestones"]
  if (typeof pattern !== "string" || pattern === "") return []
  return pattern.includes("<milestone>") && checkoutPath(pattern) !== null
    ? []
    : [{ path: ["worktree", "milestones"], expected: `a pattern below the checkout with <milestone> in it` }]
}

/** An artifact that does not exist would leave the one that was meant to the default. */
const approverFaults = (root: Table): ReadonlyArray<RuleFault> =>
  Object.keys(tableAt(root, "lifecycle", "approvers")).flatMap((name): ReadonlyArray<RuleFault> => {
    if (artifacts.some((artifact) => artifact === name)) return []
    const meant = closestWord(name, artifacts)
    const question = meant === null ? "" : `; did you mean ${meant}?`
    return [{
      path: ["lifecycle", "approvers", name],
      expected: `an artifact: ${artifacts.join(", ")}`,
      found: `${JSON.stringify(name)}${question}`
    }]
  })

const gateFaults = (root: Table): ReadonlyArray<RuleFault> => {
  const names = new Set<string>()
  return listAt(tableAt(root, "lifecycle"), "gates").flatMap((gate, index): ReadonlyArray<RuleFault> => {
    if (!isTable(gate)) return []
    const path = ["lifecycle", "gates", index]
    const name = gate["name"]
    // Outputs are kept in files of that name, and some systems do not tell cases apart.
    const key = typeof name === "string" ? name.toLowerCase() : ""
    const isTaken = names.has(key)
    if (key !== "") names.add(key)
    return [
      ...(isTaken ? [{ path: [...path, "name"], expected: "a name that no other gate has, in any case" }] : []),
      ...programFault(gate["command"], [...path, "command"])
    ]
  })
}

const deployFaults = (root: Table): ReadonlyArray<RuleFault> =>
  programFault(tableAt(root, "lifecycle", "deploy")["command"], ["lifecycle", "deploy", "command"])

const profileFaults = (root: Table): ReadonlyArray<RuleFault> => {
  const lifecycle = tableAt(root, "lifecycle")
  const waivable = lifecycle["waivable"]
  if (lifecycle["profile"] !== "light" || !Array.isArray(waivable)) return []
  const missing = waivedByLightProfile.filter((artifact) => !waivable.includes(artifact))
  return missing.length === 0 ? [] : [{
    path: ["lifecycle", "waivable"],
    expected: `all that profile = "light" waives: ${waivedByLightProfile.join(", ")}`,
    found: `a list without ${missing.join(", ")}`
  }]
}
