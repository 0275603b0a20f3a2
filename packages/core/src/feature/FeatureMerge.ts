import { Context, Effect, Layer } from "effect"
import type { PlannedStep } from "../operation/Journal.ts"
import { Operations } from "../operation/Operations.ts"
import { Git, type MergeOutcome } from "../worktree/Git.ts"
import type { NextStep } from "./Classifier.ts"
import { whyNotNow } from "./DecideFeature.ts"
import { type ChangeError, type ChangeRequest, FeatureChanges } from "./FeatureChanges.ts"
import type { FeatureCommand } from "./FeatureCommand.ts"
import { branchOf, FeatureObserver } from "./FeatureObserver.ts"
import { BranchMissing, MergeConflict } from "./FeatureProblem.ts"
import { FeatureRecorder } from "./FeatureRecorder.ts"
import { type FeatureTarget, FeatureTargets } from "./FeatureTargets.ts"
import type { FeatureView } from "./FeatureView.ts"

/** Which feature is to be merged. */
export interface MergeRequest extends Pick<ChangeRequest, "directory" | "name" | "as"> {
  /** What the merge commit says; the feature's name and title when absent. */
  readonly message?: string
}

/** What was merged. */
export interface MergeResult {
  readonly feature: string
  readonly branch: string
  readonly into: string
  readonly head: string
  readonly commit: string
  readonly how: "fast-forward" | "merge-commit" | "already-merged"
  readonly next: NextStep
}

/** What a merge would do. */
export interface MergePlan {
  readonly feature: string
  readonly branch: string
  readonly into: string
  readonly head: string
  readonly outcome: MergeOutcome
  readonly steps: ReadonlyArray<PlannedStep>
}

/** Merges the branch of a feature for which everything is approved. */
export class FeatureMerge extends Context.Service<FeatureMerge, {
  readonly plan: (request: MergeRequest) => Effect.Effect<MergePlan, ChangeError>
  /**
   * One operation. It is merged, or nothing is: a conflict is recorded with its files and fails. The right to merge is
   * looked at again while nobody else can change the feature.
   */
  readonly run: (request: MergeRequest) => Effect.Effect<MergeResult, ChangeError | MergeConflict>
}>()("@slipway/core/feature/FeatureMerge") {
  static readonly layer = Layer.effect(
    FeatureMerge,
    Effect.gen(function*() {
      const changes = yield* FeatureChanges
      const git = yield* Git
      const observer = yield* FeatureObserver
      const operations = yield* Operations
      const recorder = yield* FeatureRecorder
      const targets = yield* FeatureTargets

      const observe = Effect.fnUntraced(function*(request: MergeRequest) {
        const target = yield* targets.target(request.directory, request.name)
        const actor = yield* targets.actor(target.project, request.as)
        const { feature, policy, project } = target
        const history = yield* targets.history(target)
        const { view } = yield* observer.view({ project, policy, feature, history })
        yield* demandTurn(view)
        const into = (yield* git.defaultBranch(project.repository)).name
        return { target, actor, view, into, branch: branchOf(project, view) }
      })

      const demandTurn = (view: FeatureView) => {
        const against = whyNotNow(view, ["merge", "resolve-conflict"])
        return against === null ? Effect.void : Effect.fail(against)
      }

      const merge = Effect.fnUntraced(function*(
        { feature, policy, project }: FeatureTarget,
        view: FeatureView,
        request: {
          readonly branch: string
          readonly into: string
          readonly message: string
          readonly isDryRun: boolean
        }
      ) {
        const { head } = view.world
        if (head === null) return yield* new BranchMissing({ feature, branch: request.branch })
        return yield* git.merge({ repository: project.repository, head, strategy: policy.merge, ...request })
      })

      const messageOf = ({ message, name }: MergeRequest, { state }: FeatureView): string =>
        message ?? `Merge ${name}: ${state.title}`

      const plan = Effect.fn("FeatureMerge.plan")(function*(request: MergeRequest) {
        const { branch, into, target, view } = yield* observe(request)
        const outcome = yield* merge(target, view, { branch, into, message: messageOf(request, view), isDryRun: true })
        return { feature: target.feature, branch, into, head: outcome.head, outcome, steps: mergeSteps(branch, into) }
      })

      const run = Effect.fn("FeatureMerge.run")(function*(request: MergeRequest) {
        const { actor, branch, into, target } = yield* observe(request)
        const { feature, project } = target
        const recorded = yield* operations.run({
          kind: "feature-merge",
          subject: feature,
          plan: mergeSteps(branch, into),
          details: { repository: project.repository.main, feature, branch, into }
        }, (operation) =>
          operation.step({
            ...mergeStep(branch, into),
            act: Effect.gen(function*() {
              const done = yield* recorder.record({
                target,
                actor,
                command: ({ view: now }) =>
                  Effect.gen(function*() {
                    yield* demandTurn(now)
                    const message = messageOf(request, now)
                    const outcome = yield* merge(target, now, { branch, into, message, isDryRun: false })
                    return recordOf(outcome, branch, into)
                  })
              })
              const { event } = done.entry
              return event._tag === "MergeConflicted"
                ? yield* new MergeConflict({ feature, branch, into, files: event.files })
                : done
            })
          }))
        const { event } = recorded.entry
        if (event._tag !== "BranchMerged") return yield* Effect.die(new Error(`${feature} was not merged`))
        const { next } = yield* changes.settle(target, recorded)
        return { feature, branch, into, head: event.head, commit: event.commit, how: event.how, next }
      })

      return FeatureMerge.of({ plan, run })
    })
  )
}

const mergeStep = (branch: string, into: string): PlannedStep => ({
  step: "merge",
  title: `merge ${branch} into ${into}`,
  reason: "everything is approved at its head"
})

const mergeSteps = (branch: string, into: string): ReadonlyArray<PlannedStep> => [mergeStep(branch, into)]

const recordOf = (outcome: MergeOutcome, branch: string, into: string): FeatureCommand => {
  const { base, head } = outcome
  return {
    _tag: "Record",
    event: outcome._tag === "Merged"
      ? { _tag: "BranchMerged", branch, into, head, base, commit: outcome.commit, how: outcome.how }
      : { _tag: "MergeConflicted", branch, into, head, base, files: outcome.files }
  }
}
