import { Schema } from "effect"

/** One thing that is wrong in a batch's files. */
export const BatchFault = Schema.Struct({
  /** The file, or `-`; the empty string when it is in none, such as a flag. */
  source: Schema.String,
  /** Line in it, from 1; null when nothing in the file stands for it. */
  line: Schema.NullOr(Schema.Int),
  /** Such as `Batch/update-dependencies`; the empty string when it is about none. */
  resource: Schema.String,
  /** Such as `spec.commonContext[0].file.name`; the empty string for the whole. */
  path: Schema.String,
  /** What is wrong, without the path. */
  message: Schema.String
})
export interface BatchFault extends Schema.Schema.Type<typeof BatchFault> {}

/** A batch's files cannot be used. Holds all their faults at once. */
export class BatchInvalid extends Schema.TaggedError<BatchInvalid>()("BatchInvalid", {
  faults: Schema.Array(BatchFault)
}) {
  readonly code = "batch-invalid" as const
  override get message(): string {
    return this.faults.map(describeBatchFault).join("\n")
  }
  get hint(): string {
    return "mend what is named above, then look with `slipway batch plan`; nothing was started"
  }
}

/**
 * A fault in one line.
 *
 * @example
 * batch.yaml:12: Batch/fix: spec.commonContext[0].file.name: must be relative, found "/etc/passwd"
 */
export const describeBatchFault = ({ line, message, path, resource, source }: BatchFault): string =>
  [source === "" ? "" : line === null ? source : `${source}:${line}`, resource, path, message]
    .filter((part) => part !== "")
    .join(": ")

/** There is no run of that name on this machine; none at all when `run` is null. */
export class RunMissing extends Schema.TaggedError<RunMissing>()("RunMissing", {
  run: Schema.NullOr(Schema.String),
  meant: Schema.NullOr(Schema.String)
}) {
  readonly code = "run-missing" as const
  override get message(): string {
    return this.run === null ? "there is no run yet" : `there is no run ${this.run === "" ? "\"\"" : this.run}`
  }
  get hint(): string {
    const all = "`slipway batch list` shows all"
    return this.meant === null
      ? `${all}, \`slipway batch run -f FILE\` makes one`
      : `did you mean ${this.meant}? ${all}`
  }
}

/** There is a run of that name already. */
export class RunExists extends Schema.TaggedError<RunExists>()("RunExists", { run: Schema.String }) {
  readonly code = "run-exists" as const
  override get message(): string {
    return `there is a run ${this.run} already`
  }
  get hint(): string {
    return `\`slipway batch status ${this.run}\` shows it, \`slipway batch resume ${this.run}\` goes on with it; --name gives the new one another name`
  }
}

/** Another process works on the run. */
export class RunBusy extends Schema.TaggedError<RunBusy>()("RunBusy", {
  run: Schema.String,
  pid: Schema.NullOr(Schema.Int)
}) {
  readonly code = "run-busy" as const
  override get message(): string {
    return `${this.pid === null ? "another process" : `process ${this.pid}`} works on the run ${this.run}`
  }
  get hint(): string {
    return `\`slipway batch status ${this.run}\` shows how it stands, \`slipway batch cancel ${this.run}\` stops it`
  }
}

/** What is kept of a run cannot be read. */
export class RunCorrupt extends Schema.TaggedError<RunCorrupt>()("RunCorrupt", {
  run: Schema.String,
  path: Schema.String,
  reason: Schema.String
}) {
  readonly code = "run-corrupt" as const
  override get message(): string {
    return `the run ${this.run} cannot be read: ${this.path}: ${this.reason}`
  }
  get hint(): string {
    return "it was written by a newer Slipway, or damaged; take its folder away to be rid of it"
  }
}

/** Where runs are kept cannot be used. */
export class RunUnavailable extends Schema.TaggedError<RunUnavailable>()("RunUnavailable", {
  path: Schema.String,
  reason: Schema.String
}) {
  readonly code = "run-unavailable" as const
  override get message(): string {
    return `cannot use ${this.path}: ${this.reason}`
  }
  get hint(): string {
    return "make the folder writable and free some space, or set SLIPWAY_HOME to another folder; `slipway batch resume` goes on then"
  }
}

/** There is no such task in the run, or no such attempt of it. */
export class BatchTaskMissing extends Schema.TaggedError<BatchTaskMissing>()("BatchTaskMissing", {
  run: Schema.String,
  task: Schema.String,
  /** How many tasks there are. */
  total: Schema.Int
}) {
  readonly code = "batch-task-missing" as const
  override get message(): string {
    return `the run ${this.run} has no task ${this.task}`
  }
  get hint(): string {
    return `its tasks are 0 to ${this.total - 1}; \`slipway batch status ${this.run}\` lists them`
  }
}

/** What is asked does not fit how the run stands. */
export class RunConflict extends Schema.TaggedError<RunConflict>()("RunConflict", {
  run: Schema.String,
  reason: Schema.String,
  advice: Schema.String
}) {
  readonly code = "run-conflict" as const
  override get message(): string {
    return `${this.run}: ${this.reason}`
  }
  get hint(): string {
    return this.advice
  }
}
