import { Context, Effect, Layer } from "effect"
import { Host } from "../operation/Host.ts"
import { closestWord } from "../project/ClosestWord.ts"
import type { ConfigInvalid } from "../project/ConfigInvalid.ts"
import { defaultLifecyclePolicy, type LifecyclePolicy } from "../project/LifecyclePolicy.ts"
import { type Project, Projects } from "../project/Project.ts"
import type { FileUnavailable } from "../project/ProjectFiles.ts"
import type { NotARepository } from "../project/Repository.ts"
import { Git, type GitFailed } from "../worktree/Git.ts"
import { type NameInvalid, parseFeature } from "../worktree/WorktreeName.ts"
import type { Actor } from "./Actor.ts"
import { type FeatureAddress, FeatureLog, type LogUnavailable } from "./FeatureLog.ts"
import { FeatureMissing } from "./FeatureProblem.ts"
import type { FeatureHistory, LogFault } from "./LogLines.ts"
import { type ActorInvalid, type ActorRefused, markedAgent, whoActs } from "./WhoActs.ts"

/** A feature's name in its project, whether there is such a feature or not. */
export interface FeatureTarget {
  readonly project: Project
  readonly policy: LifecyclePolicy
  readonly feature: string
  readonly address: FeatureAddress
}

/** Why a feature could not be looked for. */
export type TargetError = NameInvalid | NotARepository | GitFailed | ConfigInvalid | FileUnavailable

/** Finds features by folder and name, and who acts on them. */
export class FeatureTargets extends Context.Service<FeatureTargets, {
  readonly project: (directory: string) => Effect.Effect<
    Pick<FeatureTarget, "project" | "policy">,
    Exclude<TargetError, NameInvalid>
  >
  readonly target: (directory: string, name: string) => Effect.Effect<FeatureTarget, TargetError>
  /** The history of a feature that must be there. */
  readonly history: (
    target: FeatureTarget
  ) => Effect.Effect<FeatureHistory, FeatureMissing | LogFault | LogUnavailable>
  /** That there is no such feature, with the name that was probably meant. */
  readonly missing: (target: FeatureTarget) => Effect.Effect<FeatureMissing, LogUnavailable>
  /** Who acts; `as` is the actor that the call names. */
  readonly actor: (
    project: Project,
    as: string | undefined
  ) => Effect.Effect<Actor, ActorInvalid | ActorRefused | GitFailed>
}>()("@slipway/core/feature/FeatureTargets") {
  static readonly layer = Layer.effect(
    FeatureTargets,
    Effect.gen(function*() {
      const git = yield* Git
      const host = yield* Host
      const log = yield* FeatureLog
      const projects = yield* Projects

      const project = Effect.fn("FeatureTargets.project")(function*(directory: string) {
        const found = yield* projects.of(yield* git.repository(directory))
        return { project: found, policy: found.config?.lifecycle ?? defaultLifecyclePolicy }
      })

      const target = Effect.fn("FeatureTargets.target")(function*(directory: string, name: string) {
        const feature = yield* Effect.fromResult(parseFeature(name))
        const found = yield* project(directory)
        return { ...found, feature, address: { main: found.project.repository.main, feature } }
      })

      const missing = Effect.fn("FeatureTargets.missing")(function*({ address, feature }: FeatureTarget) {
        // A folder of that name without a log is no feature.
        const others = (yield* log.names(address.main)).filter((name) => name !== feature)
        return new FeatureMissing({ feature, meant: closestWord(feature, others) })
      })

      const history = Effect.fn("FeatureTargets.history")(function*(of: FeatureTarget) {
        const found = yield* log.read(of.address)
        return found ?? (yield* Effect.flatMap(missing(of), Effect.fail))
      })

      const actor = Effect.fn("FeatureTargets.actor")(function*({ repository }: Project, as: string | undefined) {
        const { variables } = host
        const isNamed = as !== undefined || (variables["SLIPWAY_ACTOR"] ?? "") !== "" || markedAgent(variables) !== null
        const gitIdentity = isNamed ? null : yield* git.identity(repository)
        return yield* Effect.fromResult(whoActs({ variables, as, gitIdentity }))
      })

      return FeatureTargets.of({ project, target, history, missing, actor })
    })
  )
}
