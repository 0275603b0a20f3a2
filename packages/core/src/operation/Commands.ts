import { Context, type Duration, type Effect, Schema } from "effect"

/** A program could not be started, or ended with another exit code than 0. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>()("CommandFailed", {
  command: Schema.Array(Schema.String),
  directory: Schema.String,
  /** The exit code; 127 when the program was not found, 128 + n after signal n. */
  exitCode: Schema.Int,
  /** The last lines that it printed, both streams. */
  output: Schema.String
}) {
  readonly code = "command-failed" as const
  override get message(): string {
    const reason = this.exitCode === 127 ? "was not found" : `ended with exit code ${this.exitCode}`
    return `\`${this.command.join(" ")}\` ${reason}${this.output === "" ? "" : `:\n${this.output}`}`
  }
  get hint(): string {
    return `run it by hand in ${this.directory} to see why`
  }
}

/** A program did not end in time and was stopped. */
export class CommandTimeout extends Schema.TaggedError<CommandTimeout>()("CommandTimeout", {
  command: Schema.Array(Schema.String),
  directory: Schema.String,
  seconds: Schema.Number,
  output: Schema.String
}) {
  readonly code = "command-timeout" as const
  override get message(): string {
    return `\`${this.command.join(" ")}\` did not end within ${this.seconds} s and was stopped`
  }
  get hint(): string {
    return `run it by hand in ${this.directory}, or give it more time`
  }
}

/** One run of a program: an argument list, never a shell's text. */
export interface CommandRequest {
  readonly command: readonly [program: string, ...args: ReadonlyArray<string>]
  /** Absolute path of the folder that it runs in. */
  readonly directory: string
  /** Variables set beside those of the host. */
  readonly variables?: Readonly<Record<string, string>>
  readonly timeout?: Duration.Input
  /** Told each line of output as it comes, without its line end. */
  readonly onLine?: (line: string) => Effect.Effect<void>
}

/**
 * Runs the user's own programs: setup and teardown of a worktree, secret managers.
 *
 * Interrupting the effect stops the program and its children.
 */
export class Commands extends Context.Service<Commands, {
  /** Runs a program to its end and gives what it printed on stdout. */
  readonly run: (request: CommandRequest) => Effect.Effect<string, CommandFailed | CommandTimeout>
}>()("@slipway/core/operation/Commands") {}
