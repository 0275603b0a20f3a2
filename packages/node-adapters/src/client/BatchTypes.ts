import type { CallOptions } from "./CallOptions.ts"

/**
 * What a program without Effect sees of batches: promises, async iterables, plain data.
 */

/** What a run is made from. What is given here goes before what the files say. */
export interface BatchRequestOptions {
  /** YAML files, folders of them, or `-` for standard input; relative to the client's folder. */
  readonly files: ReadonlyArray<string>
  /** Folders with ConfigMaps and Secrets. */
  readonly fromDirectories?: ReadonlyArray<string>
  /** Which Batch, BatchRun or Task of the files; needed when they hold more than one. */
  readonly select?: string
  /** Name of the run; that of the BatchRun, or one made up, when absent. */
  readonly name?: string
  /** Of what names none; `default` when absent. */
  readonly namespace?: string
  readonly runner?: "process" | "docker"
  readonly maxParallel?: number
  /** A number of tasks, or a share such as `10%`. */
  readonly maxFailures?: number | string
  readonly failFast?: boolean
  /** A time span such as `90s` or `1h30m`: the limit of the whole run. */
  readonly timeout?: string
  /** The limit of each attempt of a task. */
  readonly taskTimeout?: string
  /** How many times a task is run again after its agent failed. */
  readonly retry?: number
  readonly publish?: "never" | "branch" | "draft" | "ready"
  /** `github`, `github-ssh`, `gitlab`, `gitlab-ssh`, `bitbucket`, or a URL with `{org}` and `{repo}`. */
  readonly host?: string
  /** In place of the WorkspaceConfig's command: a preset, a line for `sh`, or a program with arguments. */
  readonly command?: string | ReadonlyArray<string>
  readonly keepWorkspaces?: boolean
}

/** Options of calls about batches: aborting the signal stops agents; `resume` goes on later. */
export type BatchCallOptions = Pick<CallOptions, "signal">

/** How a run or a task stands, in a cluster's words. */
export type BatchPhase = "Pending" | "Running" | "Succeeded" | "Failed"

/** What became of a task. */
export type BatchOutcome = "Succeeded" | "NoChanges" | "Failed" | "Skipped" | "Cancelled" | "TimedOut"

/** A file or a repository that a task finds in its workspace. */
export type BatchContext =
  | {
    readonly type: "File"
    readonly file: {
      readonly name: string
      readonly source:
        | { readonly inline: string }
        | { readonly configMapKeyRef: { readonly name: string; readonly key: string } }
        | { readonly secretKeyRef: { readonly name: string; readonly key: string } }
    }
  }
  | {
    readonly type: "Repository"
    readonly repository: {
      readonly org: string
      readonly repo: string
      readonly branch: string
      readonly url?: string
      readonly commit?: string
      readonly path?: string
      readonly depth?: number
      readonly secretRef?: { readonly name: string }
    }
  }

/** What a run was, or would be, made of. */
export interface BatchRunTerms {
  readonly name: string
  readonly namespace: string
  readonly kind: "BatchRun" | "Task"
  /** Name of the Batch; null for an inline one and for a Task. */
  readonly batch: string | null
  readonly labels: Readonly<Record<string, string>>
  readonly runner: "process" | "docker"
  readonly publish: "never" | "branch" | "draft" | "ready"
  readonly policy: {
    readonly maxParallel: number
    /** Null: any number. */
    readonly maxFailures: number | null
    readonly failFast: boolean
    /** Null: no limit. */
    readonly timeoutSeconds: number | null
    readonly taskTimeoutSeconds: number | null
    readonly retry: number
  }
  readonly agent: {
    /** Null for the built-in one. */
    readonly workspaceConfig: string | null
    readonly image: string
    /** Null: what the image runs by itself. */
    readonly command: string | ReadonlyArray<string> | null
  }
  readonly warnings: ReadonlyArray<string>
}

/** A run as it would be made. */
export interface BatchPlanned extends BatchRunTerms {
  readonly tasks: ReadonlyArray<{
    readonly index: number
    readonly name: string
    readonly contexts: ReadonlyArray<BatchContext>
    /** Of its repositories, in order. */
    readonly urls: ReadonlyArray<string>
  }>
}

