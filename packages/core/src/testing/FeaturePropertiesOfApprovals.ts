import { type Actor, isSameActor } from "../feature/Actor.ts"
import type { FeatureEvent } from "../feature/FeatureEvent.ts"
import type { RecordedEvent } from "../feature/FoldFeature.ts"
import type { Artifact } from "../project/LifecyclePolicy.ts"
import type { Moment, Walk } from "./FeatureModelMoment.ts"
import { demand, type FeatureProperty, storyOf } from "./FeatureProperty.ts"

/** What was accepted in a life: the event, who asked for it, and the moment before. */
export const acceptedIn = function*(walk: Walk): Generator<{
  readonly at: number
  readonly before: Moment
  readonly after: Moment
  readonly actor: Actor
  readonly event: FeatureEvent
}> {
  let before: Moment = walk.moments[0]
  for (const [at, after] of walk.moments.entries()) {
    if (after.cause._tag === "Accepted") yield { at, before, after, actor: after.cause.actor, event: after.cause.event }
    before = after
  }
}

const lastSubmission = (
  entries: ReadonlyArray<RecordedEvent>,
  artifact: Artifact
): { readonly by: Actor; readonly event: FeatureEvent & { readonly _tag: "ArtifactSubmitted" } } | null => {
  for (const { actor, event } of entries.toReversed()) {
    if (event._tag === "ArtifactSubmitted" && event.artifact === artifact) return { by: actor, event }
  }
  return null
}

const headIn = ({ entries, view }: Moment): string | null => {
  const merge = entries.findLast(({ event }) => event._tag === "BranchMerged")?.event
  return view.world.head ?? (merge?._tag === "BranchMerged" ? merge.head : null)
}

const judgesHead = (artifact: Artifact): boolean =>
  artifact === "review" || artifact === "audit" || artifact === "qa-results"

export const approvalProperties: ReadonlyArray<FeatureProperty> = [
  {
    name: "an approval is of the text that stands there and was handed in last, at the head",
    ofWalk: (_, walk) => {
      for (const { at, before, event } of acceptedIn(walk)) {
        if (event._tag !== "ArtifactApproved" && event._tag !== "ArtifactRejected") continue
        const submitted = lastSubmission(before.entries, event.artifact)?.event
        demand(
          submitted?.sha256 === event.sha256 && submitted.commit === event.commit,
          () => `not what was handed in\n${storyOf(walk, at)}`
        )
        demand(
          event.sha256 === before.view.world.texts[event.artifact].sha256,
          () => `another text stands there\n${storyOf(walk, at)}`
        )
        demand(
          event.commit === (judgesHead(event.artifact) ? headIn(before) : null),
          () => `another commit is the head\n${storyOf(walk, at)}`
        )
      }
    }
  },
  {
    name: "only those decide whom the policy allows",
    ofWalk: (_, walk) => {
      for (const { actor, at, event } of acceptedIn(walk)) {
        const isDecision = event._tag === "ArtifactApproved" || event._tag === "ArtifactRejected"
          || event._tag === "ArtifactWaived"
        if (!isDecision) continue
        const { approvers, waivable } = walk.policy
        demand(
          approvers[event.artifact].some((kind) => kind === actor.kind),
          () => `it is not for ${actor.kind}s\n${storyOf(walk, at)}`
        )
        if (event._tag === "ArtifactWaived") {
          demand(waivable.includes(event.artifact), () => `not waivable\n${storyOf(walk, at)}`)
        }
      }
    }
  },
  {
    name: "no agent approves what it wrote, and who approves their own text is told",
    ofWalk: (_, walk) => {
      for (const { actor, at, before, event } of acceptedIn(walk)) {
        if (event._tag !== "ArtifactApproved") continue
        const author = lastSubmission(before.entries, event.artifact)?.by
        const isOwn = author !== undefined && isSameActor(author, actor)
        demand(event.selfApproved === isOwn, () => `selfApproved is ${event.selfApproved}\n${storyOf(walk, at)}`)
        demand(
          !isOwn || (actor.kind === "human" && walk.policy.selfApproval),
          () => `approved what they wrote\n${storyOf(walk, at)}`
        )
      }
    }
  },
  {
    name: "the agent that wrote the code never approves its review",
    ofWalk: (_, walk) => {
      for (const { actor, at, before, event } of acceptedIn(walk)) {
        if (event._tag !== "ArtifactApproved" || event.artifact !== "review" || actor.kind !== "agent") continue
        const wrote = before.entries.some((entry) =>
          (entry.event._tag === "TaskStarted" || entry.event._tag === "TaskCompleted")
          && isSameActor(entry.actor, actor)
        )
        demand(!wrote, () => `approved the review of their own code\n${storyOf(walk, at)}`)
      }
    }
  },
  {
    name: "nothing is merged before QA passed at the head",
    ofWalk: (_, walk) => {
      for (const { at, before, event } of acceptedIn(walk)) {
        if (event._tag !== "BranchMerged") continue
        if (isWaived(before.entries, "qa-results")) continue
        const results = lastSubmission(before.entries, "qa-results")?.event
        demand(results !== undefined, () => `merged without QA\n${storyOf(walk, at)}`)
        demand(
          (results?.results ?? []).every(({ passed }) => passed),
          () => `merged though QA failed\n${storyOf(walk, at)}`
        )
        demand(results?.commit === headIn(before), () => `QA saw another commit\n${storyOf(walk, at)}`)
      }
    }
  }
]

const isWaived = (entries: ReadonlyArray<RecordedEvent>, artifact: Artifact): boolean =>
  entries.findLast(({ event }) =>
    (event._tag === "ArtifactWaived" || event._tag === "WaiverRevoked") && event.artifact === artifact
  )?.event._tag === "ArtifactWaived"
