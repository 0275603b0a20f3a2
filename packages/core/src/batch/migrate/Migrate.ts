import { Result } from "effect"
import { type Document, isMap, isSeq, LineCounter, parseAllDocuments, type ParsedNode } from "yaml"
import { batchApiVersion } from "../kinds/ObjectMeta.ts"
import { fieldPathOf, fieldPathText } from "../source/BatchFaults.ts"
import { readBatchText } from "../source/BatchFile.ts"
import type { BatchFault } from "../source/BatchProblem.ts"
import type { BatchSource } from "../source/BatchSources.ts"
import { type FieldPath, type YamlDocument, yamlDocuments } from "../source/YamlDocuments.ts"
import { moveFiles } from "./MigrateContexts.ts"
import { oldPathOf } from "./MigratedPath.ts"
import {
  editResource,
  editRole,
  isOldResource,
  kindNames,
  oldApiVersion,
  oldGroup,
  type ResourceChange,
  resourceNames
} from "./MigrateResource.ts"
import { type TextEdits, textEdits } from "./TextEdits.ts"
import { pairOf, type ParsedMap, textOf } from "./YamlPlaces.ts"

/** Something that was brought over. */
export interface MigrationChange {
  readonly source: string
  /** Line of the text before, from 1. */
  readonly line: number
  /** As it was called before, such as `Bundle/update-dependencies`. */
  readonly resource: string
  /** A field or a value, such as `spec.repositories` or `kind: Bundle`. */
  readonly from: string
  readonly to: string
}

/** A text that was brought over from CodeSweep. */
export interface MigratedText {
  /** The text before with the changes in it; every other byte is as it was. */
  readonly text: string
  readonly changes: ReadonlyArray<MigrationChange>
  /** What of the changed resources stands for nothing in kubetask.io; lines and paths are of the text before. */
  readonly unmapped: ReadonlyArray<BatchFault>
}

/**
 * Brings CodeSweep's resources in a YAML or JSON text to `kubetask.io/v1alpha1`: kinds, fields, labels, annotations, and
 * what roles allow. Other documents, comments, order and layout stay as they are; a text without CodeSweep's resources is
 * given back unchanged. When `unmapped` is empty, each resource that was changed can be read.
 *
 * Fails with everything for which the text is no YAML.
 *
 * @example
 * Result.map(migrateText({ source: "bundle.yaml", text }), ({ text }) => text)
 */
export const migrateText = (
  { source, text }: BatchSource
): Result.Result<MigratedText, ReadonlyArray<BatchFault>> => {
  const mark = text.startsWith("\uFEFF") ? "\uFEFF" : ""
  const before = text.slice(mark.length)
  const values = yamlDocuments(before)
  if (Result.isFailure(values)) {
    return Result.fail(
      values.failure.map(({ line, message }) => ({ source, line, resource: "", path: "", message }))
    )
  }
  if (!before.includes(oldGroup)) return Result.succeed({ text, changes: [], unmapped: [] })
  const edits = textEdits(before)
  const edited = documentsOf(before).map((document) => editDocument(edits, document))
  const moves = edited.map(({ found }) => found.flatMap(({ path, toMove }) => toMove.map((at) => [...path, ...at])))
  const after = moved(edits.apply(), moves)
  const valuesAfter = yamlDocuments(after)
  const found = edited.flatMap(({ found: inDocument }, index) => {
    const old = values.success[index]
    const now = Result.isSuccess(valuesAfter) ? valuesAfter.success[index] : undefined
    return old === undefined ? [] : inDocument.map((one) => described(source, one, old, now))
  })
  return Result.succeed({
    text: `${mark}${after}`,
    changes: found.flatMap(({ changes }) => changes).toSorted(byLine),
    unmapped: found.flatMap(({ unmapped }) => unmapped).toSorted(byLine)
  })
}

const byLine = (one: { readonly line: number | null }, other: { readonly line: number | null }): number =>
  (one.line ?? 0) - (other.line ?? 0)

/** What was found in a document: a resource, with what became of it. */
interface Found {
  readonly path: FieldPath
  readonly changes: ReadonlyArray<ResourceChange>
  readonly toMove: ReadonlyArray<FieldPath>
  readonly isResource: boolean
  /** Why it cannot be brought over; null when it can. */
  readonly refusal: { readonly path: FieldPath; readonly message: string } | null
}

const editDocument = (edits: TextEdits, document: Document.Parsed): { readonly found: ReadonlyArray<Found> } => {
  const visit = (path: FieldPath, node: ParsedNode | null): ReadonlyArray<Found> => {
    if (!isMap(node)) return []
    const items = pairOf(node, "items")?.value
    if (textOf(node, "kind") === "List" && isSeq(items)) {
      return items.items.flatMap((item, index) => visit([...path, "items", index], item))
    }
    if (isOldResource(node)) {
      return [{ path, ...editResource(edits, node), isResource: true, refusal: null }]
    }
    const refusal = refusalOf(document, node)
    if (refusal !== null) return [{ path, changes: [], toMove: [], isResource: false, refusal }]
    const changes = isRole(node) ? editRole(edits, node) : []
    return changes.length === 0 ? [] : [{ path, changes, toMove: [], isResource: false, refusal: null }]
  }
  return { found: visit([], document.contents) }
}

const isRole = (node: ParsedMap): boolean =>
  /^(?:Cluster)?Role$/u.test(textOf(node, "kind") ?? "") &&
  (textOf(node, "apiVersion") ?? "").startsWith("rbac.authorization.k8s.io/")

