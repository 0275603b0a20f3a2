import { GitFailed } from "@slipway/core"
import { type Duration, Effect, Schedule } from "effect"
import type { Subprocess, SubprocessResult } from "../process/Subprocess.ts"
import { gitWords, isHalfMadeRecord, isLockConflict, type ListedWorktree, parseWorktrees } from "./GitOutput.ts"

/** What one run of git gets beside its arguments. */
interface GitRunOptions {
  readonly stdin?: string
  readonly timeout?: Duration.Input
  /** Bytes; a git that prints more is killed. */
  readonly outputLimit?: number
  /** Set on top of what every git gets. */
  readonly variables?: Readonly<Record<string, string>>
}

/** git in a folder, in two ways. */
export interface GitRunner {
  /** Its whole result, whatever the exit code. Fails only when git could not be started. */
  readonly attempt: (
    directory: string,
    args: ReadonlyArray<string>,
    options?: GitRunOptions
  ) => Effect.Effect<SubprocessResult, GitFailed>
  /** What it printed on stdout; fails when it failed. */
  readonly run: (
    directory: string,
    args: ReadonlyArray<string>,
    options?: GitRunOptions
  ) => Effect.Effect<string, GitFailed>
}

/** Of the caller's `GIT_*` variables, the ones that say who and how, and not which repository. */
const keptVariables = /^GIT_(?:SSH_COMMAND|ASKPASS|(?:AUTHOR|COMMITTER)_\w+|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM))$/u

/** Whether git does not get a variable of the caller: it could make git look elsewhere than where it is told to. */
export const isForeignToGit = (name: string): boolean => name.startsWith("GIT_") && !keptVariables.test(name)

/** git's runner over the subprocess service. */
export const gitRunner = (subprocess: Subprocess["Service"]): GitRunner => {
  const attempt: GitRunner["attempt"] = (directory, args, { variables, ...options } = {}) => {
    return subprocess.run({
      command: ["git", ...args],
      directory,
      unset: isForeignToGit,
      ...options,
      variables: {
        // A question would be asked of nobody, and translated words could not be read.
        GIT_TERMINAL_PROMPT: "0",
        // ssh has no terminal here, and opens no window either. Its own settings and keys stay as they are.
        SSH_ASKPASS_REQUIRE: "never",
        LC_ALL: "C",
        // Looking at a worktree must not take the index's lock from the user's own git.
        GIT_OPTIONAL_LOCKS: "0",
        ...variables
      }
    }).pipe(
      Effect.mapError((error) => new GitFailed({ command: args, directory, exitCode: 127, stderr: error.message }))
    )
  }
  return {
    attempt,
    run: (directory, args, options) =>
      Effect.flatMap(attempt(directory, args, options), (result) =>
        result.exitCode === 0
          ? Effect.succeed(result.stdout)
          : Effect.fail(gitFailure(directory, args, result)))
  }
}

/** The failure that a result tells of. */
export const gitFailure = (directory: string, args: ReadonlyArray<string>, result: SubprocessResult): GitFailed =>
  new GitFailed({ command: args, directory, exitCode: result.exitCode, stderr: gitWords(result.stderr) })

/** A failure in Slipway's words, where git itself would do the wrong thing or was not asked. */
export const gitRefusal = (
  directory: string,
  args: ReadonlyArray<string>,
  reason: string,
  advice?: string
): GitFailed =>
  new GitFailed({
    command: args,
    directory,
    exitCode: 128,
    stderr: reason,
    ...(advice === undefined ? {} : { advice })
  })

/** Tries again, for at most some seconds, while another git is at work at the same place. */
export const retryLocked = <A>(
  effect: Effect.Effect<A, GitFailed>,
  alsoFor: (stderr: string) => boolean = () => false
): Effect.Effect<A, GitFailed> =>
  Effect.retry(effect, {
    while: ({ stderr }) => isLockConflict(stderr) || isHalfMadeRecord(stderr) || alsoFor(stderr),
    schedule: Schedule.exponential("20 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 8 }))
  })

/** The worktrees of a repository, as git lists them: the main checkout first. */
export const listWorktrees = (
  git: GitRunner,
  directory: string
): Effect.Effect<ReadonlyArray<ListedWorktree>, GitFailed> =>
  Effect.map(retryLocked(git.run(directory, ["worktree", "list", "--porcelain", "-z"])), parseWorktrees)