/** How many tasks stand how; `completed` went well, `failed` did not and will not. */
export interface BatchProgress {
  readonly total: number
  readonly pending: number
  readonly running: number
  readonly completed: number
  readonly failed: number
}

/** One thing to know about a run, as Kubernetes tells it. */
export interface BatchCondition {
  readonly type: string
  readonly status: "True" | "False" | "Unknown"
  readonly reason: string
  readonly message: string
}

/** How an attempt of a task ended. */
export interface BatchAttemptResult {
  readonly outcome: BatchOutcome
  /** One word, such as `ExitCode`; null when all went well. */
  readonly reason: string | null
  readonly message: string | null
  /** What it failed at; null when it did not fail. */
  readonly failure: "setup" | "agent" | "publish" | "interrupted" | null
  readonly transient: boolean
  /** Null when the agent was not started or did not end by itself. */
  readonly exitCode: number | null
  readonly summary: string | null
  readonly repositories: ReadonlyArray<{
    readonly path: string
    readonly url: string
    readonly base: string
    readonly head: string
    readonly commits: number
    readonly filesChanged: number
    readonly insertions: number
    readonly deletions: number
    /** The branch that was pushed; null when none was. */
    readonly published: string | null
  }>
}

/** How one task stands. */
export interface BatchTaskState {
  /** From 0. */
  readonly index: number
  readonly phase: BatchPhase
  /** Null until it is decided. */
  readonly outcome: BatchOutcome | null
  readonly reason: string | null
  /** The newest attempt; 0 before the first. */
  readonly attempt: number
  /** ISO 8601, UTC; null before. */
  readonly startTime: string | null
  readonly completionTime: string | null
}

/** How a run stands. */
export interface BatchStanding {
  readonly phase: BatchPhase
  readonly progress: BatchProgress
  readonly conditions: ReadonlyArray<BatchCondition>
  readonly tasks: ReadonlyArray<BatchTaskState>
}

/** A task in detail. */
export interface BatchTaskDetails extends BatchTaskState {
  readonly name: string
  /** Its own repositories. */
  readonly contexts: ReadonlyArray<BatchContext>
  /** SHA-256 of all its contexts. */
  readonly contextsHash: string
  /** Of the newest finished attempt; null before. */
  readonly result: BatchAttemptResult | null
  /** Absolute path of the newest attempt's folder, with `log`, `changes.patch` and `result.json`; null before the first. */
  readonly folder: string | null
}

/** A run without its tasks. */
export interface BatchRunSummary extends BatchRunTerms {
  /** Never the same twice. */
  readonly uid: string
  readonly specHash: string
  readonly createdAt: string
  /** `running`: a process works on it; `interrupted`: none does, and it is not finished. */
  readonly state: "running" | "interrupted" | "suspended" | "finished"
  readonly phase: BatchPhase
  readonly progress: BatchProgress
  readonly conditions: ReadonlyArray<BatchCondition>
  /** ISO 8601, UTC; null before. */
  readonly startTime: string | null
  readonly completionTime: string | null
}

/** A run in detail. */
export interface BatchRunDetails extends BatchRunSummary {
  /** What the command line would exit with: 0 all went well, 124 out of time, else 1. */
  readonly exitCode: number
  readonly tasks: ReadonlyArray<BatchTaskDetails>
}

/** One run of a list; `problem` stands in the place of what cannot be read. */
export type BatchRunListing =
  | { readonly name: string; readonly run: BatchRunSummary; readonly problem: null }
  | { readonly name: string; readonly run: null; readonly problem: string }

