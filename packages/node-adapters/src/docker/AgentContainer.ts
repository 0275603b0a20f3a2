import type { AgentJob, ResourceLimits } from "@slipway/core"
import type { ContainerCreateOptions } from "dockerode"

/** The labels by which containers of a run's attempts are known. */
export const agentLabels = {
  run: "slipway.batch.run",
  attempt: "slipway.batch.attempt",
  task: "kubetask.io/task",
  batchRun: "kubetask.io/batch-run"
} as const

/** Where a container has its workspace and its home, as in a pod. */
const workspace = "/workspace"
const home = "/home/agent"

/** What an engine makes of a container: the user that it runs as, and what it can give it. */
export interface EngineTraits {
  /** `uid:gid`. */
  readonly user: string
  /** Whether the engine would give the container's users other numbers, unless it is told not to. */
  readonly isRemapped: boolean
  /** How many processors there are; null when the engine does not tell. */
  readonly processors: number | null
}

/** The name of an attempt's container. */
export const agentContainerName = ({ attempt, index, uid }: AgentJob["key"]): string =>
  `slipway-${uid.slice(0, 8)}-${index}-${attempt}`

/** The container that an agent runs in: what it writes belongs to who runs Slipway, and it gets no more rights on its way. */
export const agentContainer = (
  job: AgentJob,
  { isRemapped, processors, user }: EngineTraits,
  graceSeconds: number
): ContainerCreateOptions => ({
  name: agentContainerName(job.key),
  Image: job.image,
  ...(job.command === null ? {} : { Entrypoint: [...job.command], Cmd: [] }),
  Env: Object.entries(agentVariables(job.variables)).map(([name, value]) => `${name}=${value}`),
  WorkingDir: workspace,
  User: user,
  Labels: {
    ...job.labels,
    [agentLabels.run]: job.key.uid,
    [agentLabels.attempt]: `${job.key.index}/${job.key.attempt}`,
    [agentLabels.task]: job.task,
    [agentLabels.batchRun]: job.key.run
  },
  AttachStdin: false,
  AttachStdout: true,
  AttachStderr: true,
  OpenStdin: false,
  Tty: false,
  StopTimeout: graceSeconds,
  HostConfig: {
    // Reaps what the agent leaves, and passes SIGTERM on, which a first process does not hear by itself.
    Init: true,
    // All output is taken from the container itself: the engine needs no copy, which would fill its disk.
    LogConfig: { Type: "none", Config: {} },
    SecurityOpt: ["no-new-privileges"],
    ...containerLimits(job.limits ?? {}, processors),
    ...(isRemapped ? { UsernsMode: "host" } : {}),
    Mounts: [
      { Type: "bind", Source: job.workspace, Target: workspace },
      { Type: "bind", Source: job.home, Target: home },
      ...job.readOnlyFolders.map((path) => ({
        Type: "bind" as const,
        Source: path,
        Target: path,
        ReadOnly: true
      }))
    ]
  }
})

/** The least share of a processor that engines take: a hundredth. */
const leastNanoCpus = 1e7

/** Limits as engines take them: they refuse more processors than there are, which is no limit, and next to none. */
const containerLimits = ({ memoryBytes, nanoCpus }: ResourceLimits, processors: number | null) => ({
  ...(memoryBytes === undefined ? {} : { Memory: memoryBytes }),
  ...(nanoCpus === undefined || (processors !== null && nanoCpus >= processors * 1e9)
    ? {}
    : { NanoCpus: Math.max(leastNanoCpus, nanoCpus) })
})

/** The job's variables with the container's own places; its git trusts the folders, whoever they belong to there. */
const agentVariables = (variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const count = /^\d+$/u.test(variables["GIT_CONFIG_COUNT"] ?? "") ? Number(variables["GIT_CONFIG_COUNT"]) : 0
  return {
    ...variables,
    WORKSPACE_DIR: workspace,
    HOME: home,
    GIT_CONFIG_COUNT: String(count + 1),
    [`GIT_CONFIG_KEY_${count}`]: "safe.directory",
    [`GIT_CONFIG_VALUE_${count}`]: "*"
  }
}
