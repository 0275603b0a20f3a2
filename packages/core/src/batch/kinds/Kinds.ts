import { Schema } from "effect"
import type { FieldPath, TextMark } from "../source/YamlDocuments.ts"
import { EnvironmentVariable } from "./EnvironmentVariable.ts"
import {
  batchApiVersion,
  dataKeyFault,
  labelKeyFault,
  LabelKeyText,
  LabelMeta,
  labelName,
  Labels,
  longestLabel,
  ObjectMeta,
  RunMeta,
  SubdomainName
} from "./ObjectMeta.ts"
import {
  atMost,
  choosing,
  confidentialAnnotation,
  entriesThat,
  matching,
  required,
  textLike,
  wholeNumber
} from "./SchemaRules.ts"
import { TaskContext } from "./TaskContext.ts"
import { TimeSpan } from "./TimeSpan.ts"

/** The most tasks of one batch: the status of a run of more does not fit into etcd. */
export const mostTasks = 1000

const Contexts = Schema.Array(TaskContext).annotate({ expected: "a list of contexts" })

const tasksRule = `a list of 1 to ${mostTasks} tasks, each a list of contexts`

const WorkspaceConfigName = SubdomainName.annotate({
  description: "Name of the WorkspaceConfig that tasks are executed with. `default` when absent."
})

const ApiVersion = required(batchApiVersion, Schema.Literal(batchApiVersion))

const kindNamed = <const K extends string>(kind: K) => required(kind, Schema.Literal(kind))

const metadataRule = "a map with name or generateName"

/** What is to be done, and where. */
export const BatchSpec = Schema.Struct({
  commonContext: required(
    "what all tasks have: a list of contexts, [] for nothing",
    Contexts.annotate({ description: "What all tasks have." })
  ),
  variableContexts: required(
    tasksRule,
    Schema.Array(Contexts).check(
      Schema.isMinLength(1, { expected: tasksRule }),
      Schema.isMaxLength(mostTasks, { expected: tasksRule })
    ).annotate({ description: "What one task has each: each element makes a task." })
  ),
  workspaceConfigRef: Schema.optionalKey(WorkspaceConfigName)
}).annotate({ expected: "a map with commonContext and variableContexts" })
export interface BatchSpec extends Schema.Schema.Type<typeof BatchSpec> {}

export const Batch = Schema.Struct({
  apiVersion: ApiVersion,
  kind: kindNamed("Batch"),
  metadata: required(metadataRule, LabelMeta.annotate({ expected: metadataRule })),
  spec: required("a map with commonContext and variableContexts", BatchSpec)
})
export interface Batch extends Schema.Schema.Type<typeof Batch> {}

export { TimeSpan }

export const publishModes = ["never", "branch", "draft", "ready"] as const
export type PublishMode = (typeof publishModes)[number]

const failuresRule = "a number of tasks from 0, or a share of all from 0% to 100%"

/** The most tasks of a run that are executed at once. */
export const mostParallel = 1000

/** How many times a task may be run again. */
export const mostRetries = 10

const Parallel = wholeNumber(1, mostParallel, `a whole number from 1 to ${mostParallel}`)

const flagRule = "true or false"

/** One execution of a batch. */
export const BatchRunSpec = Schema.Struct({
  batchRef: Schema.optionalKey(
    labelName(longestLabel).annotate({ description: "Name of the Batch in the same namespace." })
  ),
  batchSpec: Schema.optionalKey(BatchSpec),
  /** The seed: a run may override its batch. */
  workspaceConfigRef: Schema.optionalKey(SubdomainName.annotate({
    description: "Name of the WorkspaceConfig, in place of that of the batch."
  })),
  maxParallel: Schema.optionalKey(Parallel.annotate({
    description: "How many tasks run at once at most. 4 when absent; that of the WorkspaceConfig is a further bound."
  })),
  /** A number of tasks, or a share of all such as `10%`. */
  maxFailures: Schema.optionalKey(
    Schema.Union([
      wholeNumber(0, 1_000_000, failuresRule),
      Schema.String.check(atMost(4), matching(/^(?:100|[1-9]?[0-9])%$/u, failuresRule))
    ]).annotate({
      expected: failuresRule,
      description: "After more failed tasks than these no others are started. No bound when absent."
    })
  ),
  failFast: Schema.optionalKey(Schema.Boolean.annotate({
    expected: flagRule,
    description: "The first task that fails for good stops all others."
  })),
  timeout: Schema.optionalKey(TimeSpan.annotate({ description: "How long the whole run may take." })),
  taskTimeout: Schema.optionalKey(TimeSpan.annotate({ description: "How long an attempt of a task may take." })),
  suspend: Schema.optionalKey(Schema.Boolean.annotate({
    expected: flagRule,
    description: "No tasks are started while it is true."
  })),
  cancel: Schema.optionalKey(Schema.Boolean.annotate({ expected: flagRule, description: "Stops the run for good." })),
  ttlSecondsAfterFinished: Schema.optionalKey(
    wholeNumber(0, 2_147_483_647, "a whole number of seconds from 0").annotate({
      description: "Seconds after its end at which the run is taken away. Never when absent."
    })
  ),
  /** How many times a task is run again after its agent failed. */
  retry: Schema.optionalKey(
    wholeNumber(0, mostRetries, `a whole number from 0 to ${mostRetries}`).annotate({
      description: "How many times a task is run again after its agent failed. 0 when absent."
    })
  ),
  publish: Schema.optionalKey(
    Schema.Literals(publishModes).annotate({
      expected: `one of ${publishModes.join(", ")}`,
      description: "What becomes of what tasks changed: nothing, a branch, a draft of a pull request, a pull request."
    })
  )
}).check(choosing({ names: ["batchRef", "batchSpec"], count: "exactly one" })).annotate({
  expected: "a map with batchRef or batchSpec"
})
export interface BatchRunSpec extends Schema.Schema.Type<typeof BatchRunSpec> {}

