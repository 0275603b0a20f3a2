import { Result, Schema } from "effect"
import { type BatchKind, batchKinds, type BatchResource, type ReadResource } from "../kinds/Kinds.ts"
import { clusterMetadata } from "../kinds/ObjectMeta.ts"
import { kindNames, kindVerdict, shortName, typeName } from "../kinds/ResourceKind.ts"
import { fieldFaults, fieldPathText } from "./BatchFaults.ts"
import type { BatchFault } from "./BatchProblem.ts"
import type { BatchSource } from "./BatchSources.ts"
import { faultAt, resourcePlace } from "./FindResource.ts"
import { type PassedOver, passedOverLabel } from "./PassedOver.ts"
import { type UndecodedResource, unknownResource } from "./UndecodedResource.ts"
import { type FieldPath, type YamlDocument, yamlDocuments } from "./YamlDocuments.ts"

/** What a text of resources holds, and everything that is wrong with it. */
export interface BatchText {
  readonly resources: ReadonlyArray<ReadResource>
  /** What is another program's. */
  readonly passedOver: ReadonlyArray<PassedOver>
  /** What is there and has faults. */
  readonly undecoded: ReadonlyArray<UndecodedResource>
  readonly faults: ReadonlyArray<BatchFault>
}

/**
 * Reads the resources of a YAML or JSON text of one or more documents; `kind: List` counts as what it lists. What is
 * wrong is told all at once, each with its line and the path of its field; no secret is in it.
 *
 * Kinds of other programs are passed over, since the same file is applied to a cluster. A text that holds nothing else is
 * a fault, unless it was `found` in a folder.
 *
 * @example
 * readBatchText({ source: "batch.yaml", text: "kind: Batch" }).faults
 */
export const readBatchText = ({ source, text }: BatchSource, given: "named" | "found" = "named"): BatchText => {
  const documents = yamlDocuments(separated(text.replace(/^\uFEFF/u, "")))
  if (Result.isFailure(documents)) {
    return {
      ...nothing,
      undecoded: [unknownResource],
      faults: documents.failure.map(({ line, message }) => ({ source, line, resource: "", path: "", message }))
    }
  }
  const read = documents.success.flatMap((document) => candidatesOf(document).map((one) => readCandidate(source, one)))
  const all: BatchText = {
    resources: read.flatMap(({ resources }) => resources),
    passedOver: read.flatMap(({ passedOver }) => passedOver),
    undecoded: read.flatMap(({ undecoded }) => undecoded),
    faults: read.flatMap(({ faults }) => faults)
  }
  if (read.length === 0) return { ...all, faults: [emptyFault(source, "holds no resource")] }
  return given === "found" || all.resources.length > 0 || all.faults.length > 0
    ? all
    : { ...all, faults: [emptyFault(source, holdsOthers(all.passedOver))] }
}

const emptyFault = (source: string, message: string): BatchFault => ({
  source,
  line: null,
  resource: "",
  path: "",
  message
})

const mostNamed = 4

const holdsOthers = (passedOver: ReadonlyArray<PassedOver>): string => {
  const labels = passedOver.map(passedOverLabel)
  const more = labels.length > mostNamed ? ` and ${labels.length - mostNamed} more` : ""
  return `holds no resource of a batch: must have one of ${kindNames.join(", ")}, found ${
    labels.slice(0, mostNamed).join(", ")
  }${more}`
}

/**
 * A text whose resources follow each other without `---`, as examples in documents do: where `apiVersion` begins a second
 * one, a marker takes the place of the empty line or comment before it, so that all lines keep their numbers.
 */
