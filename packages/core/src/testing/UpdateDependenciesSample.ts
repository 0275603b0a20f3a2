import type { Batch, BatchResource, BatchRun, ConfigMap, ReadResource, Secret, Task } from "../batch/kinds/Kinds.ts"
import type { FileContext, RepositoryContext } from "../batch/kinds/TaskContext.ts"
import type { BatchRequest } from "../batch/plan/BatchRequest.ts"
import type { RunInput } from "../batch/plan/MakeSnapshot.ts"

const kubetask = "kubetask.io/v1alpha1"
export const sampleNamespace = "kubetask-system"

/** A file context of inline text. */
export const inlineFile = (name: string, inline: string): FileContext => ({
  type: "File",
  file: { name, source: { inline } }
})

/** A file context of a ConfigMap's value. */
export const configMapFile = (file: string, name: string, key: string): FileContext => ({
  type: "File",
  file: { name: file, source: { configMapKeyRef: { name, key } } }
})

/** A file context of a Secret's value. */
export const secretFile = (file: string, name: string, key: string): FileContext => ({
  type: "File",
  file: { name: file, source: { secretKeyRef: { name, key } } }
})

/** A repository context of `myorg`. */
export const repository = (
  repo: string,
  changes: Partial<RepositoryContext["repository"]> = {}
): RepositoryContext => ({ type: "Repository", repository: { org: "myorg", repo, branch: "main", ...changes } })

const taskText = "Update dependencies to latest versions.\nRun tests and create PR.\n"

/** The seed's Batch with its three tasks. */
export const updateDependencies = {
  apiVersion: kubetask,
  kind: "Batch",
  metadata: { name: "update-dependencies", namespace: sampleNamespace },
  spec: {
    commonContext: [
      inlineFile("task.md", taskText),
      configMapFile("guide.md", "workflow-guides", "standard-pr-workflow.md")
    ],
    variableContexts: [
      [repository("service-a"), configMapFile("config.json", "dep-configs", "service-a.json")],
      [
        repository("service-b"),
        configMapFile("config.json", "dep-configs", "service-b.json"),
        secretFile("credentials.json", "private-credentials", "service-b-creds.json")
      ],
      [repository("service-c", { branch: "develop" }), configMapFile("config.json", "dep-configs", "service-c.json")]
    ]
  }
} as const satisfies Batch

/** The seed's BatchRun. */
export const updateDependenciesRun = {
  apiVersion: kubetask,
  kind: "BatchRun",
  metadata: {
    name: "update-dependencies-run-001",
    namespace: sampleNamespace,
    labels: { team: "platform", jira: "PROJ-1234" }
  },
  spec: { batchRef: "update-dependencies" }
} as const satisfies BatchRun

/** A Task with a file and a repository. */
export const updateServiceA = {
  apiVersion: kubetask,
  kind: "Task",
  metadata: { name: "update-service-a", namespace: sampleNamespace, labels: { team: "platform" } },
  spec: { contexts: [inlineFile("task.md", "Update dependencies"), repository("service-a")] }
} as const satisfies Task

/** A ConfigMap of the sample's namespace. */
export const configMap = (name: string, data: Readonly<Record<string, string>>): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: sampleNamespace },
  data
})

/** A Secret of the sample's namespace. */
export const secret = (name: string, stringData: Readonly<Record<string, string>>): Secret => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: sampleNamespace },
  stringData
})

/** What the sample's Batch refers to. */
export const updateDependenciesValues: ReadonlyArray<BatchResource> = [
  configMap("workflow-guides", { "standard-pr-workflow.md": "# Guide\r\nTwo lines, CRLF, no end" }),
  configMap("dep-configs", {
    "service-a.json": "{\"name\":\"a\"}",
    "service-b.json": "{\"name\":\"größe\"}\n",
    "service-c.json": "c".repeat(200 * 1024),
    "unused.json": "unused"
  }),
  secret("private-credentials", { "service-b-creds.json": "hush-hush-1", "other.json": "hush-other-2" })
]

/** All of the sample's resources. */
export const updateDependenciesResources: ReadonlyArray<BatchResource> = [
  updateDependencies,
  updateDependenciesRun,
  ...updateDependenciesValues
]

/** Resources as they are read from `batch.yaml`, ten lines each. */
const asRead = (resources: ReadonlyArray<BatchResource>): ReadonlyArray<ReadResource> =>
  resources.map((resource, index) => ({
    resource,
    source: "batch.yaml",
    line: index * 10 + 1,
    lineOf: () => index * 10 + 1
  }))

/** What a run of resources is made from: with Docker, when nothing else is said. */
export const runInput = (
  resources: ReadonlyArray<BatchResource>,
  request: Partial<BatchRequest> = {},
  changes: Partial<RunInput> = {}
): RunInput => ({
  resources: asRead(resources),
  folderValues: [],
  request: { directory: "/code", files: ["batch.yaml"], ...request },
  uid: "u1",
  suffix: "x7k2p",
  now: "2025-01-18T10:00:00.000Z",
  ...changes
})
