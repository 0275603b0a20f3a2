import { Context, type Effect } from "effect"
import type { Style } from "./Style.ts"

/** How one of the output streams shows text. */
export interface OutputStream {
  readonly isTerminal: boolean
  /** Width in columns; 80 when unknown. */
  readonly columns: number
  readonly style: Style
}

/**
 * Where answers and narration go. Answers are written to stdout, everything else to stderr.
 */
export class Screen extends Context.Service<Screen, {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** Whether lines of stderr can be drawn again and again. */
  readonly isAnimated: boolean
  /** Whether stdin and stdout are a terminal, so that a program can be run on it. */
  readonly isInteractive: boolean
  /** Whether somebody is there to answer a question. */
  readonly canAsk: boolean
  /** The size of the terminal that passing lines are shown on, as it is now; 80 by 24 when unknown. */
  readonly size: Effect.Effect<{ readonly columns: number; readonly rows: number }>
  /** Writes an answer and a line end. */
  readonly answer: (text: string) => Effect.Effect<void>
  /** Writes a piece of an answer as it is, and waits until it is taken. */
  readonly write: (bytes: Uint8Array) => Effect.Effect<void>
  /** Writes a line of narration. */
  readonly narrate: (text: string) => Effect.Effect<void>
  /** Shows passing lines below the narration, in place of those before; null takes them away. */
  readonly status: (text: string | null) => Effect.Effect<void>
  /** Asks for one line; null when the input has ended. Interrupts when the person presses Ctrl-C. */
  readonly ask: (question: string) => Effect.Effect<string | null>
}>()("@slipway/cli/output/Screen") {}
