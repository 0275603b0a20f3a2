import { Cause, Effect, Exit } from "effect"
import { Impatience } from "../../operation/Impatience.ts"
import type { BatchRunStore } from "../record/BatchRunStore.ts"
import { taskName } from "../record/Expand.ts"
import type { AttemptResult, RunEvent } from "../record/RunEvent.ts"
import type { RunSnapshot, RunValues } from "../record/RunSnapshot.ts"
import type { RunUnavailable } from "../source/BatchProblem.ts"
import { agentCommand } from "./AgentCommand.ts"
import { agentVariables } from "./AgentVariables.ts"
import { type AttemptFailure, failureOf } from "./AttemptFailure.ts"
import { endedResult, failedResult, isChanged } from "./AttemptOutcome.ts"
import { type KeptFile, keptFiles, patchFileName } from "./KeptFiles.ts"
import { makeRedactor, type RedactedSecret, redactText } from "./Redaction.ts"
import { resultSummary } from "./ResultFile.ts"
import { taskMaterials } from "./TaskMaterials.ts"
import type { RunnerFailed, TaskRunner } from "./TaskRunner.ts"
import type {
  AttemptKey,
  PreparedWorkspace,
  TaskWorkspaces,
  WorkspaceFailed,
  WorkspaceOutcome
} from "./TaskWorkspaces.ts"

/** What all attempts of a session work with. */
export interface AttemptSurroundings {
  readonly snapshot: RunSnapshot
  readonly values: RunValues
  readonly secrets: ReadonlyArray<RedactedSecret>
  readonly session: string
  readonly runner: TaskRunner["Service"]
  readonly store: BatchRunStore["Service"]
  readonly workspaces: TaskWorkspaces["Service"]
  readonly now: Effect.Effect<string>
  /** Appends to the run's journal. */
  readonly record: (event: RunEvent) => Effect.Effect<void, RunUnavailable>
  /** The commits that the run pushed to a branch, or was about to. */
  readonly ownCommits: (url: string, branch: string) => ReadonlyArray<string>
}

/** Why an attempt is being stopped: what to tell of it when it has been. */
export type StopReason = () => AttemptFailure

/**
 * Does one attempt of one task: makes its workspace, runs the agent in it, looks at what it changed, publishes that.
 * Interrupting it stops the agent; what came of it is given all the same. An agent that has ended by then has ended: what
 * it did counts, unless it would still have to be published.
 */
export const workOnAttempt = (
  around: AttemptSurroundings,
  index: number,
  attempt: number,
  stopReason: StopReason
): Effect.Effect<AttemptResult> => {
  const { snapshot, store } = around
  const key = { uid: snapshot.uid, run: snapshot.name, index, attempt }
  return Effect.uninterruptible(Effect.gen(function*() {
    const progress: Progress = { workspace: null, hasStarted: false, logFault: null, unkept: [] }
    const ran = yield* Effect.exit(Effect.interruptible(runTask(around, key, progress)))
    yield* store.closeLog(snapshot.name, index, attempt)
    const result = yield* resultOf(around, progress, ran, stopReason)
    if (progress.unkept.length > 0) {
      // A disk that the agent has filled has room again once its workspace is gone.
      yield* clearWorkspace(around, key)
      progress.unkept = yield* keepAll(around, key, progress.unkept)
    }
    return told(around, progress, result)
  }))
}

/** Takes the workspace of an attempt away, unless it is to stay. What cannot go is tried again when the session ends. */
export const clearWorkspace = (
  { snapshot, workspaces }: Pick<AttemptSurroundings, "snapshot" | "workspaces">,
  key: AttemptKey
): Effect.Effect<void> => snapshot.keepWorkspaces ? Effect.void : Effect.ignore(workspaces.remove(key))

/** How far an attempt came. */
interface Progress {
  workspace: PreparedWorkspace | null
  /** Whether its agent was started. */
  hasStarted: boolean
  /** Why its log is not whole; null when it is. */
  logFault: string | null
  /** What could not be kept yet. */
  unkept: ReadonlyArray<UnkeptFile>
}

