import { Context, type Effect, Schema } from "effect"

/** A forge refused, or could not be reached. */
export class ForgeFailed extends Schema.TaggedError<ForgeFailed>()("ForgeFailed", {
  reason: Schema.String,
  transient: Schema.Boolean
}) {}

/** A pull request to be opened, or the one that there is for the same branch. */
export interface PullRequestDraft {
  readonly url: string
  /** The branch that was pushed. */
  readonly head: string
  /** The branch that it is to be merged into. */
  readonly base: string
  readonly title: string
  readonly body: string
  readonly draft: boolean
}

/**
 * Where repositories have pull requests: GitHub, GitLab and their like. Declared for those who write adapters; runs push
 * branches alone so far.
 */
export class SourceForge extends Context.Service<SourceForge, {
  /** Opens a pull request; gives the address of the one that there is when the branch has one already. */
  readonly openPullRequest: (draft: PullRequestDraft) => Effect.Effect<{ readonly url: string }, ForgeFailed>
}>()("@slipway/core/batch/SourceForge") {}
