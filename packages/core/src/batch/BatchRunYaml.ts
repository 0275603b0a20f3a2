import { stringify } from "yaml"
import type { BatchRunReport } from "./Batches.ts"
import { type BatchRunStatus, batchRunStatus } from "./BatchRunStatus.ts"
import { batchApiVersion } from "./kinds/ObjectMeta.ts"
import { taskContexts } from "./record/Expand.ts"
import type { RunSnapshot } from "./record/RunSnapshot.ts"

/**
 * A run as a cluster would show it: the BatchRun, or the Task that stands alone, with its status, as YAML.
 *
 * @example
 * batchRunYaml(report) // "apiVersion: kubetask.io/v1alpha1\nkind: BatchRun\n…"
 */
export const batchRunYaml = (report: BatchRunReport): string => {
  const { snapshot } = report
  const status = batchRunStatus(report)
  return stringify({
    apiVersion: batchApiVersion,
    kind: snapshot.kind,
    metadata: {
      name: snapshot.name,
      namespace: snapshot.namespace,
      ...(Object.keys(snapshot.labels).length === 0 ? {} : { labels: snapshot.labels })
    },
    spec: snapshot.kind === "Task" ? taskSpec(snapshot) : runSpec(snapshot),
    status: snapshot.kind === "Task" ? taskStatus(status) : status
  }, { lineWidth: 0, aliasDuplicateObjects: false, keepUndefined: false, compat: "yaml-1.1" })
}

/** The seed's `status` of a Task, and what the run's own has beside it. */
const taskStatus = ({ conditions, phase, tasks: [task] }: BatchRunStatus) => {
  if (task === undefined) return { phase, conditions }
  const { attempt, completionTime, jobName, outcome, reason, startTime, summary } = task
  return { phase, jobName, startTime, completionTime, outcome, reason, attempt, summary, conditions }
}

const configRef = ({ agent }: RunSnapshot) =>
  agent.workspaceConfig === null ? {} : { workspaceConfigRef: agent.workspaceConfig }

const taskSpec = (snapshot: RunSnapshot) => ({ contexts: taskContexts(snapshot, 0), ...configRef(snapshot) })

const runSpec = (snapshot: RunSnapshot) => {
  const { batch, commonContext, policy, publish, variableContexts } = snapshot
  return {
    ...(batch === null
      ? { batchSpec: { commonContext, variableContexts, ...configRef(snapshot) } }
      : { batchRef: batch, ...configRef(snapshot) }),
    ...(snapshot.suspend ? { suspend: true } : {}),
    ...(snapshot.cancel ? { cancel: true } : {}),
    maxParallel: policy.maxParallel,
    ...(policy.maxFailures === null ? {} : { maxFailures: policy.maxFailures }),
    ...(policy.failFast ? { failFast: true } : {}),
    ...(policy.timeoutSeconds === null ? {} : { timeout: policy.timeoutSeconds }),
    ...(policy.taskTimeoutSeconds === null ? {} : { taskTimeout: policy.taskTimeoutSeconds }),
    ...(policy.retry === 0 ? {} : { retry: policy.retry }),
    publish
  }
}
