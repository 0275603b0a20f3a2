import { Context, Effect } from "effect"
import type { Problem } from "../operation/Problem.ts"
import type { Repository } from "../project/Repository.ts"

/** A worktree that was made for a feature. */
export interface MadeWorktree {
  readonly repository: Repository
  readonly feature: string
  readonly milestone: string | null
  readonly branch: string
  /** Absolute path. */
  readonly worktree: string
  /** Number of its slot; null without a sandbox. */
  readonly slot: number | null
}

/** Remembers in which worktrees features are worked on. */
export interface WorktreeRecorderService {
  /** Whether there is such a feature, so that its worktrees are to be recorded. */
  readonly knows: (repository: Repository, feature: string) => Effect.Effect<boolean, Problem>
  readonly record: (made: MadeWorktree) => Effect.Effect<void, Problem>
}

/** Who remembers in which worktrees features are worked on; nobody, where there are no features. */
export const WorktreeRecorder = Context.Reference<WorktreeRecorderService>(
  "@slipway/core/worktree/WorktreeRecorder",
  { defaultValue: () => ({ knows: () => Effect.succeed(false), record: () => Effect.void }) }
)
