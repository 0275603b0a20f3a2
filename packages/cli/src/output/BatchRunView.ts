import type { AttemptResult, BatchEvent, RunProgress, TaskOutcome } from "@slipway/core"
import { durationText } from "./Durations.ts"
import { counted, printable, warningText } from "./Messages.ts"
import type { Style } from "./Style.ts"
import { cutTo } from "./Table.ts"

/** A task that is worked on. */
export interface RunningTask {
  readonly index: number
  readonly task: string
  readonly attempt: number
  /** Milliseconds since the epoch. */
  readonly since: number
  /** Whether its agent runs; its workspace is made before. */
  readonly hasAgent: boolean
}

/** A run as far as its events told of it. */
export interface RunView {
  readonly run: string
  readonly since: number
  readonly progress: RunProgress
  /** Oldest first. */
  readonly running: ReadonlyArray<RunningTask>
  /** What ends it before its time; null when nothing does. */
  readonly ending: "cancelling" | "stopping" | null
  /** Tasks that were marked and are not told yet, such as `Skipped: MaxFailures`. */
  readonly marked: ReadonlyMap<string, number>
}

/** What lines about tasks are made with. */
export interface Telling {
  readonly style: Style
  /** The names of a task's repositories. */
  readonly repositories: (index: number) => string
  /** Whether starts are told too: where no table shows them. */
  readonly tellsStarts: boolean
  /** Whether a task may be run again by itself, so that its newest attempt is soon another one. */
  readonly mayRunAgain: boolean
}

/** Nothing was told. */
export const noRun: RunView = {
  run: "",
  since: 0,
  progress: { total: 0, pending: 0, running: 0, completed: 0, failed: 0 },
  running: [],
  ending: null,
  marked: new Map()
}

/** Takes one event in: how the run stands now, and the lines to be told. */
export const advanceRun = (
  view: RunView,
  event: BatchEvent,
  telling: Telling
): readonly [RunView, ReadonlyArray<string>] => {
  const { repositories, style, tellsStarts } = telling
  switch (event._tag) {
    case "RunStarted": {
      const progress = { ...noRun.progress, total: event.total, pending: event.total }
      return [{ ...noRun, run: event.run, since: Date.parse(event.at), progress }, startLines(event, style)]
    }
    case "AttemptStarted": {
      const { attempt, index, task } = event
      const started = { index, task, attempt, since: Date.parse(event.at), hasAgent: false }
      return [
        { ...view, running: [...without(view.running, index), started] },
        tellsStarts ? [`▸ ${subject(task, index, attempt, repositories)} started`] : []
      ]
    }
    case "AgentStarted":
      return [{
        ...view,
        running: view.running.map((task) => task.index === event.index ? { ...task, hasAgent: true } : task)
      }, []]
    case "AttemptFinished":
      return [{ ...view, running: without(view.running, event.index) }, [attemptLine(view.run, event, telling)]]
    case "TaskMarked": {
      const kind = `${event.outcome}: ${event.reason}`
      return [{
        ...view,
        running: without(view.running, event.index),
        marked: new Map([...view.marked, [kind, (view.marked.get(kind) ?? 0) + 1]])
      }, []]
    }
    case "Suspended":
      return [view, [event.suspend ? "suspended: no more tasks are started" : "no longer suspended"]]
    case "Cancelling":
      return [{ ...view, ending: "cancelling" }, ["cancelling: agents are stopped"]]
    case "Progress":
      return [{ ...view, progress: event.progress, marked: new Map() }, markedLines(view.marked, style)]
    case "RunFinished":
      return [
        { ...view, running: [], progress: event.standing.progress, marked: new Map() },
        markedLines(view.marked, style)
      ]
  }
}

const without = (running: ReadonlyArray<RunningTask>, index: number): ReadonlyArray<RunningTask> =>
  running.filter((task) => task.index !== index)

const startLines = (event: BatchEvent & { readonly _tag: "RunStarted" }, style: Style): ReadonlyArray<string> => [
  `${style.bold(event.run)}: ${counted(event.total, "task")}${
    { run: "", resume: ", goes on", retry: ", runs tasks again" }[event.reason]
  }`,
  ...event.warnings.map((warning) => warningText(printable(warning), style))
]

