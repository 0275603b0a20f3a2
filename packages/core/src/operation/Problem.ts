/**
 * What every expected failure of Slipway looks like, and the one table of exit codes.
 */

/**
 * Exit codes of the command line, by meaning.
 *
 * 0 done, 1 failed, 2 usage or bad input, 3 not found, 4 refused because work would be lost, 5 conflict or busy,
 * 6 not ready in time, 7 corrupt state, 124 out of time; 130 and 143 are the signals SIGINT and SIGTERM.
 */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  conflict: 5,
  notReady: 6,
  corrupt: 7,
  timedOut: 124,
  interrupted: 130,
  terminated: 143
} as const

/** The name of an exit code. */
export type ExitCodeName = keyof typeof exitCodes

/**
 * Every stable error code and what it means for the caller. A code never changes its meaning; a new situation gets a
 * new code.
 */
export const problemCodes = {
  "actor-invalid": "usage",
  "actor-refused": "refused",
  "approval-refused": "refused",
  "approval-required": "refused",
  "artifact-invalid": "usage",
  "artifact-missing": "notFound",
  "batch-invalid": "usage",
  "batch-task-missing": "notFound",
  "branch-exists": "conflict",
  "branch-missing": "notFound",
  "command-failed": "failed",
  "command-timeout": "notReady",
  "comment-missing": "notFound",
  "compose-failed": "failed",
  "compose-file-missing": "notFound",
  "compose-invalid": "usage",
  "compose-missing": "failed",
  "config-invalid": "usage",
  "config-missing": "notFound",
  "container-exited": "failed",
  "dependency-cycle": "conflict",
  "deployment-unconfigured": "notFound",
  "engine-unavailable": "failed",
  "evidence-refused": "refused",
  "feature-conflict": "conflict",
  "feature-exists": "conflict",
  "feature-missing": "notFound",
  "file-unavailable": "failed",
  "gate-missing": "notFound",
  "git-failed": "failed",
  "health-timeout": "notReady",
  "init-refused": "usage",
  "internal-error": "failed",
  "interrupted": "interrupted",
  "journal-unavailable": "failed",
  "key-reused": "conflict",
  "lock-busy": "conflict",
  "log-corrupt": "corrupt",
  "log-unavailable": "failed",
  "log-unsupported": "corrupt",
  "merge-conflict": "conflict",
  "milestone-missing": "notFound",
  "name-ambiguous": "conflict",
  "name-invalid": "usage",
  "network-failed": "failed",
  "not-a-repository": "notFound",
  "not-initialised": "notFound",
  "operation-missing": "notFound",
  "port-out-of-range": "usage",
  "ports-taken": "conflict",
  "project-command-failed": "failed",
  "provisioning-incomplete": "failed",
  "registry-corrupt": "corrupt",
  "registry-unavailable": "failed",
  "revision-conflict": "conflict",
  "run-busy": "conflict",
  "run-conflict": "conflict",
  "run-corrupt": "corrupt",
  "run-exists": "conflict",
  "run-missing": "notFound",
  "run-unavailable": "failed",
  "runner-failed": "failed",
  "sandbox-missing": "notFound",
  "sandbox-not-running": "conflict",
  "service-unknown": "notFound",
  "slot-missing": "notFound",
  "slots-exhausted": "conflict",
  "spec-link-elsewhere": "refused",
  "spec-metadata-invalid": "corrupt",
  "spec-not-migrated": "conflict",
  "spec-path-taken": "conflict",
  "spec-project-exists": "conflict",
  "spec-project-missing": "notFound",
  "task-missing": "notFound",
  "teardown-incomplete": "failed",
  "text-invalid": "usage",
  "time-invalid": "usage",
  "usage-error": "usage",
  "value-unwritable": "usage",
  "waiver-refused": "refused",
  "work-would-be-lost": "refused",
  "worktree-exists": "conflict",
  "worktree-missing": "notFound"
} as const satisfies Readonly<Record<string, ExitCodeName>>

/** A stable error code. */
export type ProblemCode = keyof typeof problemCodes

/**
 * An expected failure: what happened, what to do next, and a stable code.
 *
 * Every tagged error of Slipway has this shape. Anything else that is thrown is a defect, a bug in Slipway.
 */
export interface Problem {
  readonly _tag: string
  readonly code: ProblemCode
  readonly message: string
  readonly hint: string
}

/** The exit code of a problem, from the one table. */
export const exitCodeOf = (problem: Problem): number => exitCodes[problemCodes[problem.code]]

/** Whether an unknown value is a {@link Problem}. */
export const isProblem = (value: unknown): value is Problem =>
  typeof value === "object" && value !== null && "code" in value && "message" in value && "hint" in value &&
  typeof value.code === "string" && Object.hasOwn(problemCodes, value.code)
