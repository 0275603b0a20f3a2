import type {
  AttemptResult,
  BatchEvent,
  BatchPlan,
  BatchRunEntry,
  BatchRunReport,
  BatchTaskReport,
  RunSnapshot,
  TaskContext,
  TaskOutcome
} from "@slipway/core"

/** Values as the service about batches gives them. */

const at = "2026-11-21T05:00:00.000Z"
const began = Date.parse(at)

const repository = (repo: string): TaskContext => ({
  type: "Repository",
  repository: { org: "myorg", repo, branch: "main" }
})

export const snapshot: RunSnapshot = {
  schema: "slipway/batch-run/v1",
  uid: "u1",
  name: "update-x7k2p",
  namespace: "default",
  kind: "BatchRun",
  batch: "update",
  labels: { team: "platform" },
  commonContext: [{ type: "File", file: { name: "task.md", source: { inline: "Update" } } }],
  variableContexts: [[repository("service-a")], [repository("service-b")], [repository("service-c")]],
  policy: {
    maxParallel: 4,
    maxFailures: null,
    failFast: false,
    timeoutSeconds: null,
    taskTimeoutSeconds: 90,
    retry: 1,
    ttlSecondsAfterFinished: null
  },
  suspend: false,
  cancel: false,
  runner: "process",
  agent: { workspaceConfig: "default", image: "quay.io/zhaoxue/kubetask-agent:latest", command: "./agent.sh", env: [] },
  publish: "never",
  hostTemplate: "https://github.com/{org}/{repo}.git",
  keepWorkspaces: false,
  specHash: "abc",
  createdAt: at,
  warnings: []
}

export const plan: BatchPlan = {
  snapshot,
  tasks: snapshot.variableContexts.map((contexts, index) => ({
    index,
    name: `update-x7k2p-task-${index}`,
    contexts: [...snapshot.commonContext, ...contexts],
    urls: ["https://github.com/myorg/service.git"]
  }))
}

/** How an attempt ended. */
export const result = (outcome: TaskOutcome, fields: Partial<AttemptResult> = {}): AttemptResult => ({
  outcome,
  reason: null,
  message: null,
  failure: null,
  transient: false,
  exitCode: 0,
  summary: null,
  repositories: [{
    path: "service-a",
    url: "https://github.com/myorg/service-a.git",
    base: "a".repeat(40),
    head: "b".repeat(40),
    commits: 1,
    filesChanged: 1,
    insertions: 10,
    deletions: 2,
    published: null
  }],
  ...fields
})

export const failure = result("Failed", { reason: "ExitCode", failure: "agent", exitCode: 3, repositories: [] })

/** A task of the sample; without a result it waits. */
export const task = (index: number, ended: AttemptResult | null): BatchTaskReport => ({
  index,
  name: `update-x7k2p-task-${index}`,
  standing: {
    index,
    phase: ended === null
      ? "Pending"
      : ended.outcome === "Succeeded" || ended.outcome === "NoChanges"
      ? "Succeeded"
      : "Failed",
    outcome: ended?.outcome ?? null,
    reason: ended?.reason ?? null,
    attempt: ended === null ? 0 : 1,
    startedAt: ended === null ? null : began,
    finishedAt: ended === null ? null : began + 12_300
  },
  contexts: snapshot.variableContexts[index] ?? [],
  contextsHash: "def",
  result: ended,
  folder: ended === null ? null : `/home/me/.devops-ai/batch/runs/update-x7k2p/tasks/${index}/attempt-1`
})

/** A run with such tasks. */
export const report = (
  tasks: ReadonlyArray<BatchTaskReport>,
  state: BatchRunReport["state"] = "finished"
): BatchRunReport => {
  const count = (phase: string) => tasks.filter(({ standing }) => standing.phase === phase).length
  const phase = state !== "finished" ? "Running" : count("Failed") > 0 ? "Failed" : "Succeeded"
  return {
    snapshot,
    standing: {
      phase,
      progress: {
        total: tasks.length,
        pending: count("Pending"),
        running: count("Running"),
        completed: count("Succeeded"),
        failed: count("Failed")
      },
      tasks: tasks.map(({ standing }) => standing),
      conditions: []
    },
    tasks,
    state,
    startTime: at,
    completionTime: state === "finished" ? "2026-11-21T05:03:02.000Z" : null
  }
}

/** A run as a list has it. */
export const entry = ({ tasks: _, ...known }: BatchRunReport): BatchRunEntry => ({
  name: known.snapshot.name,
  report: known,
  problem: null
})

/** Two tasks went well, and one did not. */
export const partlyFailed = report([task(0, result("Succeeded")), task(1, result("NoChanges")), task(2, failure)])

/** All tasks went well. */
export const allWell = report([
  task(0, result("Succeeded")),
  task(1, result("Succeeded")),
  task(2, result("NoChanges"))
])

/** One task is done, the others are not. */
export const stopped = report([task(0, result("Succeeded")), task(1, null), task(2, null)], "interrupted")

export const runStarted: BatchEvent = {
  _tag: "RunStarted",
  at,
  run: "update-x7k2p",
  namespace: "default",
  total: 3,
  reason: "run",
  warnings: ["task.md is given twice"]
}

/** The events of an attempt. */
export const attempt = (index: number, ended: AttemptResult): ReadonlyArray<BatchEvent> => {
  const about = { at, task: `update-x7k2p-task-${index}`, index, attempt: 1 }
  return [
    { _tag: "AttemptStarted", ...about },
    { _tag: "AgentStarted", ...about },
    { _tag: "AttemptFinished", ...about, result: ended, ms: 12_300 }
  ]
}

/** The events of {@link partlyFailed}. */
export const events: ReadonlyArray<BatchEvent> = [
  runStarted,
  ...attempt(0, result("Succeeded")),
  ...attempt(1, result("NoChanges")),
  ...attempt(2, failure),
  { _tag: "Progress", at, progress: partlyFailed.standing.progress },
  { _tag: "RunFinished", at, run: "update-x7k2p", standing: partlyFailed.standing, ms: 182_000 }
]
