import { Context, type Effect } from "effect"
import type { FileUnavailable } from "./ProjectFiles.ts"

/** Commands of one repository that a person has been asked about: their exact text counts. */
export interface ApprovalRequest {
  /** Absolute path of the repository's main checkout. */
  readonly repository: string
  /** The commands, each an argument list. */
  readonly commands: ReadonlyArray<ReadonlyArray<string>>
}

/**
 * Remembers which setup and teardown commands a person has allowed, once for each repository and text.
 */
export class Approvals extends Context.Service<Approvals, {
  readonly isApproved: (request: ApprovalRequest) => Effect.Effect<boolean, FileUnavailable>
  readonly approve: (request: ApprovalRequest) => Effect.Effect<void, FileUnavailable>
}>()("@slipway/core/project/Approvals") {}
