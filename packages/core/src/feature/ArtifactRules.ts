import type { Artifact } from "../project/LifecyclePolicy.ts"
import { whoApproves } from "./Approval.ts"
import type { FeatureRule, Verdict } from "./FeatureRule.ts"
import { silent } from "./FeatureRule.ts"
import { artifactStatus, currentSubmission, type FeatureView, headOf } from "./FeatureView.ts"
import { type Action, judgesCommit, type Phase } from "./Lifecycle.ts"

/** What is asked for while an artifact is not there, was rejected, or waits for approval. */
interface ArtifactActions {
  readonly create: Action
  readonly fix: Action
  readonly approve: Action
}

/**
 * The three rules of an artifact: it is to be written, to be mended after a rejection, to be approved.
 *
 * The first can belong to an earlier phase than the others, as it does for the spec.
 */
export const artifactRules = (
  artifact: Artifact,
  phase: { readonly written: Phase; readonly approved: Phase },
  asked: ArtifactActions
): ReadonlyArray<FeatureRule> => [
  { id: `${artifact}-to-write`, phase: phase.written, judge: (view) => judgeWritten(view, artifact, asked.create) },
  { id: `${artifact}-rejected`, phase: phase.approved, judge: (view) => judgeRejected(view, artifact, asked.fix) },
  { id: `${artifact}-to-approve`, phase: phase.approved, judge: (view) => judgeApproved(view, artifact, asked.approve) }
]

const judgeWritten = (view: FeatureView, artifact: Artifact, action: Action): Verdict => {
  const status = artifactStatus(view, artifact)
  if (status === "missing") {
    return {
      holds: true,
      action,
      artifact,
      why: `No ${artifact} ${verb(artifact, "has", "have")} been submitted${atHead(view, artifact)}`
    }
  }
  return status === "stale"
    ? { holds: true, action, artifact, why: whyStale(view, artifact) }
    : silent(`The ${artifact} ${verb(artifact, "is", "are")} ${inWords(status)}`)
}

const judgeRejected = (view: FeatureView, artifact: Artifact, action: Action): Verdict => {
  const status = artifactStatus(view, artifact)
  if (status !== "rejected") return silent(`The ${artifact} ${verb(artifact, "is", "are")} ${inWords(status)}`)
  const decision = view.state.submissions.get(artifact)?.decision
  return {
    holds: true,
    action,
    artifact,
    why: `The ${artifact} ${verb(artifact, "was", "were")} rejected: ${decision?.reason ?? ""}`
  }
}

const judgeApproved = (view: FeatureView, artifact: Artifact, action: Action): Verdict => {
  const status = artifactStatus(view, artifact)
  if (status !== "draft") return silent(`The ${artifact} ${verb(artifact, "is", "are")} ${inWords(status)}`)
  const { actor, words } = whoApproves(view, artifact)
  return {
    holds: true,
    action,
    artifact,
    actor,
    why: `The ${artifact} ${verb(artifact, "waits", "wait")} for approval by ${words}`
  }
}

const verb = (artifact: Artifact, one: string, many: string): string =>
  artifact === "tasks" || artifact === "qa-results" ? many : one

const inWords = (status: string): string => status === "draft" ? "submitted and not decided on" : status

const atHead = (view: FeatureView, artifact: Artifact): string => {
  const head = headOf(view)
  return judgesCommit(artifact) && head !== null ? ` for ${shortCommit(head)}` : ""
}

/** A commit as messages show it. */
export const shortCommit = (commit: string): string => commit.slice(0, 9)

/** Why the last submission of an artifact does not hold any more. */
export const whyStale = (view: FeatureView, artifact: Artifact): string => {
  const submission = view.state.submissions.get(artifact)
  const { path, sha256 } = view.world.texts[artifact]
  if (sha256 === null) return `The ${artifact} ${verb(artifact, "was", "were")} submitted, and ${path} is gone since`
  if (submission?.sha256 !== sha256) {
    return `The ${artifact} ${verb(artifact, "was", "were")} edited since ${
      verb(artifact, "it was", "they were")
    } submitted`
  }
  const head = headOf(view)
  return `The ${artifact} looked at ${submission.commit === null ? "no commit" : shortCommit(submission.commit)}, ${
    head === null ? "and there is no branch now" : `the branch is at ${shortCommit(head)} now`
  }`
}

/** The rules of QA: one result with evidence for each item of the plan, all passed, approved. */
export const qaRules: ReadonlyArray<FeatureRule> = [
  {
    id: "qa-to-run",
    phase: "qa",
    judge: (view) => {
      const written = judgeWritten(view, "qa-results", "run-qa")
      if (written.holds) return written
      const missing = itemsWithoutResult(view)
      return missing.length === 0 || view.state.waivers.has("qa-results")
        ? silent("There is a result for each item of the QA plan")
        : {
          holds: true,
          action: "run-qa",
          artifact: "qa-results",
          why: `The QA results say nothing about: ${missing.join("; ")}`
        }
    }
  },
  {
    id: "qa-failed",
    phase: "qa",
    judge: (view) => {
      const failed = view.state.waivers.has("qa-results") ? [] : failedItems(view)
      return failed.length === 0
        ? silent("No item of the QA plan failed")
        : { holds: true, action: "fix-qa-issues", artifact: "qa-results", why: `QA failed: ${failed.join("; ")}` }
    }
  },
  {
    id: "qa-rejected",
    phase: "qa",
    judge: (view) => judgeRejected(view, "qa-results", "fix-qa-issues")
  },
  {
    id: "qa-to-approve",
    phase: "qa",
    judge: (view) => judgeApproved(view, "qa-results", "approve-qa")
  }
]

/** Items of the QA plan that the present results do not mention. */
export const itemsWithoutResult = (view: FeatureView): ReadonlyArray<string> => {
  const results = currentSubmission(view, "qa-results")?.results ?? []
  const plan = view.state.waivers.has("qa-plan") ? [] : view.state.submissions.get("qa-plan")?.items ?? []
  return plan.filter((item) => !results.some((result) => result.item === item))
}

/** Items that failed at the present commit. */
export const failedItems = (view: FeatureView): ReadonlyArray<string> =>
  (currentSubmission(view, "qa-results")?.results ?? []).filter(({ passed }) => !passed).map(({ item }) => item)
