import { Schema } from "effect"
import { stringify } from "yaml"
import { BatchRunSpec, BatchSpec, TaskSpec, WorkspaceConfigSpec } from "../kinds/Kinds.ts"
import { batchApiVersion, LabelMeta, ObjectMeta, RunMeta } from "../kinds/ObjectMeta.ts"
import { BatchRunStatusSchema, TaskStatusSchema } from "./StatusSchema.ts"
import { type StructuralSchema, structuralSchema } from "./StructuralSchema.ts"

/** A column of what `kubectl get` prints. */
interface PrinterColumn {
  readonly name: string
  readonly type: "string" | "integer" | "date"
  readonly jsonPath: string
  readonly description?: string
  /** 1: only with `-o wide`. */
  readonly priority?: 1
}

/** What a server is told of a kind beside the schemas of its fields. */
interface KindDefinition {
  readonly kind: string
  readonly singular: string
  readonly plural: string
  readonly shortNames: ReadonlyArray<string>
  readonly description: string
  readonly metadata: Schema.Top
  readonly spec: Schema.Top
  /** Rules for servers that have them (1.25 and later). */
  readonly specRules?: ReadonlyArray<{ readonly rule: string; readonly message: string }>
  /** Null: nobody writes one. */
  readonly status: Schema.Top | null
  readonly columns: ReadonlyArray<PrinterColumn>
}

const age: PrinterColumn = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" }

/** The fields of a BatchRun that may be changed once it is there. */
const mutableFields: ReadonlyArray<string> = ["suspend", "cancel"]

const definitions: ReadonlyArray<KindDefinition> = [
  {
    kind: "Batch",
    singular: "batch",
    plural: "batches",
    shortNames: ["bt"],
    description: "What is to be done, and where: each element of variableContexts makes a task.",
    metadata: LabelMeta,
    spec: BatchSpec,
    status: null,
    columns: [{ name: "Workspace", type: "string", jsonPath: ".spec.workspaceConfigRef" }, age]
  },
  {
    kind: "BatchRun",
    singular: "batchrun",
    plural: "batchruns",
    shortNames: ["btr"],
    description: "One execution of a Batch.",
    metadata: RunMeta,
    spec: BatchRunSpec,
    specRules: Object.keys(BatchRunSpec.fields).filter((name) => !mutableFields.includes(name)).map((name) => ({
      rule: `has(self.${name}) == has(oldSelf.${name}) && (!has(self.${name}) || self.${name} == oldSelf.${name})`,
      message: `${name} cannot be changed once the run is there; only ${mutableFields.join(" and ")} can`
    })),
    status: BatchRunStatusSchema,
    columns: [
      { name: "Batch", type: "string", jsonPath: ".spec.batchRef" },
      { name: "Phase", type: "string", jsonPath: ".status.phase" },
      { name: "Total", type: "integer", jsonPath: ".status.progress.total" },
      { name: "Running", type: "integer", jsonPath: ".status.progress.running" },
      { name: "Completed", type: "integer", jsonPath: ".status.progress.completed" },
      { name: "Failed", type: "integer", jsonPath: ".status.progress.failed" },
      { name: "Pending", type: "integer", jsonPath: ".status.progress.pending", priority: 1 },
      { name: "Started", type: "date", jsonPath: ".status.startTime", priority: 1 },
      { name: "Finished", type: "date", jsonPath: ".status.completionTime", priority: 1 },
      age
    ]
  },
  {
    kind: "Task",
    singular: "task",
    plural: "tasks",
    shortNames: ["kt"],
    description: "One task that stands alone, or belongs to a BatchRun.",
    metadata: LabelMeta,
    spec: TaskSpec,
    specRules: [{ rule: "self == oldSelf", message: "a task cannot be changed once it is there" }],
    status: TaskStatusSchema,
    columns: [
      { name: "Phase", type: "string", jsonPath: ".status.phase" },
      { name: "Outcome", type: "string", jsonPath: ".status.outcome" },
      { name: "Job", type: "string", jsonPath: ".status.jobName" },
      { name: "Reason", type: "string", jsonPath: ".status.reason", priority: 1 },
      { name: "Started", type: "date", jsonPath: ".status.startTime", priority: 1 },
      { name: "Finished", type: "date", jsonPath: ".status.completionTime", priority: 1 },
      age
    ]
  },
  {
    kind: "WorkspaceConfig",
    singular: "workspaceconfig",
    plural: "workspaceconfigs",
    shortNames: ["wsc"],
    description: "How tasks are executed. The one named default is for what names none.",
    metadata: ObjectMeta,
    spec: WorkspaceConfigSpec,
    status: null,
    columns: [{ name: "Image", type: "string", jsonPath: ".spec.agentImage" }, age]
  }
]

/** A CustomResourceDefinition, as JSON. */
export interface CustomResourceDefinition {
  readonly apiVersion: "apiextensions.k8s.io/v1"
  readonly kind: "CustomResourceDefinition"
  readonly metadata: { readonly name: string }
  readonly spec: Readonly<Record<string, unknown>>
}

/** The CustomResourceDefinitions of all kinds, made from the schemas that files are decoded with. */
export const crdDocuments = (): ReadonlyArray<CustomResourceDefinition> => definitions.map(documentOf)

/**
 * The CustomResourceDefinitions as YAML, for `kubectl apply -f -`.
 *
 * @example
 * crdYaml() // "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n…"
 */
export const crdYaml = (): string =>
  crdDocuments().map((document) => stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 })).join("---\n")

const documentOf = (definition: KindDefinition): CustomResourceDefinition => {
  const [group = "", version = ""] = batchApiVersion.split("/")
  const { columns, kind, plural, shortNames, singular, status } = definition
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories: ["kubetask"] },
      scope: "Namespaced",
      versions: [{
        name: version,
        served: true,
        storage: true,
        additionalPrinterColumns: columns,
        ...status === null ? {} : { subresources: { status: {} } },
        schema: { openAPIV3Schema: objectSchema(definition) }
      }]
    }
  }
}

const objectSchema = ({ description, metadata, spec, specRules, status }: KindDefinition): StructuralSchema => ({
  description,
  type: "object",
  required: ["spec"],
  properties: {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: nameSchema(structuralOf(metadata)),
    spec: {
      ...structuralOf(spec),
      ...specRules === undefined ? {} : { "x-kubernetes-validations": specRules }
    },
    ...status === null ? {} : { status: withMergedConditions(structuralOf(status)) }
  }
})

const structuralOf = (schema: Schema.Top): StructuralSchema =>
  structuralSchema(Schema.toJsonSchemaDocument(schema).schema)

/** Of metadata a server lets nothing but names be restricted. */
const nameSchema = (metadata: StructuralSchema): StructuralSchema => {
  const { generateName, name } = propertiesOf(metadata)
  return { type: "object", properties: { name, generateName } }
}

/** Conditions are merged by their type. */
const withMergedConditions = (status: StructuralSchema): StructuralSchema => {
  const properties = propertiesOf(status)
  const conditions = properties["conditions"]
  const merged = {
    ...isSchema(conditions) ? conditions : {},
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["type"]
  }
  return { ...status, properties: { ...properties, conditions: merged } }
}

const propertiesOf = ({ properties }: StructuralSchema): StructuralSchema => isSchema(properties) ? properties : {}

const isSchema = (value: unknown): value is StructuralSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value)
