import { isMap, isScalar, isSeq, type ParsedNode } from "yaml"
import { batchApiVersion } from "../kinds/ObjectMeta.ts"
import type { FieldPath } from "../source/YamlDocuments.ts"
import { editContext, editRepositories, renameKey } from "./MigrateContexts.ts"
import type { TextEdits } from "./TextEdits.ts"
import {
  colonOf,
  isNothing,
  isQuoted,
  mapOf,
  pairOf,
  type ParsedMap,
  type ParsedPair,
  seqOf,
  startWithProperties,
  textOf
} from "./YamlPlaces.ts"

/** The API group of CodeSweep. */
export const oldGroup = "codesweep.io"

/** The API group and version of CodeSweep's kinds. */
export const oldApiVersion = `${oldGroup}/v1alpha1`

const newGroup = batchApiVersion.slice(0, batchApiVersion.indexOf("/"))

/** CodeSweep's kinds, and what each is called now. */
export const kindNames: ReadonlyMap<string, string> = new Map([
  ["Bundle", "Batch"],
  ["BundleRun", "BatchRun"],
  ["CodeSweepConfig", "WorkspaceConfig"]
])

/** CodeSweep's resources as roles name them, and what each is called now. */
export const resourceNames: ReadonlyMap<string, string> = new Map([
  ["bundles", "batches"],
  ["bundleruns", "batchruns"],
  ["codesweepconfigs", "workspaceconfigs"]
])

/** A field or value that was brought over, as text from and to. */
export interface ResourceChange {
  /** Where it stood in the resource. */
  readonly path: FieldPath
  readonly from: string
  readonly to: string
}

/** What became of a resource. */
export interface EditedResource {
  readonly changes: ReadonlyArray<ResourceChange>
  /** Specs whose files have to be moved out of a `context` that holds more, by their paths as they are now. */
  readonly toMove: ReadonlyArray<FieldPath>
}

/** Whether a map is one of CodeSweep's resources that can be brought over: its version and kind stand in it. */
export const isOldResource = (resource: ParsedMap): boolean =>
  textOf(resource, "apiVersion") === oldApiVersion && kindNames.has(textOf(resource, "kind") ?? "")

/** Brings a resource of CodeSweep over: its version, kind, labels, annotations and spec. */
export const editResource = (edits: TextEdits, resource: ParsedMap): EditedResource => {
  const changes: Array<ResourceChange> = []
  const toMove: Array<FieldPath> = []
  const told = (path: FieldPath, from: string, to: string) => {
    changes.push({ path, from, to })
  }
  const kind = textOf(resource, "kind") ?? ""
  const newKind = kindNames.get(kind) ?? kind

  replaceText(edits, pairOf(resource, "apiVersion")?.value ?? null, oldApiVersion, batchApiVersion)
  told(["apiVersion"], `apiVersion: ${oldApiVersion}`, `apiVersion: ${batchApiVersion}`)
  replaceText(edits, pairOf(resource, "kind")?.value ?? null, kind, newKind)
  told(["kind"], `kind: ${kind}`, `kind: ${newKind}`)

  const metadata = mapOf(resource, "metadata")
  for (const field of metadata === null ? [] : ["labels", "annotations"]) {
    const entries = metadata === null ? null : mapOf(metadata, field)
    for (const pair of entries?.items ?? []) {
      const name = isScalar(pair.key) && typeof pair.key.value === "string" ? pair.key.value : ""
      const to = `${newGroup}/${name.slice(oldGroup.length + 1)}`
      if (entries === null || !name.startsWith(`${oldGroup}/`) || pairOf(entries, to) !== null) continue
      renamePart(edits, pair, oldGroup, newGroup)
      told(["metadata", field, name], `metadata.${field}[${name}]`, `metadata.${field}[${to}]`)
    }
  }

  const rename = (spec: ParsedMap, path: FieldPath, from: string, to: string): boolean => {
    const pair = pairOf(spec, from)
    if (pair === null || pairOf(spec, to) !== null) return false
    renameKey(edits, pair, to)
    told([...path, from], [...path, from].join("."), [...renamed(path), to].join("."))
    return true
  }
  const renameRef = (spec: ParsedMap, path: FieldPath, from: string, to: string) => {
    if (rename(spec, path, from, to)) unwrapName(edits, pairOf(spec, from))
  }
  const editBatchSpec = (spec: ParsedMap, path: FieldPath) => {
    renameRef(spec, path, "jobTemplateRef", "workspaceConfigRef")
    const context = pairOf(spec, "context")
    const repositories = seqOf(spec, "repositories")
    if (pairOf(spec, "commonContext") === null) {
      if (context === null) {
        insertCommonContext(edits, spec)
        told(path, path.join("."), `${[...renamed(path), "commonContext"].join(".")}: []`)
      } else {
        const outcome = editContext(edits, context)
        if (outcome !== "cannot be moved") {
          told(
            [...path, "context", "files"],
            [...path, "context", "files"].join("."),
            [...renamed(path), "commonContext"].join(".")
          )
        }
        for (const field of outcome === "cannot be moved" ? [] : variablesIn(context.value)) {
          told([...path, "context", ...field], "${{", "$${{")
        }
        if (outcome === "to move") toMove.push(renamed(path))
      }
    }
    if (rename(spec, path, "repositories", "variableContexts") && repositories !== null) {
      editRepositories(edits, repositories)
    }
  }

  const spec = mapOf(resource, "spec")
  if (spec !== null && newKind === "Batch") editBatchSpec(spec, ["spec"])
  if (spec !== null && newKind === "BatchRun") {
    renameRef(spec, ["spec"], "bundleRef", "batchRef")
    renameRef(spec, ["spec"], "jobTemplateRef", "workspaceConfigRef")
    const inline = mapOf(spec, "bundleSpec")
    if (rename(spec, ["spec"], "bundleSpec", "batchSpec") && inline !== null) {
      editBatchSpec(inline, ["spec", "bundleSpec"])
    }
  }
  return { changes, toMove }
}