/** What names CodeSweep's group and cannot be brought over. */
const refusalOf = (document: Document.Parsed, node: ParsedMap): Found["refusal"] => {
  // A version may stand in a map that is merged into this one.
  const value: unknown = node.toJS(document, { maxAliasCount: -1 })
  const { apiVersion, kind, metadata } = fieldsOf(value)
  if (kind === "CustomResourceDefinition") {
    const { name } = fieldsOf(metadata)
    const [resource = "", ...group] = typeof name === "string" ? name.split(".") : []
    if (group.join(".") !== oldGroup) return null
    const now = resourceNames.get(resource)
    return {
      path: ["metadata", "name"],
      message: now === undefined
        ? "no CustomResourceDefinition of kubetask.io stands for it"
        : `${now}.${groupOf(batchApiVersion)} takes its place, which \`slipway crd\` prints`
    }
  }
  if (typeof apiVersion !== "string" || groupOf(apiVersion) !== oldGroup) return null
  if (apiVersion !== oldApiVersion) {
    return { path: ["apiVersion"], message: `only ${oldApiVersion} is known` }
  }
  return typeof kind === "string" && kindNames.has(kind)
    ? { path: ["kind"], message: "apiVersion and kind must stand in the document itself, not in an alias or a merge" }
    : {
      path: ["kind"],
      message: `no kind of kubetask.io stands for it; known ones: ${[...kindNames.keys()].join(", ")}`
    }
}

const groupOf = (apiVersion: string): string => apiVersion.slice(0, Math.max(0, apiVersion.indexOf("/")))

/** The documents that {@link yamlDocuments} gives, in their order, with what their text is made of. */
const documentsOf = (text: string): ReadonlyArray<Document.Parsed> => {
  const parsed = parseAllDocuments(text, {
    lineCounter: new LineCounter(),
    logLevel: "silent",
    merge: true,
    uniqueKeys: false
  })
  return Array.isArray(parsed) ? parsed.filter(({ contents }) => contents !== null && !isNull(contents)) : []
}

const isNull = (node: ParsedNode): boolean => "value" in node && node.value === null

const moved = (text: string, moves: ReadonlyArray<ReadonlyArray<FieldPath>>): string => {
  if (moves.every((paths) => paths.length === 0)) return text
  const edits = textEdits(text)
  const documents = documentsOf(text)
  moves.forEach((paths, index) => {
    for (const path of paths) {
      const spec: unknown = documents[index]?.getIn(path, true)
      if (isParsedMap(spec)) moveFiles(edits, spec)
    }
  })
  return edits.apply()
}

/** A named boundary: what was parsed from a text always has a range. */
const isParsedMap = (node: unknown): node is ParsedMap => isMap(node) && Array.isArray(node.range)

const described = (
  source: string,
  { changes, isResource, path, refusal }: Found,
  old: YamlDocument,
  now: YamlDocument | undefined
): Pick<MigratedText, "changes" | "unmapped"> => {
  const value = valueAt(old.value, path)
  const resource = nameOf(value)
  const at = (field: FieldPath) => ({ source, line: old.lineOf([...path, ...field]), resource })
  const refused = (field: FieldPath, message: string): BatchFault => ({
    ...at(field),
    path: fieldPathText([...path, ...field]),
    message
  })
  return {
    changes: changes.map(({ from, path: field, to }) => ({ ...at(field), from, to })),
    unmapped: [
      ...refusal === null ? [] : [refused(refusal.path, refusal.message)],
      ...isResource ? remaining(value, valueAt(now?.value, path)).map((one) => refused(...one)) : []
    ]
  }
}

/** What keeps a resource that was brought over from being read, where it stood before. */
const remaining = (old: unknown, now: unknown): ReadonlyArray<readonly [path: FieldPath, message: string]> => {
  const { kind } = fieldsOf(now)
  const labels = ["labels", "annotations"].flatMap((field) =>
    Object.keys(fieldsOf(fieldsOf(fieldsOf(now)["metadata"])[field])).flatMap((name) =>
      name.startsWith(`${oldGroup}/`)
        ? [
          [
            ["metadata", field, name],
            `${batchApiVersion.split("/")[0] ?? ""}/${name.slice(oldGroup.length + 1)} is there already`
          ] as const
        ]
        : []
    )
  )
  // As JSON, so that aliases of other resources need not be there.
  const { faults } = readBatchText({ source: "", text: JSON.stringify(now) ?? "null" })
  return [
    ...labels,
    ...faults.map(({ message, path }) => {
      const field = oldPathOf(old, fieldPathOf(path))
      const isTemplate = kind === "WorkspaceConfig" && field[1] === "jobTemplateRef"
      return [
        field,
        isTemplate
          ? "a Job's template has no counterpart: agentImage names the image that is in it"
          : message.replace(/^unknown field/u, `has no counterpart in ${String(kind)}`)
      ] as const
    })
  ]
}

const valueAt = (value: unknown, path: FieldPath): unknown =>
  path.reduce<unknown>((at, part) => Array.isArray(at) ? at[Number(part)] : fieldsOf(at)[part], value)

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {}

const nameOf = (value: unknown): string => {
  const { kind, metadata } = fieldsOf(value)
  const { generateName, name } = fieldsOf(metadata)
  const own = name ?? generateName
  return `${String(kind)}${typeof own === "string" && own !== "" ? `/${own}` : ""}`
}
