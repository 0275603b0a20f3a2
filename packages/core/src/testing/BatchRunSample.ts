import type { RunEvent } from "../batch/record/RunEvent.ts"
import type { RunSnapshot, RunValues } from "../batch/record/RunSnapshot.ts"

const at = "2026-11-01T00:00:00.000Z"

/** A snapshot of a run with one task. */
export const sampleRunSnapshot = (name: string, changes: Partial<RunSnapshot> = {}): RunSnapshot => ({
  schema: "slipway/batch-run/v1",
  uid: `uid-of-${name}`,
  name,
  namespace: "default",
  kind: "BatchRun",
  batch: "update-dependencies",
  labels: { team: "payments" },
  commonContext: [
    { type: "File", file: { name: "task.md", source: { inline: "two\r\nlines, \"quoted\" ünïcödé, no end" } } }
  ],
  variableContexts: [[{ type: "Repository", repository: { org: "acme", repo: "service", branch: "main" } }]],
  policy: {
    maxParallel: 4,
    maxFailures: null,
    failFast: false,
    timeoutSeconds: null,
    taskTimeoutSeconds: 90,
    retry: 0,
    ttlSecondsAfterFinished: null
  },
  runner: "process",
  agent: { workspaceConfig: null, image: "quay.io/zhaoxue/kubetask-agent:latest", command: ["true"], env: [] },
  publish: "never",
  hostTemplate: "https://github.com/{org}/{repo}.git",
  suspend: false,
  cancel: false,
  keepWorkspaces: false,
  specHash: "0".repeat(64),
  createdAt: at,
  warnings: [],
  ...changes
})

/** The events of a session in which task 0 ran well. */
export const sampleRunEvents: ReadonlyArray<RunEvent> = [
  { _tag: "SessionStarted", at, process: { pid: 42, startedAt: "boot 1:42" }, reason: "run" },
  { _tag: "AttemptCreated", at, index: 0, attempt: 1 },
  { _tag: "AgentStarted", at, index: 0, attempt: 1 },
  {
    _tag: "AttemptFinished",
    at,
    index: 0,
    attempt: 1,
    result: {
      outcome: "Succeeded",
      reason: null,
      message: "two\nlines, \"quoted\" ünïcödé",
      failure: null,
      transient: false,
      exitCode: 0,
      summary: null,
      repositories: []
    }
  },
  { _tag: "RunFinished", at, phase: "Succeeded", reason: "AllSucceeded" }
]

/** Values of a ConfigMap and of a Secret. */
export const sampleRunValues: RunValues = {
  configMaps: { guide: { "guide.md": "ZG8gaXQ=" } },
  secrets: { token: { ["__proto__"]: "c2VjcmV0", key: "AP8=" } }
}
