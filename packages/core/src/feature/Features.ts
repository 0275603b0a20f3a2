import { Context, Effect, Layer } from "effect"
import { Digest } from "../operation/Digest.ts"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { Git } from "../worktree/Git.ts"
import { type ExplainedRule, explainNext, nextAction, type NextStep } from "./Classifier.ts"
import {
  type ChangeError,
  type ChangeRequest,
  type CreatePlan,
  type CreateRequest,
  type FeatureChange,
  FeatureChanges,
  type FeaturePreview
} from "./FeatureChanges.ts"
import {
  type DeployError,
  type DeployPlan,
  type DeployRequest,
  type DeployResult,
  FeatureDeploy
} from "./FeatureDeploy.ts"
import { type FeatureDetails, featureDetails } from "./FeatureDetails.ts"
import type { FeatureLogEntry } from "./FeatureEvent.ts"
import { FeatureGates, type GatesPlan, type GatesRequest, type GatesResult } from "./FeatureGates.ts"
import { type FeatureRow, listedLog, listFeatures, type UnreadableFeature } from "./FeatureList.ts"
import { FeatureLog, type LogUnavailable } from "./FeatureLog.ts"
import { FeatureMerge, type MergePlan, type MergeRequest, type MergeResult } from "./FeatureMerge.ts"
import { FeatureObserver, type ObservationError } from "./FeatureObserver.ts"
import type { FeatureMissing, MergeConflict } from "./FeatureProblem.ts"
import { FeatureRecorder } from "./FeatureRecorder.ts"
import { FeatureTargets, type TargetError } from "./FeatureTargets.ts"
import type { LogFault } from "./LogLines.ts"

/** Which feature. */
export interface FeatureRequest {
  /** Any folder of the project. */
  readonly directory: string
  readonly name: string
}

/** The features of a project. */
export interface FeatureListing {
  readonly project: string
  readonly features: ReadonlyArray<FeatureRow>
  /** Those whose log cannot be read: they do not hide the others. */
  readonly unreadable: ReadonlyArray<UnreadableFeature>
}

/** The log of a feature. */
export interface FeatureStory {
  readonly feature: string
  readonly entries: ReadonlyArray<FeatureLogEntry>
  /** Characters of a last line that was not written to its end; 0 for none. */
  readonly torn: number
}

/** That a log is as it was written. */
export interface VerifiedLog {
  readonly feature: string
  readonly lines: number
  /** SHA-256 of the last line: whoever noted it can tell later that nothing before it was changed. */
  readonly last: string
  readonly torn: number
}

/** Why a feature could not be read. */
export type QueryError = FeatureMissing | LogFault | LogUnavailable | ObservationError | TargetError

/**
 * Features: what there is, what comes next, and every change of them.
 *
 * @example
 * const features = yield* Features
 * const { action, rule } = yield* features.next({ directory: "/code/shop", name: "user-auth" })
 */
