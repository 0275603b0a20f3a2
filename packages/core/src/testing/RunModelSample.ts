import type { AttemptResult, FailureKind, TaskOutcome } from "../batch/record/RunEvent.ts"
import type { RunPolicy, RunSnapshot } from "../batch/record/RunSnapshot.ts"
import type { DesiredRun, TaskChild } from "../batch/record/RunState.ts"
import type { Dice } from "./FeatureModelDice.ts"

/** The rules that a run goes by unless it says others. */
export const samplePolicy: RunPolicy = {
  maxParallel: 4,
  maxFailures: null,
  failFast: false,
  timeoutSeconds: null,
  taskTimeoutSeconds: null,
  retry: 0,
  ttlSecondsAfterFinished: null
}

/** Rules, each of which bites now and then in a short life. */
export const anyPolicy = (dice: Dice): RunPolicy => ({
  ...samplePolicy,
  maxParallel: 1 + dice.roll(4),
  maxFailures: dice.happens(4) ? dice.roll(3) : null,
  failFast: dice.happens(6),
  timeoutSeconds: dice.happens(4) ? 1 + dice.roll(60) : null,
  taskTimeoutSeconds: dice.happens(4) ? 1 + dice.roll(20) : null,
  retry: dice.roll(3)
})

/** A run of so many tasks without contexts. */
export const sampleSnapshot = (total: number, policy: Partial<RunPolicy> = {}): RunSnapshot => ({
  schema: "slipway/batch-run/v1",
  uid: "uid-1",
  name: "update-deps-001",
  namespace: "default",
  kind: "BatchRun",
  batch: "update-deps",
  labels: {},
  commonContext: [],
  variableContexts: Array.from({ length: total }, () => []),
  policy: { ...samplePolicy, ...policy },
  suspend: false,
  cancel: false,
  runner: "process",
  agent: { workspaceConfig: null, image: "agent:1", command: "true", env: [] },
  publish: "never",
  hostTemplate: "https://github.com/{org}/{repo}.git",
  keepWorkspaces: false,
  specHash: "0",
  createdAt: "2026-11-21T12:00:00.000Z",
  warnings: []
})

/** What is wanted of a run of so many tasks that was started at 0. */
export const sampleDesired = (total: number, changes: Partial<DesiredRun> = {}): DesiredRun => ({
  name: "update-deps-001",
  total,
  policy: samplePolicy,
  suspend: false,
  cancel: false,
  waitingFor: null,
  startedAt: 0,
  superseded: new Map(),
  forgiven: new Map(),
  ...changes
})

/** A child that waits to run. */
export const sampleChild = (index: number, attempt: number, changes: Partial<TaskChild> = {}): TaskChild => ({
  index,
  attempt,
  state: "Pending",
  startedAt: 0,
  finishedAt: null,
  outcome: null,
  reason: null,
  failure: null,
  transient: false,
  ...changes
})

/** How an attempt ended, as an engine tells it. */
export const resultOf = (
  outcome: TaskOutcome,
  reason: string | null = null,
  failure: FailureKind | null = null,
  transient = false
): AttemptResult => ({
  outcome,
  reason,
  message: null,
  failure,
  transient,
  exitCode: null,
  summary: null,
  repositories: []
})

/** What may become of an attempt by itself; the first is what is usual. */
export const anyResult = (dice: Dice): AttemptResult =>
  dice.pick([
    resultOf("Succeeded"),
    resultOf("NoChanges"),
    resultOf("Failed", "ExitCode", "agent"),
    resultOf("Failed", "ExitCode", "agent"),
    resultOf("Failed", "RepositoryUnavailable", "setup", true),
    resultOf("Failed", "ImageUnavailable", "setup", true),
    resultOf("Failed", "BranchMissing", "setup"),
    resultOf("Failed", "EngineUnavailable", "interrupted", true),
    resultOf("Failed", "Interrupted", "interrupted", true),
    resultOf("Failed", "BranchNotOurs", "publish"),
    resultOf("Failed", "RepositoryUnavailable", "publish", true),
    resultOf("TimedOut", "TaskTimedOut", "agent")
  ])

/** Any child, also one that cannot be. */
export const anyChild = (dice: Dice, total: number): TaskChild => ({
  index: dice.happens(12) ? dice.pick([-1, total, 0.5, NaN, total + 7]) : dice.roll(Math.max(1, total)),
  attempt: dice.happens(12) ? dice.pick([-1, 1.5, NaN, Infinity, Number.MAX_SAFE_INTEGER]) : dice.roll(5),
  state: dice.pick(["Pending", "Running", "Succeeded", "Failed", "Failed"]),
  startedAt: anyTime(dice),
  finishedAt: anyTime(dice),
  outcome: dice.pick([null, "Succeeded", "NoChanges", "Failed", "Failed", "Skipped", "Cancelled", "TimedOut"]),
  reason: dice.pick([null, "ExitCode", "RunnerLost", "Interrupted", "RunTimedOut", "FailFast", "RunCancelled"]),
  failure: dice.pick([null, "setup", "agent", "publish", "interrupted"]),
  transient: dice.happens(2)
})

const anyTime = (dice: Dice): number | null =>
  dice.pick([null, 0, 1000 * dice.roll(60), -5000, dice.happens(4) ? NaN : 90_000, 10 ** 15])

/** What may be wanted of a run. */
export const anyDesired = (dice: Dice, total: number): DesiredRun =>
  sampleDesired(total, {
    policy: { ...anyPolicy(dice), maxParallel: dice.happens(8) ? dice.pick([0, -1, NaN, 1.5]) : 1 + dice.roll(5) },
    suspend: dice.happens(5),
    cancel: dice.happens(6),
    waitingFor: dice.happens(8) ? "WorkspaceConfig \"x\" not found in namespace \"default\"" : null,
    startedAt: anyTime(dice),
    superseded: new Map(dice.happens(3) ? [[dice.roll(total + 1), dice.roll(4)]] : []),
    forgiven: new Map(dice.happens(3) ? [[dice.roll(total + 1), dice.roll(4)]] : [])
  })