const markedLines = (marked: RunView["marked"], style: Style): ReadonlyArray<string> =>
  [...marked].map(([kind, count]) => {
    const [outcome = "", reason = ""] = kind.split(": ", 2)
    return `${style.yellow("–")} ${counted(count, "task")} ${outcomeWords[outcome] ?? outcome} ${
      style.dim(`(${reason})`)
    }`
  })

const outcomeWords: Readonly<Record<string, string>> = {
  Skipped: "skipped",
  Cancelled: "cancelled",
  TimedOut: "out of time"
}

const subject = (task: string, index: number, attempt: number, repositories: Telling["repositories"]): string =>
  [task, repositories(index), ...(attempt > 1 ? [`attempt ${attempt}`] : [])].filter((part) => part !== "").join(" ")

const attemptLine = (
  run: string,
  { attempt, index, ms, result, task }: BatchEvent & { readonly _tag: "AttemptFinished" },
  { mayRunAgain, repositories, style }: Telling
): string => {
  const about = `${outcomeMark(result.outcome, style)} ${subject(task, index, attempt, repositories)} ${
    style.dim(durationText(ms))
  }`
  if (isWell(result.outcome)) return [about, ...wellWords(result, style)].join(" ")
  const log = result.failure === "setup" || isStopped(result.outcome)
    ? ""
    : style.dim(
      ` · log: slipway batch logs ${run} ${index}${mayRunAgain || attempt > 1 ? ` --attempt ${attempt}` : ""}`
    )
  return `${about} ${failureText(result)}${log}`
}

/** Whether an outcome is one that was hoped for. */
export const isWell = (outcome: TaskOutcome): boolean => outcome === "Succeeded" || outcome === "NoChanges"

const isStopped = (outcome: TaskOutcome): boolean => outcome === "Cancelled" || outcome === "Skipped"

/** The sign of an outcome. */
export const outcomeMark = (outcome: TaskOutcome, style: Style): string =>
  isWell(outcome) ? style.green("✓") : isStopped(outcome) ? style.yellow("–") : style.red("✗")

const wellWords = (result: AttemptResult, style: Style): ReadonlyArray<string> =>
  [
    changesText(result, style),
    ...publishedBranches(result).map((branch) => `→ ${branch}`),
    ...(result.message === null ? [] : [style.yellow(noteText(result, result.message))]),
    ...(result.summary === null ? [] : [style.dim(lineOf(result.summary, 80))])
  ].filter((text) => text !== "")

const publishedBranches = ({ repositories }: AttemptResult): ReadonlyArray<string> => [
  ...new Set(repositories.flatMap(({ published }) => published === null ? [] : [published]))
]

/** What an attempt changed: `+10 −2 (1 commit)`; the empty string when it had no repositories, or failed without changes. */
export const changesText = ({ outcome, repositories }: AttemptResult, style: Style): string => {
  if (repositories.length === 0) return ""
  if (outcome === "NoChanges") return style.dim("no changes")
  const sum = (of: (repository: (typeof repositories)[number]) => number) =>
    repositories.reduce((total, repository) => total + of(repository), 0)
  const commits = sum((repository) => repository.commits)
  if (!isWell(outcome) && commits + sum(({ filesChanged }) => filesChanged) === 0) return ""
  return `${style.green(`+${sum(({ insertions }) => insertions)}`)} ${
    style.red(`−${sum(({ deletions }) => deletions)}`)
  }${commits === 0 ? "" : ` (${counted(commits, "commit")})`}`
}

/** Why an attempt did not go well, in one line: `ExitCode 3`, `RepositoryUnavailable: …`. */
export const failureText = ({ exitCode, message, outcome, reason }: AttemptResult): string => {
  const what = reason ?? outcome
  if (what === "ExitCode" && exitCode !== null) return `${what} ${exitCode}`
  return message === null ? what : `${what}: ${lineOf(message, 120)}`
}

/** What is to be known of an attempt that went well all the same: `ResultUnreadable: result.json is no JSON`. */
export const noteText = (result: AttemptResult, message: string): string =>
  result.reason === null ? lineOf(message, 120) : failureText(result)

/** The first line of a text of others, cut to a width. */
export const lineOf = (text: string, width: number): string => cutTo(printable(text.trim().split("\n")[0] ?? ""), width)
