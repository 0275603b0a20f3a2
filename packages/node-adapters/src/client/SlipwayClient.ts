/**
 * What a program without Effect sees of Slipway: plain promises, plain data.
 */

import type { BatchCalls, TaskCalls } from "./BatchTypes.ts"
import type { CallOptions } from "./CallOptions.ts"
import type { Features } from "./FeatureTypes.ts"
import type { PlanStep } from "./PlanStep.ts"
import type { Projects } from "./ProjectTypes.ts"

/** Where and for whom Slipway works. */
export interface ConnectOptions {
  /** Any folder of the project; the process's own when absent. */
  readonly cwd?: string
  /** Environment variables; those of the process when absent. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Folder of Slipway's state; `SLIPWAY_HOME`, else `~/.devops-ai`, when absent. */
  readonly home?: string
}

/** A port of a sandbox, where one opens it. */
export interface Url {
  readonly variable: string
  readonly port: number
  readonly url: string
}

/** One service as the engine tells it. */
export interface Service {
  readonly service: string
  readonly state: string
  readonly health: "starting" | "healthy" | "unhealthy" | null
  readonly ports: ReadonlyArray<{ readonly host: number; readonly container: number; readonly protocol: string }>
}

/** Whether a started sandbox is healthy; `unchecked` when there is nothing to ask. */
export type Health = "ready" | "degraded" | "failed" | "unchecked"

/** Options of `spec`. */
export interface SpecOptions extends CallOptions {
  /** Check out the feature's branch again when it exists. */
  readonly reuse?: boolean
  /** Approve setup commands. */
  readonly approve?: boolean
  /** Skip `git fetch`. */
  readonly offline?: boolean
}

/** Options of `impl`. */
export interface ImplOptions extends SpecOptions {
  /** False: a worktree only. */
  readonly sandbox?: boolean
  /** Reject when the sandbox is not healthy in time. */
  readonly requireHealthy?: boolean
}

/** A worktree that was made, with its sandbox. */
export interface Workspace {
  readonly project: string
  readonly kind: "spec" | "impl"
  readonly feature: string
  readonly milestone: string | null
  readonly branch: string
  /** Absolute path of the worktree. */
  readonly worktree: string
  /** Number of its slot, or null without a sandbox. */
  readonly slot: number | null
  readonly urls: ReadonlyArray<Url>
  /** Null without a sandbox. */
  readonly health: Health | null
  readonly services: ReadonlyArray<Service>
  readonly warnings: ReadonlyArray<string>
}

/** Options of `done`. */
export interface DoneOptions extends CallOptions {
  /** Remove even what would be lost. */
  readonly force?: boolean
  /** Accept a partial match, and approve teardown commands. */
  readonly approve?: boolean
  readonly keepVolumes?: boolean
}

/** What was taken down. */
export interface Removed {
  readonly project: string
  readonly worktree: string
  readonly branch: string | null
  /** Why the branch was kept; null when it was deleted or there was none. */
  readonly branchKept: string | null
  readonly slot: number | null
  readonly warnings: ReadonlyArray<string>
}

/** One worktree of a list. */
export interface WorktreeEntry {
  readonly project: string
  readonly kind: "spec" | "impl" | "other"
  readonly name: string
  readonly path: string
  readonly branch: string | null
  readonly slot: number | null
  readonly state: "running" | "partial" | "stopped" | "starting" | "dead" | "orphaned" | "unknown" | null
  readonly urls: ReadonlyArray<Url>
  readonly changedFiles: number | null
  readonly ahead: number | null
  readonly behind: number | null
  readonly claimedAt: string | null
  readonly problems: ReadonlyArray<string>
}

/** One worktree in detail. */
export interface WorktreeDetails extends WorktreeEntry {
  readonly changes: ReadonlyArray<{ readonly path: string; readonly kind: string }>
  readonly services: ReadonlyArray<Service>
  readonly ageSeconds: number | null
  readonly warnings: ReadonlyArray<string>
}

/** Something that was left behind. */
export interface DoctorFinding {
  readonly kind: string
  readonly subject: string
  readonly evidence: string
  /** Whether `fix` mends it. */
  readonly fixable: boolean
  readonly hint: string | null
}

/** What doctor found and did. */
export interface DoctorOutcome {
  readonly findings: ReadonlyArray<DoctorFinding>
  readonly steps: ReadonlyArray<PlanStep>
  readonly fixed: boolean
  readonly failures: ReadonlyArray<{ readonly step: string; readonly message: string }>
}

/** Options of `audit`. */
export interface AuditOptions extends CallOptions {
  /** Operations of all projects, not only of the folder's. */
  readonly all?: boolean
  /** Only operations about a feature. */
  readonly feature?: string
  /** Only this operation, of any project: its id or enough of its beginning. The other conditions do not count then. */
  readonly operation?: string
  /** Only operations that began at or after a time: ISO 8601, or a duration back from now such as `2h`. */
  readonly since?: string
  /** The newest ones, at most this many: 1 or more; all when absent. */
  readonly limit?: number
}