/** Brings what a role says of CodeSweep's resources over; gives what was. */
export const editRole = (edits: TextEdits, role: ParsedMap): ReadonlyArray<ResourceChange> => {
  const rules = seqOf(role, "rules")
  return (rules?.items ?? []).flatMap((rule, index): ReadonlyArray<ResourceChange> => {
    if (!isMap(rule)) return []
    const groups = textsOf(rule, "apiGroups")
    if (!groups.some(([, group]) => group === oldGroup)) return []
    const apiGroups = groups.flatMap(([node, group]) => group === oldGroup ? [{ node, group, to: newGroup }] : [])
    const resources = textsOf(rule, "resources").flatMap(([node, name]) => {
      const [resource = "", ...rest] = name.split("/")
      const to = resourceNames.get(resource)
      return to === undefined ? [] : [{ node, group: name, to: [to, ...rest].join("/") }]
    })
    return [["apiGroups", apiGroups] as const, ["resources", resources] as const].flatMap(([field, found]) =>
      found.map(({ group, node, to }): ResourceChange => {
        replaceText(edits, node, group, to)
        return { path: ["rules", index, field], from: group, to }
      })
    )
  })
}

/** Texts of a context's files in which something looks like a variable. */
const variablesIn = (context: ParsedNode | null): ReadonlyArray<FieldPath> =>
  (isMap(context) ? seqOf(context, "files")?.items ?? [] : []).flatMap((file, index) => {
    if (!isMap(file)) return []
    const source = mapOf(file, "source")
    const place = source ?? file
    return ["content", "inline"].flatMap((name): ReadonlyArray<FieldPath> =>
      textOf(place, name)?.includes("${{") === true
        ? [["files", index, ...source === null ? [] : ["source"], name]]
        : []
    )
  })

const renamed = (path: FieldPath): FieldPath => path.map((part) => part === "bundleSpec" ? "batchSpec" : part)

const textsOf = (map: ParsedMap, name: string): ReadonlyArray<readonly [node: ParsedNode, text: string]> =>
  (seqOf(map, name)?.items ?? []).flatMap((item) =>
    isScalar(item) && typeof item.value === "string" ? [[item, item.value] as const] : []
  )

/** Puts a text in the place of another one, in the quotes that it has. */
const replaceText = (edits: TextEdits, node: ParsedNode | null, from: string, to: string): void => {
  if (node === null) return
  const [start, end] = node.range
  const source = edits.text.slice(start, end)
  edits.replace(start, end, source.includes(from) ? source.replace(from, () => to) : JSON.stringify(to))
}

const renamePart = (edits: TextEdits, { key }: ParsedPair, from: string, to: string): void => {
  const [start, end] = key.range
  edits.replace(start, end, edits.text.slice(start, end).replace(from, to))
}

/** A reference `{ name: x }` becomes `x`; one that says more stays. */
const unwrapName = (edits: TextEdits, pair: ParsedPair | null): void => {
  const { text } = edits
  const value = pair?.value
  if (!isMap(value) || value.items.length !== 1 || startWithProperties(text, value) !== value.range[0]) return
  const name = pairOf(value, "name")
  const colon = name === null ? null : colonOf(text, name)
  if (pair == null || name === null || name.value === null || isSeq(name.value) || isMap(name.value)) return
  if (colon === null || isNothing(name.value)) return
  const start = startWithProperties(text, name.value)
  const [valueStart, valueEnd] = value.range
  if (value.flow !== true) {
    const outer = colonOf(text, pair)
    const isBare = outer !== null && text.slice(outer + 1, valueStart).trim() === "" &&
      text.slice(colon + 1, start).trim() === ""
    return isBare ? edits.replace(outer + 1, start, " ") : edits.replace(name.key.range[0], start, "")
  }
  const inside = text.slice(valueStart, start) + text.slice(name.value.range[1], valueEnd)
  // A comment between the braces keeps its place; `context` alone is worth taking braces apart for.
  if (inside.includes("#")) return
  edits.replace(valueStart, start, "")
  edits.replace(name.value.range[1], valueEnd, "")
}

/** CodeSweep's context could be left out. */
const insertCommonContext = (edits: TextEdits, spec: ParsedMap): void => {
  const before = pairOf(spec, "repositories") ?? spec.items[0]
  if (before === undefined) return
  const start = startWithProperties(edits.text, before.key)
  edits.insert(
    start,
    spec.flow === true
      ? `${isQuoted(spec) ? "\"commonContext\"" : "commonContext"}: [], `
      : `commonContext: []${edits.lineEnd}${" ".repeat(edits.column(start))}`
  )
}
