/** What every call takes. */
export interface CallOptions {
  /** Aborting it interrupts the operation: what it made so far is undone before the promise rejects. */
  readonly signal?: AbortSignal
  /** Told what happens, in order. */
  readonly onProgress?: (event: ProgressEvent) => void
}

/** Something that happens in an operation. */
export interface ProgressEvent {
  /** Id of the operation. */
  readonly operation: string
  /** Such as `impl` or `done`. */
  readonly kind: string
  /** Such as `auth/M1`. */
  readonly subject: string
  readonly type:
    | "operation-started"
    | "step-started"
    | "step-succeeded"
    | "step-failed"
    | "step-undone"
    | "step-undo-failed"
    | "operation-finished"
    | "note"
  /** Stable name of the step; null for the operation itself. */
  readonly step: string | null
  /** For people: the step's title, the failure's message, the note's text, the operation's end. */
  readonly text: string
  /** Milliseconds that it took; null while it is under way. */
  readonly ms: number | null
}
