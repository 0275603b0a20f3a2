import { Result } from "effect"
import type { Artifact } from "../project/LifecyclePolicy.ts"
import { type Actor, actorText, isSameActor } from "./Actor.ts"
import { reasonAgainstApprover, reasonAgainstKind, whoApproves, whoDecides } from "./Approval.ts"
import { failedItems, itemsWithoutResult, whyStale } from "./ArtifactRules.ts"
import { conflict, type Decided } from "./Decided.ts"
import type { FeatureCommand, SubmittedText } from "./FeatureCommand.ts"
import { ApprovalRefused, ArtifactInvalid, ArtifactMissing, BranchMissing, WaiverRefused } from "./FeatureProblem.ts"
import type { Submission } from "./FeatureState.ts"
import { artifactStatus, currentSubmission, type FeatureView, headOf } from "./FeatureView.ts"
import { judgesCommit } from "./Lifecycle.ts"
import { planItems, qaResults } from "./QaText.ts"
import { listedTasks } from "./SubmittedText.ts"

/** A command about an artifact. */
type ArtifactCommand = Extract<
  FeatureCommand,
  { readonly _tag: "Submit" | "Approve" | "Reject" | "Waive" | "RevokeWaiver" }
>

/** Decides about a command that is about an artifact. */
export const decideArtifact = (view: FeatureView, command: ArtifactCommand, actor: Actor): Decided => {
  const { artifact } = command
  switch (command._tag) {
    case "Submit":
      return decideSubmission(view, artifact, command.text)
    case "Approve":
      return decideApproval(view, artifact, actor, command.sha256)
    case "Reject":
      return decideRejection(view, artifact, actor, command.reason)
    case "Waive": {
      if (!view.policy.waivable.includes(artifact)) {
        return Result.fail(new WaiverRefused({ artifact, waivable: [...view.policy.waivable] }))
      }
      const against = reasonAgainstKind(view, artifact, actor)
      if (against !== null) return refuseActor(view, artifact, "waive", actor, against)
      return view.state.waivers.has(artifact)
        ? conflict(view, `the ${artifact} is waived already`, `\`slipway feature show ${view.name}\` says by whom`)
        : Result.succeed({ _tag: "ArtifactWaived", artifact, reason: command.reason })
    }
    case "RevokeWaiver": {
      const against = reasonAgainstKind(view, artifact, actor)
      if (against !== null) return refuseActor(view, artifact, "revoke the waiver of", actor, against)
      return view.state.waivers.has(artifact)
        ? Result.succeed({ _tag: "WaiverRevoked", artifact, reason: command.reason })
        : conflict(view, `the ${artifact} is not waived`, `\`slipway feature show ${view.name}\` shows how it stands`)
    }
  }
}

const refuseActor = (
  view: FeatureView,
  artifact: Artifact,
  verb: string,
  actor: Actor,
  reason: string
): Decided =>
  Result.fail(
    new ApprovalRefused({
      feature: view.name,
      artifact,
      verb,
      actor: actorText(actor),
      reason,
      who: verb === "approve" ? whoApproves(view, artifact).words : whoDecides(view, artifact)
    })
  )

/** The longest text that is taken, in characters. */
export const longestArtifact = 1_000_000

const decideSubmission = (view: FeatureView, artifact: Artifact, text: SubmittedText | null): Decided => {
  const { name, state, world } = view
  if (text === null) {
    return Result.fail(new ArtifactMissing({ feature: name, artifact, path: world.texts[artifact].path }))
  }
  const invalid = (reason: string, advice: string): Decided =>
    Result.fail(new ArtifactInvalid({ artifact, path: text.path, reason, advice }))
  if (text.isBlank) return invalid("it is empty", `write it, then submit it again`)
  if (text.length > longestArtifact) {
    return invalid(
      `it has ${text.length} characters, at most ${longestArtifact} are allowed`,
      "nobody can approve what nobody can read: put appendices into files of their own"
    )
  }
  const head = headOf(view)
  if (judgesCommit(artifact) && head === null) {
    return Result.fail(new BranchMissing({ feature: name, branch: state.branch }))
  }
  const commit = judgesCommit(artifact) ? head : null
  const before = state.submissions.get(artifact)
  // The same results can say more than they did, of a plan that asks for more.
  const isShort = artifact === "qa-results" && itemsWithoutResult(view).length > 0
  if (before !== undefined && before.sha256 === text.sha256 && before.commit === commit && !isShort) {
    return refuseRepetition(view, before)
  }
  const submitted = { _tag: "ArtifactSubmitted", artifact, path: text.path, sha256: text.sha256, commit } as const
  switch (artifact) {
    case "tasks": {
      const tasks = listedTasks(text, state.tasks)
      return tasks.length === 0 && state.tasks.size === 0
        ? invalid("it has no task", "write each task as a line `- [ ] 1. Title`")
        : Result.succeed({ ...submitted, tasks })
    }
    case "qa-plan": {
      const items = planItems(text)
      return items.length === 0
        ? invalid("it has nothing to test", "write each item as a line `- [ ] 1. What is to be seen`")
        : Result.succeed({ ...submitted, items })
    }
    case "qa-results": {
      const results = qaResults(text, state.waivers.has("qa-plan") ? [] : state.submissions.get("qa-plan")?.items ?? [])
      return Result.isFailure(results)
        ? invalid(
          results.failure,
          "write `- [x] 1. Item: evidence` for what passed, `- [ ] 1. Item: evidence` for what did not"
        )
        : Result.succeed({ ...submitted, results: results.success })
    }
    default:
      return Result.succeed(submitted)
  }
}