interface UnkeptFile extends KeptFile {
  readonly fault: string
}

/** Makes the workspace and runs the agent to its end; gives its exit code. */
const runTask = Effect.fnUntraced(function*(around: AttemptSurroundings, key: AttemptKey, progress: Progress) {
  const materials = taskMaterials(around.snapshot, around.values, key.index)
  const workspace = yield* around.workspaces.prepare(around.session, { ...materials, key })
  progress.workspace = workspace
  const command = agentCommand(around.snapshot.agent.command, {
    files: materials.files.map(({ path }) => path),
    repositories: materials.repositories.map(({ path }) => path)
  })
  return yield* runAgent(around, key, command, workspace, progress)
})

const runAgent = Effect.fnUntraced(function*(
  around: AttemptSurroundings,
  key: AttemptKey,
  command: ReturnType<typeof agentCommand>,
  workspace: PreparedWorkspace,
  progress: Progress
) {
  const { record, runner, secrets, snapshot, store } = around
  const { attempt, index } = key
  const task = taskName(snapshot, index)
  const redactors = { stdout: makeRedactor(secrets), stderr: makeRedactor(secrets) }
  // A log that cannot be written is no reason to stop an agent at its work.
  const write = (bytes: Uint8Array) =>
    bytes.length === 0 || progress.logFault !== null
      ? Effect.void
      : store.appendLog(snapshot.name, index, attempt, bytes).pipe(
        Effect.catch((fault) =>
          Effect.sync(() => {
            progress.logFault = fault.message
          })
        )
      )
  const started = Effect.gen(function*() {
    progress.hasStarted = true
    // No reason to stop it: what counts is that it ends, and that is recorded by itself.
    yield* Effect.ignore(record({ _tag: "AgentStarted", at: yield* around.now, index, attempt }))
  })
  return yield* runner.run({
    key: workspace.key,
    task,
    namespace: snapshot.namespace,
    command,
    image: snapshot.agent.image,
    ...(snapshot.agent.limits === undefined ? {} : { limits: snapshot.agent.limits }),
    variables: {
      ...agentVariables(snapshot, around.values),
      TASK_NAME: task,
      TASK_NAMESPACE: snapshot.namespace,
      WORKSPACE_DIR: workspace.path
    },
    workspace: workspace.path,
    home: workspace.home,
    readOnlyFolders: workspace.readOnlyFolders,
    labels: snapshot.labels,
    onStarted: started,
    onOutput: (bytes, stream) => Effect.suspend(() => write(redactors[stream].push(bytes)))
  }).pipe(
    Effect.ensuring(
      Effect.suspend(() =>
        Effect.andThen(write(redactors.stdout.end()), Effect.suspend(() => write(redactors.stderr.end())))
      )
    )
  )
})

const resultOf = Effect.fnUntraced(function*(
  around: AttemptSurroundings,
  progress: Progress,
  ran: Exit.Exit<number, WorkspaceFailed | RunnerFailed>,
  stopReason: StopReason
) {
  const { workspace } = progress
  // What an agent has done so far is of use to whoever looks at it, or goes on.
  const looked = workspace === null ? null : yield* look(around, workspace, progress)
  const outcome = looked !== null && Exit.isSuccess(looked) ? looked.value : null
  if (Exit.isFailure(ran)) {
    const failure = failureOf(ran.cause, progress.hasStarted, stopReason)
    return failedResult(failure, { exitCode: null, workspace: outcome })
  }
  const exitCode = ran.value
  if (workspace === null || outcome === null) {
    const cause = looked !== null && Exit.isFailure(looked) ? looked.cause : Cause.interrupt()
    return unseenResult(exitCode, failureOf(cause, progress.hasStarted, stopReason))
  }
  const summary = resultSummary(outcome.result)
  const ended = endedResult(exitCode, outcome, summary)
  if (exitCode !== 0 || around.snapshot.publish === "never" || !outcome.repositories.some(isChanged)) return ended
  const published = yield* Effect.exit(Effect.interruptible(publish(around, workspace, outcome, summary)))
  return Exit.isSuccess(published)
    ? { ...ended, repositories: published.value.repositories }
    : {
      ...failedResult(failureOf(published.cause, progress.hasStarted, stopReason), { exitCode, workspace: outcome }),
      summary
    }
})