/** Something that happens while a run is worked on; `at` is an ISO 8601 time in UTC. */
export type BatchRunEvent =
  | {
    readonly event: "run-started"
    readonly at: string
    readonly run: string
    readonly namespace: string
    readonly total: number
    readonly reason: "run" | "resume" | "retry"
    readonly warnings: ReadonlyArray<string>
  }
  | {
    readonly event: "attempt-started" | "agent-started"
    readonly at: string
    readonly task: string
    readonly index: number
    readonly attempt: number
  }
  | {
    readonly event: "attempt-finished"
    readonly at: string
    readonly task: string
    readonly index: number
    readonly attempt: number
    readonly result: BatchAttemptResult
    /** Milliseconds. */
    readonly ms: number
  }
  | {
    readonly event: "task-marked"
    readonly at: string
    readonly task: string
    readonly index: number
    readonly outcome: BatchOutcome
    readonly reason: string
  }
  | { readonly event: "suspended"; readonly at: string; readonly suspend: boolean }
  | { readonly event: "cancelling"; readonly at: string }
  | { readonly event: "progress"; readonly at: string; readonly progress: BatchProgress }
  | {
    readonly event: "run-finished"
    readonly at: string
    readonly run: string
    readonly standing: BatchStanding
    readonly ms: number
  }

/**
 * A run that is worked on. It goes on whether or not anybody listens; leaving a `for await` early stops its agents, and
 * waits until they have stopped.
 */
export interface BatchRunHandle extends AsyncIterable<BatchRunEvent> {
  /**
   * How the run stands when nobody works on it any more, also when tasks have failed. Rejects with a `SlipwayError`, whose
   * code is `interrupted` when it was stopped.
   */
  readonly result: Promise<BatchRunDetails>
}

/** Which log to read. */
export interface BatchLogOptions extends BatchCallOptions {
  /** Name of the run. */
  readonly name: string
  /** A task by index, name, or name of its repository. */
  readonly task: string | number
  /** The newest when absent. */
  readonly attempt?: number
  /** Go on until the attempt has ended. */
  readonly follow?: boolean
  /** Only the last lines. */
  readonly tail?: number
}

/**
 * Batches on this machine: one task over many repositories.
 *
 * @example
 * const run = slipway.batch.run({ files: ["update.yaml"], maxParallel: 8 })
 * for await (const event of run) {
 *   if (event.event === "attempt-finished") console.log(event.task, event.result.outcome)
 * }
 * const { phase, tasks } = await run.result
 */
export interface BatchCalls {
  /** What would run; nothing is kept or started. */
  readonly plan: (request: BatchRequestOptions, options?: BatchCallOptions) => Promise<BatchPlanned>
  /** Makes a run and works on it. */
  readonly run: (request: BatchRequestOptions, options?: BatchCallOptions) => BatchRunHandle
  /**
   * Goes on with a run that was interrupted, killed or suspended.
   *
   * @example
   * await slipway.batch.resume("update-x7k2p").result
   */
  readonly resume: (name: string, options?: BatchCallOptions) => BatchRunHandle
  /**
   * Runs tasks again: those named, by index, name or repository; else those that did not go well.
   *
   * @example
   * await slipway.batch.retry("update-x7k2p", ["service-a"]).result
   */
  readonly retry: (name: string, tasks?: ReadonlyArray<string>, options?: BatchCallOptions) => BatchRunHandle
  /** Stops a run for good, whichever process works on it, and gives how it stands when it has stopped. */
  readonly cancel: (name: string, options?: BatchCallOptions) => Promise<BatchRunDetails>
  /** How a run stands; the newest one when no name is given. */
  readonly status: (name?: string, options?: BatchCallOptions) => Promise<BatchRunDetails>
  /** All runs, oldest first. */
  readonly list: (options?: BatchCallOptions) => Promise<ReadonlyArray<BatchRunListing>>
  /**
   * What a task's agent has printed, byte by byte.
   *
   * @example
   * for await (const bytes of slipway.batch.logs({ name: "update-x7k2p", task: "service-a", follow: true })) {
   *   process.stdout.write(bytes)
   * }
   */
  readonly logs: (options: BatchLogOptions) => AsyncIterable<Uint8Array>
}

/**
 * Tasks that stand alone. Their runs are shown, resumed and retried as any run.
 *
 * @example
 * const { tasks } = await slipway.task.run({ files: ["update-service-a.yaml"] }).result
 */
export interface TaskCalls {
  /** What would run; nothing is kept or started. */
  readonly plan: (request: BatchRequestOptions, options?: BatchCallOptions) => Promise<BatchPlanned>
  /** Runs a Task. */
  readonly run: (request: BatchRequestOptions, options?: BatchCallOptions) => BatchRunHandle
}
