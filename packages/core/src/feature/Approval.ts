import type { ApproverKind, Artifact } from "../project/LifecyclePolicy.ts"
import { type Actor, actorText, isSameActor } from "./Actor.ts"
import type { WhoActs } from "./FeatureRule.ts"
import type { FeatureView } from "./FeatureView.ts"

/** Who can approve an artifact. */
export interface Approvers {
  readonly kinds: ReadonlyArray<ApproverKind>
  /** Actors of those kinds that cannot, each with why. */
  readonly except: ReadonlyArray<{ readonly actor: Actor; readonly why: string }>
}

/**
 * Who can approve the present submission of an artifact, by the project's policy: a kind that it allows; no agent that
 * wrote the text; of a review, no agent that wrote the code; and no human that wrote the text, where the project
 * forbids that.
 */
export const approversOf = (view: FeatureView, artifact: Artifact): Approvers => {
  const kinds = view.policy.approvers[artifact]
  const author = view.state.submissions.get(artifact)?.by ?? null
  const coders = artifact === "review" ? codersOf(view.state).filter(({ kind }) => kind === "agent") : []
  const isBarred = author !== null &&
    (author.kind === "agent" || (author.kind === "human" && !view.policy.selfApproval))
  const barred = [
    ...(isBarred ? [{ actor: author, why: "wrote it" }] : []),
    ...coders.map((actor) => ({ actor, why: "wrote the code" }))
  ]
  const except = barred.filter(({ actor }, at) => barred.findIndex((one) => isSameActor(one.actor, actor)) === at)
  return { kinds, except: except.filter(({ actor }) => kinds.some((kind) => kind === actor.kind)) }
}

/** Who wrote the code: who worked on the tasks, and who made a worktree to work in. */
const codersOf = ({ coders, makers }: FeatureView["state"]): ReadonlyArray<Actor> => [...coders, ...makers]

/** Why an actor cannot approve an artifact; null when they can. */
export const reasonAgainstApprover = (view: FeatureView, artifact: Artifact, actor: Actor): string | null => {
  const barred = approversOf(view, artifact).except.find((candidate) => isSameActor(candidate.actor, actor))
  return reasonAgainstKind(view, artifact, actor) ?? (barred === undefined ? null : `${actorText(actor)} ${barred.why}`)
}

/** Why an actor cannot decide about an artifact at all, whoever wrote it; null when they can. */
export const reasonAgainstKind = (view: FeatureView, artifact: Artifact, actor: Actor): string | null =>
  view.policy.approvers[artifact].some((kind) => kind === actor.kind)
    ? null
    : `the project leaves that to ${whoDecides(view, artifact)}`

/** Who decides about an artifact, in words. */
export const whoDecides = (view: FeatureView, artifact: Artifact): string =>
  kindsInWords(view.policy.approvers[artifact])

/** Who can approve, for lists and for sentences. */
export const whoApproves = (
  view: FeatureView,
  artifact: Artifact
): { readonly actor: WhoActs; readonly words: string } => {
  const { except, kinds } = approversOf(view, artifact)
  const others = except.map(({ actor, why }) => `${actorText(actor)}, who ${why}`)
  return {
    actor: kinds.length === 1 ? kinds[0] ?? "anyone" : "anyone",
    words: `${kindsInWords(kinds)}${others.length === 0 ? "" : `, but not ${others.join(" or ")}`}`
  }
}

const kindsInWords = (kinds: ReadonlyArray<ApproverKind>): string =>
  kinds.length === 0 ? "nobody" : kinds.map((kind) => kind === "human" ? "a human" : "an agent").join(" or ")