/** Looks at what the agent changed and said, and keeps it. Whoever waits no longer does without. */
const look = Effect.fnUntraced(function*(
  around: AttemptSurroundings,
  workspace: PreparedWorkspace,
  progress: Progress
): Effect.fn.Return<Exit.Exit<WorkspaceOutcome, WorkspaceFailed>> {
  const impatience = yield* Impatience
  const looked = yield* Effect.exit(
    Effect.raceFirst(around.workspaces.inspect(workspace), Effect.andThen(impatience, Effect.interrupt))
  )
  if (Exit.isFailure(looked)) return looked
  const { fault, files } = keptFiles(looked.value, around.secrets)
  progress.unkept = yield* keepAll(around, workspace.key, files)
  return Exit.succeed({ ...looked.value, resultFault: looked.value.resultFault ?? fault })
})

/** Keeps what can be kept; gives what cannot, and why. */
const keepAll = (
  { snapshot, store }: AttemptSurroundings,
  { attempt, index }: AttemptKey,
  files: ReadonlyArray<KeptFile>
): Effect.Effect<ReadonlyArray<UnkeptFile>> =>
  Effect.map(
    Effect.forEach(files, ({ name, text }) =>
      Effect.match(store.keep(snapshot.name, index, attempt, { name, text }), {
        onSuccess: (): ReadonlyArray<UnkeptFile> => [],
        onFailure: ({ message }) => [{ name, text, fault: message }]
      })),
    (unkept) => unkept.flat()
  )

const publish = (
  around: AttemptSurroundings,
  workspace: PreparedWorkspace,
  outcome: WorkspaceOutcome,
  summary: string | null
) => {
  const { attempt, index } = workspace.key
  // The agent's words go to a server.
  const words = redactText(around.secrets, summary ?? `Changes of ${taskName(around.snapshot, index)}`)
  return around.workspaces.publish(workspace, outcome, {
    message: words,
    own: around.ownCommits,
    intend: (url, branch, commit) =>
      Effect.flatMap(
        around.now,
        (at) => around.record({ _tag: "PublishIntended", at, index, attempt, url, branch, commit })
      )
  }).pipe(
    Effect.catchTag(
      "WorkspaceFailed",
      ({ message, reason, transient }) => Effect.fail({ _tag: "PublishFailed" as const, message, reason, transient })
    )
  )
}

/** The result of an attempt whose agent ended by itself, and whose workspace cannot be looked at. */
const unseenResult = (exitCode: number, failure: AttemptFailure): AttemptResult => {
  const known = { exitCode, workspace: null }
  if (exitCode === 0) return failedResult(failure, known)
  const ended = endedResult(exitCode, { repositories: [], diff: "", result: undefined, resultFault: null }, null)
  return { ...ended, message: `${ended.message}; ${failure.message}` }
}

/** A result as it may be told: without secrets, and with what is not there of its log and its files. */
const told = (
  { secrets }: AttemptSurroundings,
  { logFault, unkept }: Progress,
  result: AttemptResult
): AttemptResult => {
  const isLost = unkept.some(({ name }) => name === patchFileName) &&
    !result.repositories.some(({ published }) => published !== null)
  const notes = [
    result.message,
    ...unkept.map(({ fault, name }) => `its ${name} could not be kept: ${fault}`),
    ...logFault === null ? [] : [`its log is not whole: ${logFault}`]
  ].filter((note) => note !== null)
  const redacted = (text: string | null) => text === null ? null : redactText(secrets, text)
  return {
    ...result,
    // Nobody could tell any more what the agent did.
    ...isLost && result.failure === null
      ? { outcome: "Failed" as const, reason: "ResultsUnwritable", failure: "publish" as const }
      : {},
    message: notes.length === 0 ? null : redacted(notes.join("; ")),
    summary: redacted(result.summary)
  }
}
