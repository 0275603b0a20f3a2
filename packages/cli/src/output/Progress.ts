import type { JournalEvent, Note } from "@slipway/core"
import { durationText } from "./Durations.ts"
import { warningText } from "./Messages.ts"
import type { Style } from "./Style.ts"

/** What is going on in an operation, as far as it was told. */
export interface Progress {
  /** The steps that run now, oldest first; `since` is in milliseconds. */
  readonly running: ReadonlyArray<{ readonly step: string; readonly title: string; readonly since: number }>
  /** Titles of all steps so far, for those that end later or are undone. */
  readonly titles: Readonly<Record<string, string>>
  readonly isUndoing: boolean
}

/** A line that was narrated. */
export interface NarratedLine {
  /** `step` lines can wait until it is clear that the operation takes its time; others cannot. */
  readonly kind: "step" | "note" | "detail"
  readonly text: string
}

/** Nothing has begun. */
export const noProgress: Progress = { running: [], titles: {}, isUndoing: false }

/** Takes one event in: what is going on now, and what is to be told. */
export const advance = (
  progress: Progress,
  event: JournalEvent | Note,
  now: number,
  style: Style
): readonly [Progress, ReadonlyArray<NarratedLine>] => {
  switch (event._tag) {
    case "OperationStarted":
      return [progress, []]
    case "StepStarted":
      return [{
        ...progress,
        running: [...progress.running, { step: event.step, title: event.title, since: now }],
        titles: { ...progress.titles, [event.step]: event.title }
      }, []]
    case "StepSucceeded":
      return [ended(progress, event.step), [stepLine(style.green("✓"), progress, event, style)]]
    case "StepFailed":
      return [ended(progress, event.step), [stepLine(style.red("✗"), progress, event, style)]]
    case "StepUndone":
      return [{ ...progress, isUndoing: true }, [stepLine(style.yellow("↶ undone:"), progress, event, style)]]
    case "StepUndoFailed":
      return [{ ...progress, isUndoing: true }, [stepLine(style.red("✗ not undone:"), progress, event, style)]]
    case "OperationFinished":
      return [{ ...progress, isUndoing: false }, []]
    case "Note":
      return [progress, [noteLine(event, style)]]
  }
}

const ended = (progress: Progress, step: string): Progress => ({
  ...progress,
  running: progress.running.filter((running) => running.step !== step)
})

const stepLine = (
  mark: string,
  progress: Progress,
  event: { readonly step: string; readonly ms: number },
  style: Style
): NarratedLine => ({
  kind: "step",
  text: `${mark} ${progress.titles[event.step] ?? event.step} ${style.dim(`(${durationText(event.ms)})`)}`
})

const noteLine = ({ level, text }: Note, style: Style): NarratedLine =>
  level === "warning"
    ? { kind: "note", text: warningText(text, style) }
    : level === "info"
    ? { kind: "note", text: `  ${text}` }
    : { kind: "detail", text: style.dim(`  ${text}`) }

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const

/** Milliseconds between two frames of the spinner. */
export const frameMilliseconds = 80

/** The frame of the spinner at a time in milliseconds. */
export const spinnerFrame = (now: number): string =>
  frames[Math.floor(now / frameMilliseconds) % frames.length] ?? frames[0]

/** The line below the narration: what runs now and since when. */
export const statusLine = (
  progress: Progress,
  label: { readonly text: string; readonly since: number },
  now: number
): string => {
  const oldest = progress.running[0]
  const text = progress.isUndoing && oldest === undefined
    ? "undoing what was begun"
    : progress.running.length === 0
    ? label.text
    : progress.running.map(({ title }) => title).join(", ")
  return `${spinnerFrame(now)} ${text} ${durationText(now - (oldest?.since ?? label.since))}`
}
