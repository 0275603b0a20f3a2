import { Result, Schema } from "effect"
import { closestWord } from "../project/ClosestWord.ts"
import { fieldFaults, fieldPathText } from "./BatchFaults.ts"
import type { BatchFault } from "./BatchProblem.ts"
import type { BatchSource } from "./BatchSources.ts"
import { batchKinds, type BatchResource, type ReadResource } from "./Kinds.ts"
import { batchApiVersion, clusterMetadata, longestLabel, longestSubdomain } from "./ObjectMeta.ts"
import { type FieldPath, type YamlDocument, yamlDocuments } from "./YamlDocuments.ts"

/** What a text of resources holds, and everything that is wrong with it. */
export interface BatchText {
  readonly resources: ReadonlyArray<ReadResource>
  readonly faults: ReadonlyArray<BatchFault>
}

/**
 * Reads the resources of a YAML or JSON text of one or more documents; `kind: List` counts as what it lists. What is
 * wrong is told all at once, each with its line and the path of its field; no secret is in it.
 *
 * @example
 * readBatchText({ source: "batch.yaml", text: "kind: Batch" }).faults
 */
export const readBatchText = ({ source, text }: BatchSource): BatchText => {
  const documents = yamlDocuments(separated(text.replace(/^\uFEFF/u, "")))
  if (Result.isFailure(documents)) {
    return {
      resources: [],
      faults: documents.failure.map(({ line, message }) => ({ source, line, resource: "", path: "", message }))
    }
  }
  const read = documents.success.flatMap((document) => candidatesOf(document).map((one) => readCandidate(source, one)))
  if (read.length === 0) {
    return { resources: [], faults: [{ source, line: null, resource: "", path: "", message: "holds no resource" }] }
  }
  return {
    resources: read.flatMap(({ resources }) => resources),
    faults: read.flatMap(({ faults }) => faults)
  }
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

/** What two resources of the same kind, namespace and name make: which one is meant cannot be known. */
export const duplicateFaults = (resources: ReadonlyArray<ReadResource>): ReadonlyArray<BatchFault> => {
  const first = new Map<string, ReadResource>()
  return resources.flatMap((read): ReadonlyArray<BatchFault> => {
    const { kind, metadata } = read.resource
    // A generated name is never the same twice.
    if (metadata.name === undefined) return []
    const key = [kind, metadata.namespace ?? "", metadata.name].join(" ")
    const other = first.get(key)
    if (other === undefined) {
      first.set(key, read)
      return []
    }
    const namespace = metadata.namespace ?? ""
    return [{
      source: read.source,
      line: read.line,
      resource: `${kind}/${metadata.name}`,
      path: "metadata.name",
      message: `there is a ${kind} of that name${
        namespace === "" ? "" : ` in the namespace ${namespace}`
      } already, at ${other.source}:${other.line}`
    }]
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
    return {
      resources: [],
      faults: [refused([], `must be a map with apiVersion, kind, metadata and spec, found ${typeOf(value)}`)]
    }
  }
  const unknown = kindFault(value)
  if (unknown !== null) return { resources: [], faults: [refused(...unknown)] }
  const decode: Decoder | null = isKind(value["kind"]) ? decoders[value["kind"]] : null
  if (decode === null) return { resources: [], faults: [] }
  const plain = withoutClusterFields(value)
  const decoded = decode(plain)
  return Result.isSuccess(decoded)
    ? { resources: [{ resource: decoded.success, source, line }], faults: [] }
    : {
      resources: [],
      faults: fieldFaults(decoded.failure.issue, plain).map((fault) => refused(fault.path, fault.message))
        .toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0))
    }
}

const options = { errors: "all", onExcessProperty: "error" } as const

type Decoder = (value: unknown) => Result.Result<BatchResource, Schema.SchemaError>

const decoders: Readonly<Record<BatchResource["kind"], Decoder>> = {
  Batch: Schema.decodeUnknownResult(batchKinds.Batch, options),
  BatchRun: Schema.decodeUnknownResult(batchKinds.BatchRun, options),
  Task: Schema.decodeUnknownResult(batchKinds.Task, options),
  WorkspaceConfig: Schema.decodeUnknownResult(batchKinds.WorkspaceConfig, options),
  ConfigMap: Schema.decodeUnknownResult(batchKinds.ConfigMap, options),
  Secret: Schema.decodeUnknownResult(batchKinds.Secret, options)
}

const kindNames = Object.keys(batchKinds)

const isKind = (kind: unknown): kind is BatchResource["kind"] => typeof kind === "string" && kindNames.includes(kind)

const coreKinds: ReadonlySet<unknown> = new Set(["ConfigMap", "Secret"])

const kindFault = (value: Readonly<Record<string, unknown>>): [path: FieldPath, message: string] | null => {
  const { apiVersion, kind } = value
  if (kind === undefined || kind === null) return [["kind"], `is missing: one of ${kindNames.join(", ")}`]
  if (typeof kind !== "string") return [["kind"], `must be one of ${kindNames.join(", ")}, found ${typeOf(kind)}`]
  const expected = coreKinds.has(kind) ? "v1" : batchApiVersion
  if (!isKind(kind)) {
    const meant = closestWord(kind, kindNames)
    const question = meant === null ? "" : `; did you mean ${meant}?`
    return [["kind"], `must be one of ${kindNames.join(", ")}, found ${JSON.stringify(short(kind))}${question}`]
  }
  if (apiVersion === undefined || apiVersion === null) return [["apiVersion"], `is missing: ${expected}`]
  return apiVersion === expected
    ? null
    : [
      ["apiVersion"],
      `must be ${expected}, found ${
        typeof apiVersion === "string" ? JSON.stringify(short(apiVersion)) : typeOf(apiVersion)
      }`
    ]
}

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
  const { metadata } = value
  const name = isMap(metadata) ? metadata["name"] ?? metadata["generateName"] : undefined
  return typeof name === "string" && name !== "" ? `${short(value["kind"])}/${short(name)}` : short(value["kind"])
}

/** A name in a message: one that is much too long is told in part. */
const short = (name: string): string => name.length > longestSubdomain ? `${name.slice(0, longestLabel)}…` : name

const typeOf = (value: unknown): string =>
  Array.isArray(value) ? "a list" : isMap(value) ? "a map" : value === null
    ? "nothing"
    : typeof value === "string"
    ? "a text"
    : `a ${typeof value}`

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