/** What a controller writes; nothing is read of it. */
const Status = Schema.optionalKey(Schema.Json)

export const BatchRun = Schema.Struct({
  apiVersion: ApiVersion,
  kind: kindNamed("BatchRun"),
  metadata: required(metadataRule, RunMeta.annotate({ expected: metadataRule })),
  spec: required("a map with batchRef or batchSpec", BatchRunSpec),
  status: Status
})
export interface BatchRun extends Schema.Schema.Type<typeof BatchRun> {}

/** A task that stands alone. */
export const TaskSpec = Schema.Struct({
  contexts: required("a list of contexts", Contexts.annotate({ description: "What the task operates on." })),
  workspaceConfigRef: Schema.optionalKey(WorkspaceConfigName)
}).annotate({ expected: "a map with contexts" })
export interface TaskSpec extends Schema.Schema.Type<typeof TaskSpec> {}

export const Task = Schema.Struct({
  apiVersion: ApiVersion,
  kind: kindNamed("Task"),
  metadata: required(metadataRule, LabelMeta.annotate({ expected: metadataRule })),
  spec: required("a map with contexts", TaskSpec),
  status: Status
})
export interface Task extends Schema.Schema.Type<typeof Task> {}

export { EnvironmentVariable }

const quantityRule = "a quantity: a whole number, or a text such as 500m, \"0.5\" or 1Gi"

const Quantities = Schema.Record(
  LabelKeyText,
  Schema.Union([
    wholeNumber(0, Number.MAX_SAFE_INTEGER, quantityRule),
    Schema.String.check(
      atMost(64),
      matching(/^(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]{1,3})?$/u, quantityRule, {
        sample: /^[1-9][0-9]?(?:m|Mi|Gi)?$/u
      })
    )
  ]).annotate({ expected: quantityRule })
).check(entriesThat(labelKeyFault, "quantities")).annotate({ expected: "a map of quantities" })

/** Nodes with which taints a pod may run on. */
const Toleration = Schema.Struct({
  key: Schema.optionalKey(Schema.String),
  operator: Schema.optionalKey(Schema.Literals(["Exists", "Equal"]).annotate({ expected: "one of Exists, Equal" })),
  value: Schema.optionalKey(Schema.String),
  effect: Schema.optionalKey(
    Schema.Literals(["NoSchedule", "PreferNoSchedule", "NoExecute"]).annotate({
      expected: "one of NoSchedule, PreferNoSchedule, NoExecute"
    })
  ),
  tolerationSeconds: Schema.optionalKey(Schema.Int.annotate({ expected: "a whole number of seconds" }))
}).annotate({ expected: "a map" })

const commandRule = "a text, or a list of a program and its arguments; not empty and without NUL"

const hasNul = (text: string): boolean => text.includes("\0")