const separated = (text: string): string => {
  const lines = text.split("\n")
  let isBegun = false
  for (const [index, line] of lines.entries()) {
    if (/^---(?:\s|$)/u.test(line)) isBegun = false
    if (!line.startsWith("apiVersion:")) continue
    if (isBegun && /^(?:\s*|#.*\r?)$/u.test(lines[index - 1] ?? "")) lines[index - 1] = "---"
    isBegun = true
  }
  return lines.join("\n")
}

/** A resource that is there already, and what to say of it. */
export interface DuplicateResource {
  readonly read: ReadResource
  readonly fault: BatchFault
}

/** Resources that have the kind, namespace and name of one before: which one is meant cannot be known. */
export const duplicateFaults = (resources: ReadonlyArray<ReadResource>): ReadonlyArray<DuplicateResource> => {
  const first = new Map<string, ReadResource>()
  return resources.flatMap((read): ReadonlyArray<DuplicateResource> => {
    const { kind, metadata } = read.resource
    // A generated name is never the same twice.
    if (metadata.name === undefined) return []
    const namespace = metadata.namespace ?? ""
    const key = [kind, namespace, metadata.name].join(" ")
    const other = first.get(key)
    if (other === undefined) {
      first.set(key, read)
      return []
    }
    const message = `there is a ${kind} of that name${
      namespace === "" ? "" : ` in the namespace ${namespace}`
    } already, at ${resourcePlace(other)}`
    return [{ read, fault: faultAt(read, "metadata.name", message) }]
  })
}

/** A value that is to be a resource: a document, or an item of a list. */
interface Candidate {
  readonly document: YamlDocument
  readonly path: FieldPath
  readonly value: unknown
}

const candidatesOf = (document: YamlDocument): ReadonlyArray<Candidate> => {
  const unfold = (path: FieldPath, value: unknown): ReadonlyArray<Candidate> => {
    if (!isMap(value) || value["kind"] !== "List" || !Array.isArray(value["items"])) return [{ document, path, value }]
    return value["items"].flatMap((item, index) => unfold([...path, "items", index], item))
  }
  return unfold([], document.value)
}

const readCandidate = (source: string, { document, path, value }: Candidate): BatchText => {
  const line = document.lineOf(path)
  const refused = (field: FieldPath, message: string): BatchFault => ({
    source,
    line: document.lineOf([...path, ...field]),
    resource: resourceOf(value),
    path: fieldPathText([...path, ...field]),
    message
  })
  if (!isMap(value)) {
    const message = `must be a map with apiVersion, kind, metadata and spec, found ${typeName(value)}`
    return { ...nothing, undecoded: [unknownResource], faults: [refused([], message)] }
  }
  const verdict = kindVerdict(value)
  switch (verdict._tag) {
    case "Foreign":
      return { ...nothing, passedOver: [{ source, line, kind: shortName(verdict.kind), name: nameOf(value) }] }
    case "Faulty":
      return {
        ...nothing,
        undecoded: [undecodedOf(verdict.meant, value)],
        faults: [refused([verdict.field], verdict.message)]
      }
    case "Known": {
      const plain = withoutClusterFields(value)
      const decoded = decoders[verdict.kind](plain)
      if (Result.isSuccess(decoded)) {
        const lineOf: ReadResource["lineOf"] = (field, mark) => document.lineOf([...path, ...field], mark)
        return { ...nothing, resources: [{ resource: decoded.success, source, line, lineOf }] }
      }
      return {
        ...nothing,
        undecoded: [undecodedOf(verdict.kind, value)],
        faults: fieldFaults(decoded.failure.issue, plain).map((fault) => refused(fault.path, fault.message))
          .toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0))
      }
    }
  }
}

const nothing: BatchText = { resources: [], passedOver: [], undecoded: [], faults: [] }

const undecodedOf = (kind: BatchKind | null, value: Readonly<Record<string, unknown>>): UndecodedResource => {
  const fields = (name: string): Readonly<Record<string, unknown>> => {
    const inner = value[name]
    return isMap(inner) ? inner : {}
  }
  const { name, namespace } = fields("metadata")
  const { batchRef } = fields("spec")
  return { kind, name: textOrNull(name), namespace: textOrNull(namespace), batchRef: textOrNull(batchRef) }
}

const textOrNull = (value: unknown): string | null => typeof value === "string" ? value : null

const options = { errors: "all", onExcessProperty: "error" } as const

type Decoder = (value: unknown) => Result.Result<BatchResource, Schema.SchemaError>

const decoders: Readonly<Record<BatchKind, Decoder>> = {
  Batch: Schema.decodeUnknownResult(batchKinds.Batch, options),
  BatchRun: Schema.decodeUnknownResult(batchKinds.BatchRun, options),
  Task: Schema.decodeUnknownResult(batchKinds.Task, options),
  WorkspaceConfig: Schema.decodeUnknownResult(batchKinds.WorkspaceConfig, options),
  ConfigMap: Schema.decodeUnknownResult(batchKinds.ConfigMap, options),
  Secret: Schema.decodeUnknownResult(batchKinds.Secret, options)
}

const coreKinds: ReadonlySet<unknown> = new Set(["ConfigMap", "Secret"])

/** A cluster writes null for what is absent, and fields of its own, into what it gives out. */
const withoutClusterFields = (value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const isCore = coreKinds.has(value["kind"])
  const fields = isCore ? withoutNulls(value) : value
  const { metadata } = fields
  if (!isMap(metadata)) return fields
  const own = Object.entries(withoutNulls(metadata)).filter(([name]) => !clusterMetadata.includes(name))
  return { ...fields, metadata: Object.fromEntries(own) }
}

const withoutNulls = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))

const resourceOf = (value: unknown): string => {
  if (!isMap(value) || typeof value["kind"] !== "string") return ""
  const name = nameOf(value)
  return name === "" ? shortName(value["kind"]) : `${shortName(value["kind"])}/${name}`
}

const nameOf = ({ metadata }: Readonly<Record<string, unknown>>): string => {
  const name = isMap(metadata) ? metadata["name"] ?? metadata["generateName"] : undefined
  return typeof name === "string" ? shortName(name) : ""
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
