import { type AgentJob, type AttemptKey, RunnerFailed, TaskRunner } from "@slipway/core"
import { type Duration, Effect, Layer } from "effect"
import { isForeignToGit } from "../git/RunGit.ts"
import { attemptVariable, stopAttempts } from "./AttemptProcesses.ts"
import { linuxAttempts } from "./LinuxAttempts.ts"
import { psAttempts } from "./PsAttempts.ts"
import { Subprocess, type SubprocessNotStarted } from "./Subprocess.ts"

/** How an agent's runner goes about it. */
export interface TaskRunnerOptions {
  /** What an agent gets between SIGTERM and SIGKILL; 10 seconds when absent. */
  readonly grace?: Duration.Input
}

/** What an agent gets between SIGTERM and SIGKILL. */
export const agentGrace: Duration.Input = "10 seconds"

/**
 * Runs agents as processes of this machine, in the folder of their workspace, with the caller's environment, the job's
 * variables and `SLIPWAY_ATTEMPT=<uid>/<index>/<attempt>`. Each has a process group of its own and no input. What it leaves
 * running when it ends is stopped too, daemons that left its group included: they are known by that variable (on Linux by
 * `/proc`, elsewhere by `ps`; a daemon that wipes its environment out and leaves its group is not found).
 *
 * @example
 * Effect.provide(program, processTaskRunnerLayer().pipe(Layer.provide(Subprocess.layer), Layer.provide(host)))
 */
export const processTaskRunnerLayer = (
  options: TaskRunnerOptions = {}
): Layer.Layer<TaskRunner, never, Subprocess> => Layer.effect(TaskRunner, makeProcessTaskRunner(options))

/** The runner of {@link processTaskRunnerLayer}. */
export const makeProcessTaskRunner = Effect.fnUntraced(function*({ grace = agentGrace }: TaskRunnerOptions) {
  const subprocess = yield* Subprocess
  const table = process.platform === "linux" ? linuxAttempts() : psAttempts
  const running = new Set<string>()

  const run = Effect.fn("TaskRunner.run")(function*(job: AgentJob) {
    if (job.command === null) return yield* commandMissing()
    const attempt = attemptText(job.key)
    running.add(attempt)
    const { exitCode } = yield* subprocess.run({
      command: job.command,
      directory: job.workspace,
      // Started by a git hook, Slipway knows another checkout's folders: an agent's git must not.
      unset: isForeignToGit,
      variables: { ...job.variables, [attemptVariable]: attempt },
      listener: job,
      stop: (leader) => stopAttempts(table, (found) => found === attempt, { grace, leader })
    }).pipe(
      Effect.mapError(notStarted),
      Effect.ensuring(Effect.sync(() => running.delete(attempt)))
    )
    return exitCode
  })

  const sweep = Effect.fn("TaskRunner.sweep")((uid: string) =>
    stopAttempts(table, (found) => found.startsWith(`${uid}/`) && !running.has(found), { grace })
  )

  return TaskRunner.of({ traits: { kind: "process", needsCommand: true }, run, sweep })
})

const commandMissing = () =>
  new RunnerFailed({
    reason: "CommandMissing",
    message: "there is no command: a process runs the command of a WorkspaceConfig",
    failure: "setup",
    transient: false
  })

/** The mark of an attempt. */
const attemptText = ({ attempt, index, uid }: AttemptKey): string => `${uid}/${index}/${attempt}`

/** What the system is short of for the moment, or what is just being written. */
const passing: ReadonlySet<string> = new Set(["EAGAIN", "EMFILE", "ENFILE", "ENOMEM", "ETXTBSY"])

const notStarted = (error: SubprocessNotStarted): RunnerFailed =>
  new RunnerFailed({
    reason: reasonOf(error),
    message: error.message,
    failure: "setup",
    transient: passing.has(error.errno)
  })

const reasonOf = ({ errno, reason }: SubprocessNotStarted): string => {
  switch (errno) {
    case "ENOENT":
      return reason === "not found" ? "ProgramNotFound" : "WorkspaceMissing"
    case "EACCES":
      return "ProgramNotExecutable"
    default:
      return "ProgramNotStarted"
  }
}