/** How tasks are executed. */
export const WorkspaceConfigSpec = Schema.Struct({
  agentImage: Schema.optionalKey(
    Schema.String.check(
      atMost(512),
      matching(/^[A-Za-z0-9][-A-Za-z0-9._:/@]*$/u, "a reference of an image, such as quay.io/org/agent:v1", {
        sample: /^quay\.io\/[a-z]{1,8}\/[a-z]{1,8}:v[1-9]$/u
      })
    ).annotate({
      description: "Image of the agent's container. quay.io/zhaoxue/kubetask-agent:latest when absent."
    })
  ),
  /** A program with its arguments; or one text: the name of a preset, else a line for `sh`. */
  command: Schema.optionalKey(
    Schema.Union([
      Schema.String.check(
        Schema.makeFilter((line: string) => line.trim() !== "" && !hasNul(line), {
          expected: commandRule,
          toJsonSchema: () => [{ pattern: "\\S" }, true]
        })
      ),
      Schema.Array(Schema.String).check(
        Schema.makeFilter((words: ReadonlyArray<string>) => (words[0] ?? "") !== "" && !words.some(hasNul), {
          expected: commandRule,
          toJsonSchema: () => [{ minItems: 1 }, true]
        })
      )
    ]).annotate({
      expected: commandRule,
      description:
        "The agent: a program with its arguments; or one text, the name of a preset (claude, codex, opencode) or "
        + "a line for sh. What the image runs by itself when absent."
    })
  ),
  env: Schema.optionalKey(
    Schema.Array(EnvironmentVariable).annotate({
      expected: "a list of maps, each with name, and value or valueFrom",
      description: "Variables of the agent's environment."
    })
  ),
  serviceAccountName: Schema.optionalKey(
    SubdomainName.annotate({ description: "ServiceAccount of the agent's pods. kubetask-agent when absent." })
  ),
  resources: Schema.optionalKey(
    Schema.Struct({ limits: Schema.optionalKey(Quantities), requests: Schema.optionalKey(Quantities) }).annotate({
      expected: "a map with limits and requests",
      description:
        "Resources of the agent's container. On this machine, limits of memory and cpu count; requests do not."
    })
  ),
  nodeSelector: Schema.optionalKey(Labels.annotate({ description: "Labels of the nodes that agents run on." })),
  tolerations: Schema.optionalKey(
    Schema.Array(Toleration).annotate({ expected: "a list of tolerations", description: "Taints that agents bear." })
  ),
  maxParallel: Schema.optionalKey(Parallel.annotate({
    description: "How many tasks of a run are executed at once at most."
  }))
}).annotate({ expected: "a map" })
export interface WorkspaceConfigSpec extends Schema.Schema.Type<typeof WorkspaceConfigSpec> {}

export const WorkspaceConfig = Schema.Struct({
  apiVersion: ApiVersion,
  kind: kindNamed("WorkspaceConfig"),
  metadata: required(metadataRule, ObjectMeta.annotate({ expected: metadataRule })),
  spec: required("a map, {} for all defaults", WorkspaceConfigSpec)
})
export interface WorkspaceConfig extends Schema.Schema.Type<typeof WorkspaceConfig> {}

const CoreVersion = required("v1", Schema.Literal("v1"))

const Immutable = Schema.optionalKey(Schema.Boolean.annotate({ expected: flagRule }))

const valuesRule = "a map of texts"

const DataKeyText = textLike(/^[a-z]{1,8}(?:\.[a-z]{1,3})?$/u)

const DataTexts = Schema.Record(DataKeyText, Schema.String).check(entriesThat(dataKeyFault, "data")).annotate({
  expected: valuesRule
})

/** Whether a text is base64 with padding; line breaks are allowed. */
const isBase64 = (text: string): boolean => {
  const digits = text.replaceAll(/[\r\n]/gu, "")
  return digits.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/u.test(digits)
}

const DataBytes = Schema.Record(
  DataKeyText,
  Schema.String.check(
    Schema.makeFilter(isBase64, {
      expected: "base64, with padding",
      arbitraryConstraint: { patterns: [{ source: "^(?:[A-Za-z0-9+/]{4}){0,4}$", flags: "u" }] }
    })
  )
).check(entriesThat(dataKeyFault, "data")).annotate({ expected: "a map of texts in base64" })

/** Kubernetes' own ConfigMap, as far as tasks read it. */
export const ConfigMap = Schema.Struct({
  apiVersion: CoreVersion,
  kind: kindNamed("ConfigMap"),
  metadata: required(metadataRule, ObjectMeta.annotate({ expected: metadataRule })),
  data: Schema.optionalKey(DataTexts),
  /** In base64. */
  binaryData: Schema.optionalKey(DataBytes),
  immutable: Immutable
})
export interface ConfigMap extends Schema.Schema.Type<typeof ConfigMap> {}

/** Kubernetes' own Secret, as far as tasks read it. */
export const Secret = Schema.Struct({
  apiVersion: CoreVersion,
  kind: kindNamed("Secret"),
  metadata: required(metadataRule, ObjectMeta.annotate({ expected: metadataRule })),
  type: Schema.optionalKey(Schema.String),
  /** In base64. */
  data: Schema.optionalKey(DataBytes.annotate({ [confidentialAnnotation]: true })),
  stringData: Schema.optionalKey(DataTexts.annotate({ [confidentialAnnotation]: true })),
  immutable: Immutable
})
export interface Secret extends Schema.Schema.Type<typeof Secret> {}

/** The kinds that are read, by name. */
export const batchKinds = { Batch, BatchRun, Task, WorkspaceConfig, ConfigMap, Secret } as const

/** Everything that a batch's files may hold. */
export type BatchResource = Batch | BatchRun | Task | WorkspaceConfig | ConfigMap | Secret

/** The name of one of the kinds that are read. */
export type BatchKind = BatchResource["kind"]

/** A resource, and where it was read. */
export interface ReadResource {
  readonly resource: BatchResource
  /** The file's name as the user gave it; `-` for standard input. */
  readonly source: string
  /** Line of the document in it, from 1. */
  readonly line: number
  /** Line in the file of a field of the resource, or of a mark in its text; of the deepest part of the path that there is. */
  readonly lineOf: (path: FieldPath, mark?: TextMark) => number
}
