import type { JournalRecord } from "../operation/Journal.ts"
import type { WorktreeInspection } from "../worktree/Git.ts"
import { branchKey, type DoctorObservation, type Finding } from "./DoctorFinding.ts"
import { isPresent } from "./OverviewRules.ts"

/** What a killed `impl`, `spec` or `done` left of its worktree and branch. */
export const operationFindings = (seen: DoctorObservation): ReadonlyArray<Finding> =>
  seen.deadOperations.flatMap((operation): ReadonlyArray<Finding> => {
    const { details, kind, record, subject } = operation
    const { branch, repository, worktree } = details
    const evidence = `${kind} ${subject} (process ${processOf(record)}) was killed before it ended`
    const close: Finding = {
      kind: "unfinished-operation",
      subject: `${kind} ${subject}`,
      evidence,
      action: { _tag: "CloseOperation", id: record.id, reason: evidence },
      hint: null
    }
    if (repository === undefined || worktree === undefined || branch === undefined) return [close]
    const known = seen.known.find((candidate) => candidate.path === worktree)
    const makes = kind === "impl" || kind === "spec"
    const inspection = seen.inspections.get(worktree)
    if (makes && known !== undefined && isPresent(known)) {
      const untouched = inspection === undefined ? seen.empty.has(worktree) : isUntouched(inspection, record)
      if (!untouched) {
        const why = inspection === undefined
          ? "git cannot tell whether its worktree holds work"
          : "its worktree holds work"
        return [{
          ...close,
          evidence: `${evidence}; ${why}, so it is kept`,
          hint:
            `\`slipway sandbox start ${known.identity.name}\` goes on, \`slipway done ${known.identity.name}\` removes it`
        }]
      }
      return [
        {
          kind: "half-made-worktree",
          subject: worktree,
          evidence: `${evidence}; nobody has worked in its worktree`,
          action: { _tag: "RemoveWorktree", repository, path: worktree, reason: evidence },
          hint: null
        },
        ...leftBranch(seen, repository, branch, evidence),
        close
      ]
    }
    const present = known !== undefined && isPresent(known)
    return [...(present ? [] : leftBranch(seen, repository, branch, evidence)), close]
  })

const leftBranch = (
  seen: DoctorObservation,
  repository: string,
  branch: string,
  evidence: string
): ReadonlyArray<Finding> => {
  const found = seen.branches.get(branchKey(repository, branch))
  if (found === undefined || !found.safe) return []
  return [{
    kind: "left-branch",
    subject: branch,
    evidence: `${evidence}; the commits of its branch are safe elsewhere`,
    action: { _tag: "DeleteBranch", repository, branch, head: found.head, reason: evidence },
    hint: null
  }]
}

/** Nothing of a person or an agent is in it. While `worktree add` itself was cut off, files may be missing. */
const isUntouched = (inspection: WorktreeInspection, record: JournalRecord): boolean => {
  const added = record.events.some((event) => event._tag === "StepSucceeded" && event.step === "add-worktree")
  const changes = added ?
    inspection.changes :
    inspection.changes.filter((change) => change.kind !== "deleted" && change.kind !== "staged")
  return changes.length === 0 && inspection.stashes.length === 0 && inspection.unpushedCount === 0 &&
    inspection.inProgress === null
}

const processOf = (record: JournalRecord): string => {
  const started = record.events.find((event) => event._tag === "OperationStarted")
  return started?._tag === "OperationStarted" ? String(started.process.pid) : "?"
}
