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

/** Where repositories have pull requests: GitHub, GitLab and their like. */
export interface SourceForgeService {
  /** Opens a pull request; gives the address of the one that there is when the branch has one already. */
  readonly openPullRequest: (draft: PullRequestDraft) => Effect.Effect<{ readonly url: string }, ForgeFailed>
}

/** The forge that pull requests are opened at; null, unless one is provided: branches alone can be published then. */
export const SourceForge = Context.Reference<SourceForgeService | null>("@slipway/core/batch/SourceForge", {
  defaultValue: () => null
})