/** One step of an operation of the audit trail. */
export interface AuditStep {
  readonly name: string
  /** For people. */
  readonly title: string
  readonly status: "pending" | "running" | "completed" | "failed" | "undone" | "undo-failed" | "interrupted"
  /** Null while unknown. */
  readonly duration_ms: number | null
  /** Why it, or its undo, failed; null when neither did. */
  readonly message: string | null
}

/** One operation of the audit trail. */
export interface AuditEntry {
  readonly operation_id: string
  /** Such as `impl`; `unknown` when the record's beginning cannot be read. */
  readonly type: string
  /** Such as `auth/M1`; null when the record's beginning cannot be read. */
  readonly subject: string | null
  /** `dead`: its process was killed before it ended. */
  readonly status: "succeeded" | "failed" | "interrupted" | "running" | "dead"
  /** ISO 8601, UTC. */
  readonly started_at: string
  /** Null while unknown. */
  readonly duration_ms: number | null
  /** Null when the record's beginning cannot be read. */
  readonly process: { readonly pid: number } | null
  /** Such as `worktree`, `branch` and `repository`. */
  readonly details: Readonly<Record<string, string>>
  readonly steps: ReadonlyArray<AuditStep>
  /** Lines of its record that cannot be read. */
  readonly unreadable_lines: number
}

/** Operations of the audit trail, oldest first. */
export interface AuditTrail {
  readonly entries: ReadonlyArray<AuditEntry>
  /** Whether the limit left older ones out. */
  readonly more: boolean
  readonly warnings: ReadonlyArray<string>
}

/** Options of `init`. What is not given is detected. */
export interface InitOptions extends CallOptions {
  readonly name?: string
  readonly prefix?: string
  /** Relative to the project's folder. */
  readonly composeFile?: string
  /** Variable name to base port. */
  readonly ports?: Readonly<Record<string, number>>
  /** Also rewrite the compose file so that its ports come from variables. */
  readonly parameterize?: boolean
  /** Write nothing. */
  readonly dryRun?: boolean
}

/** What `init` wrote or, with `dryRun`, would write. */
export interface InitOutcome {
  readonly files: ReadonlyArray<{ readonly path: string; readonly created: boolean }>
  readonly warnings: ReadonlyArray<string>
}

/** Slipway for one folder. */
export interface Slipway extends AsyncDisposable {
  /** Describes the project in `.devops-ai/infra.toml`. */
  readonly init: (options?: InitOptions) => Promise<InitOutcome>
  /** Makes a worktree for a specification. */
  readonly spec: (feature: string, options?: SpecOptions) => Promise<Workspace>
  /** Makes a worktree for `feature` or `feature/milestone` with its running sandbox. */
  readonly impl: (name: string, options?: ImplOptions) => Promise<Workspace>
  /** Takes a worktree and its sandbox down. */
  readonly done: (name: string, options?: DoneOptions) => Promise<Removed>
  /** The worktrees of all projects. */
  readonly worktrees: (
    options?: CallOptions
  ) => Promise<{ readonly worktrees: ReadonlyArray<WorktreeEntry>; readonly warnings: ReadonlyArray<string> }>
  /** One worktree: by name, or the one that the folder stands in. */
  readonly status: (name?: string, options?: CallOptions) => Promise<WorktreeDetails>
  /** Finds what was left behind and, with `fix`, clears it. */
  readonly doctor: (options?: CallOptions & { readonly fix?: boolean }) => Promise<DoctorOutcome>
  /** Features: what comes next, and every change of them. */
  readonly features: Features
  /** What was done, with each step, its status and milliseconds. */
  readonly audit: (options?: AuditOptions) => Promise<AuditTrail>
  /** Batches: one task over many repositories. */
  readonly batch: BatchCalls
  /** Tasks that stand alone. */
  readonly task: TaskCalls
  /** The spec projects of Kiro and Codev. */
  readonly projects: Projects
  /** Lets go of everything; calls after it reject. */
  readonly close: () => Promise<void>
}

/** An expected failure. Anything else that a call rejects with is a bug in Slipway. */
export class SlipwayError extends Error {
  override readonly name = "SlipwayError"
  /** Stable, such as `work-would-be-lost`; listed in the error reference. */
  readonly code: string
  /** What to do next. */
  readonly hint: string
  /** The exit code that the command line gives for it. */
  readonly exitCode: number

  constructor(problem: {
    readonly code: string
    readonly message: string
    readonly hint: string
    readonly exitCode: number
  }) {
    super(problem.message)
    this.code = problem.code
    this.hint = problem.hint
    this.exitCode = problem.exitCode
  }
}
