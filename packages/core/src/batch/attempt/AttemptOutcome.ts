import type { AttemptResult, RepositoryResult } from "../record/RunEvent.ts"
import type { AttemptFailure } from "./AttemptFailure.ts"
import type { WorkspaceOutcome } from "./TaskWorkspaces.ts"

/** Whether an agent changed a repository: its tree is another one than that which it began with. */
export const isChanged = ({ filesChanged }: RepositoryResult): boolean => filesChanged > 0

/** The result of an attempt whose agent ended by itself. */
export const endedResult = (
  exitCode: number,
  workspace: WorkspaceOutcome,
  summary: string | null
): AttemptResult => {
  const { repositories, resultFault } = workspace
  const common = { exitCode, summary, repositories, transient: false }
  if (exitCode !== 0) {
    return {
      ...common,
      outcome: "Failed",
      reason: "ExitCode",
      message: `the agent ended with exit code ${exitCode}`,
      failure: "agent"
    }
  }
  const unchanged = repositories.length > 0 && !repositories.some(isChanged)
  return {
    ...common,
    outcome: unchanged ? "NoChanges" : "Succeeded",
    reason: resultFault === null ? null : "ResultUnreadable",
    message: resultFault,
    failure: null
  }
}

/** The result of an attempt that failed in another way; what its workspace held is told as far as it is known. */
export const failedResult = (
  failure: AttemptFailure,
  known: { readonly exitCode: number | null; readonly workspace: WorkspaceOutcome | null }
): AttemptResult => ({
  outcome: failure.outcome,
  reason: failure.reason,
  message: failure.message,
  failure: failure.failure,
  transient: failure.transient,
  exitCode: known.exitCode,
  summary: null,
  repositories: known.workspace?.repositories ?? []
})
