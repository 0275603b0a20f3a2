import { Result } from "effect"
import { type Actor, actorText } from "./Actor.ts"
import { nextAction, phaseOf } from "./Classifier.ts"
import { decideArtifact } from "./DecideArtifact.ts"
import { conflict, type Decided, nextId } from "./Decided.ts"
import { decideTask } from "./DecideTask.ts"
import { dependencyCycle } from "./DependencyGraph.ts"
import type { FeatureCommand } from "./FeatureCommand.ts"
import { CommentMissing, DependencyCycle, FeatureConflict, type TextInvalid } from "./FeatureProblem.ts"
import type { FeatureView } from "./FeatureView.ts"
import type { Action } from "./Lifecycle.ts"
import { textFault } from "./TextRules.ts"

/**
 * Decides about a command: pure, so the same command for the same feature by the same actor has the same answer. What is
 * refused leaves no trace.
 *
 * @example
 * decideFeature(view, { _tag: "Approve", artifact: "spec", sha256: null }, { kind: "human", id: "ada" })
 */
export const decideFeature = (view: FeatureView, command: FeatureCommand, actor: Actor): Decided => {
  const against = invalidText(command)
  if (against !== null) return Result.fail(against)
  const { archived } = view.state
  const isFact = command._tag === "Record" &&
    (command.event._tag === "GateRan" || command.event._tag === "FeatureDeployed")
  if (archived !== null && command._tag !== "Restore" && !isFact) {
    return conflict(
      view,
      `it was archived by ${actorText(archived.by)}: ${archived.reason}`,
      `\`slipway feature restore ${view.name} --reason TEXT\` takes it up again`
    )
  }
  switch (command._tag) {
    case "Submit":
    case "Approve":
    case "Reject":
    case "Waive":
    case "RevokeWaiver":
      return decideArtifact(view, command, actor)
    case "AddTask":
    case "StartTask":
    case "CompleteTask":
    case "BlockTask":
    case "UnblockTask":
    case "CancelTask":
    case "DependTask":
      return decideTask(view, command)
    case "Depend":
      return decideDependency(view, command)
    case "Comment":
      return Result.succeed({
        _tag: "CommentAdded",
        comment: nextId("comment", view.state.comments.keys()),
        kind: command.kind,
        text: command.text,
        phase: phaseOf(view)
      })
    case "Resolve":
      return decideResolution(view, command)
    case "Archive":
      return Result.succeed({ _tag: "FeatureArchived", reason: command.reason })
    case "Restore":
      return archived === null
        ? conflict(view, "it is not archived", `\`slipway feature next ${view.name}\` says what comes next`)
        : Result.succeed({ _tag: "FeatureRestored", reason: command.reason })
    case "Record":
      return decideRecord(view, command)
  }
}

const textsOf = (command: FeatureCommand): Readonly<Record<string, string>> => {
  switch (command._tag) {
    case "Reject":
    case "Waive":
    case "RevokeWaiver":
    case "BlockTask":
    case "UnblockTask":
    case "CancelTask":
    case "Archive":
    case "Restore":
      return { reason: command.reason }
    case "AddTask":
      return { title: command.title }
    case "Comment":
      return { text: command.text }
    case "Resolve":
      return { answer: command.answer }
    default:
      return {}
  }
}

const invalidText = (command: FeatureCommand): TextInvalid | null => {
  for (const [what, text] of Object.entries(textsOf(command))) {
    const fault = textFault(what, text)
    if (fault !== null) return fault
  }
  return null
}

const decideDependency = (view: FeatureView, command: FeatureCommand & { readonly _tag: "Depend" }): Decided => {
  const { dependsOn, graph, remove } = command
  const has = view.state.dependsOn.has(dependsOn)
  const shown = `\`slipway feature show ${view.name}\` lists what it depends on`
  if (remove) {
    return has
      ? Result.succeed({ _tag: "DependencyRemoved", dependsOn })
      : conflict(view, `it does not depend on ${dependsOn}`, shown)
  }
  if (has) return conflict(view, `it depends on ${dependsOn} already`, shown)
  const cycle = dependencyCycle(view.name, dependsOn, (name) => graph.get(name) ?? new Set())
  return cycle === null
    ? Result.succeed({ _tag: "DependencyAdded", dependsOn })
    : Result.fail(new DependencyCycle({ path: cycle }))
}

const decideResolution = (view: FeatureView, command: FeatureCommand & { readonly _tag: "Resolve" }): Decided => {
  const comment = view.state.comments.get(command.comment)
  if (comment === undefined) {
    const open = [...view.state.comments.values()].filter(({ resolution }) => resolution === null).map(({ id }) => id)
    return Result.fail(new CommentMissing({ feature: view.name, comment: command.comment, open }))
  }
  return comment.resolution === null
    ? Result.succeed({ _tag: "CommentResolved", comment: comment.id, answer: command.answer })
    : conflict(
      view,
      `${comment.id} was resolved by ${actorText(comment.resolution.by)}: ${comment.resolution.answer}`,
      "comment again when there is more to say"
    )
}

/**
 * What Slipway did itself is a fact. A merge is decided on and made under the log's lock, so it can still be refused;
 * for a deployment, which takes its time, {@link whyNotNow} is asked before.
 */
const decideRecord = (view: FeatureView, { event }: FeatureCommand & { readonly _tag: "Record" }): Decided => {
  const isMerge = event._tag === "BranchMerged" || event._tag === "MergeConflicted"
  const against = isMerge ? whyNotNow(view, ["merge", "resolve-conflict"]) : null
  return against === null ? Result.succeed(event) : Result.fail(against)
}

/** Why none of some actions is to be done now; null when one is. */
export const whyNotNow = (view: FeatureView, wanted: ReadonlyArray<Action>): FeatureConflict | null => {
  const next = nextAction(view)
  return wanted.includes(next.action) ? null : new FeatureConflict({
    feature: view.name,
    reason: `the next step is ${next.action}, not ${wanted[0] ?? ""}: ${next.reason}`,
    advice: `\`slipway feature next ${view.name} --explain\` shows every rule`
  })
}
