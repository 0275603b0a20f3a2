import type { FieldPath } from "../source/YamlDocuments.ts"
import { fileSources } from "./MigrateContexts.ts"

/**
 * Where a field of a resource that was brought over stood in CodeSweep's.
 *
 * @example
 * oldPathOf({ spec: { repositories: [{ org: "a" }] } }, ["spec", "variableContexts", 0, 0, "repository", "branch"])
 * // ["spec", "repositories", 0, "branch"]
 */
export const oldPathOf = (old: unknown, path: FieldPath): FieldPath => {
  const [first, ...rest] = path
  if (first !== "spec") return path
  const spec = fieldOf(old, "spec")
  const [second, ...deeper] = rest
  return second === "batchSpec" && has(spec, "bundleSpec")
    ? ["spec", "bundleSpec", ...oldSpecPath(fieldOf(spec, "bundleSpec"), deeper)]
    : ["spec", ...oldSpecPath(spec, rest)]
}

const oldSpecPath = (spec: unknown, path: FieldPath): FieldPath => {
  const [first, ...rest] = path
  if (first === "batchRef" && has(spec, "bundleRef")) return ["bundleRef", ...rest]
  if (first === "workspaceConfigRef" && has(spec, "jobTemplateRef")) return ["jobTemplateRef", ...rest]
  if (first === "variableContexts" && !has(spec, "variableContexts")) {
    const [index, , field, ...deeper] = rest
    if (!has(spec, "repositories")) return []
    return ["repositories", ...index === undefined ? [] : [index], ...field === "repository" ? deeper : []]
  }
  if (first !== "commonContext" || has(spec, "commonContext")) return path
  const files = fieldOf(fieldOf(spec, "context"), "files")
  if (files === undefined) return has(spec, "context") ? ["context"] : []
  const [index, field, ...deeper] = rest
  if (index === undefined) return ["context", "files"]
  const file = Array.isArray(files) && typeof index === "number" ? files[index] : undefined
  return ["context", "files", index, ...field === "file" ? oldFilePath(file, deeper) : []]
}

const oldFilePath = (file: unknown, path: FieldPath): FieldPath => {
  const [first, source, ...rest] = path
  if (has(file, "file")) return ["file", ...path]
  if (first !== "source") return path
  const inside = has(file, "source")
  const place = inside ? fieldOf(file, "source") : file
  const old = source === undefined
    ? []
    : [[...fileSources].find(([from, to]) => to === source && has(place, from))?.[0] ?? source]
  return [...inside ? ["source"] : [], ...old, ...rest]
}

const has = (value: unknown, name: string): boolean => fieldOf(value, name) !== undefined

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? new Map<string, unknown>(Object.entries(value)).get(name)
    : undefined
