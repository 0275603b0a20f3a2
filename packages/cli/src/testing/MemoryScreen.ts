import { Effect } from "effect"
import { Screen } from "../output/Screen.ts"
import { plainStyle, type Style } from "../output/Style.ts"

/** What stands in for the terminal. */
export interface MemoryScreenOptions {
  readonly isTerminal?: boolean
  readonly columns?: number
  readonly rows?: number
  readonly style?: Style
  /** What a person answers, question by question. */
  readonly replies?: ReadonlyArray<string>
}

/** A screen that keeps what is written to it. */
export interface MemoryScreen {
  readonly screen: Screen["Service"]
  readonly stdout: Array<string>
  /** What was written as it is, in order. */
  readonly written: Array<Uint8Array>
  readonly stderr: Array<string>
  /** Each passing text, in order. */
  readonly statuses: Array<string | null>
  readonly questions: Array<string>
}

/** Makes a screen in memory: a pipe unless told otherwise. */
export const memoryScreen = (options: MemoryScreenOptions = {}): MemoryScreen => {
  const { columns = 80, isTerminal = false, rows = 24, replies, style = plainStyle } = options
  const stdout: Array<string> = []
  const written: Array<Uint8Array> = []
  const stderr: Array<string> = []
  const statuses: Array<string | null> = []
  const questions: Array<string> = []
  const stream = { isTerminal, columns, style }
  const screen = Screen.of({
    stdout: stream,
    stderr: stream,
    isAnimated: isTerminal,
    isInteractive: isTerminal,
    canAsk: replies !== undefined,
    size: Effect.succeed({ columns, rows }),
    answer: (text) => Effect.sync(() => void stdout.push(text)),
    write: (bytes) => Effect.sync(() => void written.push(bytes)),
    narrate: (text) => Effect.sync(() => void stderr.push(text)),
    status: (text) => Effect.sync(() => void statuses.push(text)),
    ask: (question) =>
      Effect.sync(() => {
        questions.push(question)
        return replies?.[questions.length - 1] ?? null
      })
  })
  return { screen, stdout, written, stderr, statuses, questions }
}