const refuseRepetition = (view: FeatureView, { artifact, decision }: Submission): Decided =>
  decision?.verdict === "rejected"
    ? conflict(
      view,
      `the ${artifact} was rejected as it stands: ${decision.reason ?? ""}`,
      "change it, then submit it again"
    )
    : conflict(
      view,
      `the ${artifact} is ${decision === null ? "submitted" : "approved"} as it stands`,
      `\`slipway feature next ${view.name}\` says what comes next`
    )

/** The submission that can be decided on: of the present text and commit, and of the text that was read. */
const decidable = (
  view: FeatureView,
  artifact: Artifact,
  read: string | null
): { readonly submission: Submission } | { readonly refusal: Decided } => {
  const submit = `\`slipway feature submit ${view.name} ${artifact}\` hands it in`
  if (!view.state.submissions.has(artifact)) {
    return { refusal: conflict(view, `no ${artifact} has been submitted`, submit) }
  }
  const submission = currentSubmission(view, artifact)
  if (submission === null) return { refusal: conflict(view, whyStale(view, artifact), submit) }
  const isRead = read === null || read === submission.sha256 || read === view.world.texts[artifact].fileSha256
  return isRead ? { submission } : {
    refusal: conflict(
      view,
      `the ${artifact} that stands there is ${submission.sha256}, not ${read}`,
      `read ${submission.path} again`
    )
  }
}

const decideApproval = (view: FeatureView, artifact: Artifact, actor: Actor, read: string | null): Decided => {
  const found = decidable(view, artifact, read)
  if ("refusal" in found) return found.refusal
  const { submission } = found
  if (submission.decision?.verdict === "approved") {
    return conflict(
      view,
      `the ${artifact} is approved already`,
      `\`slipway feature next ${view.name}\` says what comes next`
    )
  }
  const against = reasonAgainstApprover(view, artifact, actor)
  if (against !== null) return refuseActor(view, artifact, "approve", actor, against)
  if (submission.decision !== null) {
    return conflict(
      view,
      `the ${artifact} was rejected by ${actorText(submission.decision.by)}: ${submission.decision.reason ?? ""}`,
      "change it, then submit it again"
    )
  }
  const open = artifact === "qa-results" ? [...itemsWithoutResult(view), ...failedItems(view)] : []
  if (open.length > 0) {
    return conflict(view, `QA did not pass: ${open.join("; ")}`, "mend it, commit, and run QA again")
  }
  return Result.succeed({
    _tag: "ArtifactApproved",
    artifact,
    sha256: submission.sha256,
    commit: submission.commit,
    selfApproved: isSameActor(submission.by, actor)
  })
}

const decideRejection = (view: FeatureView, artifact: Artifact, actor: Actor, reason: string): Decided => {
  const found = decidable(view, artifact, null)
  if ("refusal" in found) return found.refusal
  const { submission } = found
  const against = reasonAgainstKind(view, artifact, actor)
  if (against !== null) return refuseActor(view, artifact, "reject", actor, against)
  if (submission.decision?.verdict === "rejected") {
    return conflict(view, `the ${artifact} is rejected already`, `\`slipway feature show ${view.name}\` says why`)
  }
  const status = artifactStatus(view, artifact)
  if (status === "waived") return conflict(view, `the ${artifact} is waived`, "revoke the waiver first")
  return Result.succeed({
    _tag: "ArtifactRejected",
    artifact,
    sha256: submission.sha256,
    commit: submission.commit,
    reason
  })
}