export class Features extends Context.Service<Features, {
  /** The one next action. Asking changes nothing. */
  readonly next: (request: FeatureRequest) => Effect.Effect<NextStep, QueryError>
  /** The one next action, and every rule with what it found. */
  readonly explain: (request: FeatureRequest) => Effect.Effect<
    { readonly next: NextStep; readonly rules: ReadonlyArray<ExplainedRule> },
    QueryError
  >
  readonly list: (
    request: Pick<FeatureRequest, "directory"> & {
      /** Also those that were archived. */
      readonly archived?: boolean
    }
  ) => Effect.Effect<FeatureListing, QueryError>
  readonly show: (request: FeatureRequest) => Effect.Effect<FeatureDetails, QueryError>
  readonly story: (request: FeatureRequest) => Effect.Effect<FeatureStory, QueryError>
  /** Reads the log to the end: fails with the line that is not what was written. */
  readonly verify: (request: FeatureRequest) => Effect.Effect<VerifiedLog, QueryError>
  readonly create: (request: CreateRequest) => Effect.Effect<FeatureChange, ChangeError>
  readonly planCreate: (request: CreateRequest) => Effect.Effect<CreatePlan, ChangeError>
  readonly change: (request: ChangeRequest) => Effect.Effect<FeatureChange, ChangeError>
  /** What `change` would write into the log. */
  readonly preview: (request: ChangeRequest) => Effect.Effect<FeaturePreview, ChangeError>
  readonly planGates: (request: GatesRequest) => Effect.Effect<GatesPlan, ChangeError>
  readonly gates: (request: GatesRequest) => Effect.Effect<GatesResult, ChangeError>
  readonly planMerge: (request: MergeRequest) => Effect.Effect<MergePlan, ChangeError>
  readonly merge: (request: MergeRequest) => Effect.Effect<MergeResult, ChangeError | MergeConflict>
  readonly planDeploy: (request: DeployRequest) => Effect.Effect<DeployPlan, DeployError>
  readonly deploy: (request: DeployRequest) => Effect.Effect<DeployResult, DeployError>
}>()("@slipway/core/feature/Features") {
  static readonly layer = Layer.effect(
    Features,
    Effect.gen(function*() {
      const changes = yield* FeatureChanges
      const deploy = yield* FeatureDeploy
      const files = yield* ProjectFiles
      const gates = yield* FeatureGates
      const hash = yield* Digest
      const git = yield* Git
      const log = yield* FeatureLog
      const merge = yield* FeatureMerge
      const observer = yield* FeatureObserver
      const targets = yield* FeatureTargets

      const look = Effect.fnUntraced(function*({ directory, name }: FeatureRequest) {
        const target = yield* targets.target(directory, name)
        const { feature, policy, project } = target
        const history = yield* targets.history(target)
        const { view } = yield* observer.view({ project, policy, feature, history })
        const next: NextStep = { ...nextAction(view), root: project.repository.main }
        return { view, next }
      })

      const read = Effect.fnUntraced(function*({ directory, name }: FeatureRequest) {
        const target = yield* targets.target(directory, name)
        return { feature: target.feature, history: yield* targets.history(target) }
      })

      return Features.of({
        next: Effect.fn("Features.next")((request) => Effect.map(look(request), ({ next }) => next)),
        explain: Effect.fn("Features.explain")((request) =>
          Effect.map(look(request), ({ next, view }) => ({ next, rules: explainNext(view) }))
        ),
        show: Effect.fn("Features.show")((request) =>
          Effect.map(look(request), ({ next, view }) => featureDetails(view, next))
        ),
        list: Effect.fn("Features.list")(function*({ archived, directory }) {
          const { policy, project } = yield* targets.project(directory)
          const logs = yield* log.readAll(project.repository.main, listedLog)
          const { rows, unreadable } = yield* listFeatures({ project, policy, logs }).pipe(
            Effect.provideService(FeatureLog, log),
            Effect.provideService(Digest, hash),
            Effect.provideService(FeatureObserver, observer),
            Effect.provideService(Git, git),
            Effect.provideService(ProjectFiles, files)
          )
          return {
            project: project.name,
            features: archived === true ? rows : rows.filter(({ isArchived }) => !isArchived),
            unreadable
          }
        }),
        story: Effect.fn("Features.story")((request) =>
          Effect.map(read(request), ({ feature, history: { entries, torn } }) => ({ feature, entries, torn }))
        ),
        verify: Effect.fn("Features.verify")((request) =>
          Effect.map(read(request), ({ feature, history: { entries, last, torn } }) => ({
            feature,
            lines: entries.length,
            last,
            torn
          }))
        ),
        create: changes.create,
        planCreate: changes.planCreate,
        change: changes.change,
        preview: changes.preview,
        planGates: gates.plan,
        gates: gates.run,
        planMerge: merge.plan,
        merge: merge.run,
        planDeploy: deploy.plan,
        deploy: deploy.run
      })
    })
  ).pipe(
    Layer.provide(Layer.mergeAll(FeatureDeploy.layer, FeatureGates.layer, FeatureMerge.layer)),
    Layer.provideMerge(FeatureChanges.layer),
    Layer.provideMerge(FeatureRecorder.layer),
    Layer.provideMerge(FeatureObserver.layer),
    Layer.provideMerge(FeatureTargets.layer)
  )
}
